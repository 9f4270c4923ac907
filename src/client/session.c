#include "client/session.h"

#include "pki/session_key.h"
#include "rules/tables.h"

#include <stdlib.h>

struct session {
    struct session_key *key;
    uint8_t authority[32];
    uint8_t grant[32];
};

bool session_new(struct session **ret, struct bytes authority, struct err *e)
{
    AUTO(session) s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a session");
    if (authority.size != sizeof s->authority)
        return err_set(e, ERR_INPUT, "an authority id has 32 bytes");
    if (!session_key_generate(&s->key, e))
        return false;
    memcpy(s->authority, authority.data, sizeof s->authority);
    *ret = TAKE(s);
    return true;
}

void session_free(struct session *s)
{
    if (s == NULL)
        return;
    session_key_free(s->key);
    free(s);
}

struct bytes session_spki(const struct session *s)
{
    return session_key_spki(s->key);
}

void session_open(struct session *s, const uint8_t grant[32])
{
    memcpy(s->grant, grant, sizeof s->grant);
}

struct bytes session_grant(const struct session *s)
{
    return BYTES_OF(s->grant);
}

bool session_request_body(struct buf *ret, const struct session *s, const struct request *request,
                          struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct request whole = *request;
    whole.grant = session_grant(s);
    request_text(&text, BYTES_OF(s->authority), &whole);
    if (!buf_ok(&text, "a request", e) || !session_key_sign(s->key, signature, buf_bytes(&text), e))
        return false;
    whole.signature = BYTES_OF(signature);
    fields_write(ret, &request_fields, &whole);
    return buf_ok(ret, "a request", e);
}

bool session_close_body(struct buf *ret, const struct session *s, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(512);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    close_text(&text, BYTES_OF(s->authority), session_grant(s));
    if (!buf_ok(&text, "a closing", e) || !session_key_sign(s->key, signature, buf_bytes(&text), e))
        return false;
    struct closing closing = {.grant = session_grant(s), .signature = BYTES_OF(signature)};
    fields_write(ret, &closing_fields, &closing);
    return buf_ok(ret, "a closing", e);
}

/* Where the recorded request has an item that asks for the same; -1 if it has none. */
static int64_t item_find(const struct request *recorded, const struct request_item *wanted)
{
    const struct request_item *items = recorded->items.items;
    for (size_t i = 0; i < recorded->items.count; i++)
        if (bytes_equal(items[i].digest, wanted->digest) && items[i].artifact == wanted->artifact)
            return (int64_t)i;
    return -1;
}

/* The recorded request at that entry, if it is of this grant and asks for the same of the key. */
static bool recorded_read(struct client *c, int64_t entry, const struct session *s,
                          const struct request *request, struct request *ret, struct arena *a,
                          struct err *e)
{
    struct proven proven;
    if (!client_entry(c, entry, &proven, a, e) ||
        !fields_read(ret, &request_fields, proven.entry.body, a, e))
        return false;
    if (bytes_equal(ret->grant, session_grant(s)) && bytes_equal(ret->key, request->key) &&
        ret->mechanism == request->mechanism)
        return true;
    return err_set(e, ERR_CONFLICT, "the request stands in the record otherwise than it was made");
}

/* The signatures of a request that was entered before, and whose answer did not arrive. */
static bool sign_from_record(struct client *c, const struct session *s,
                             const struct request *request, int64_t entry,
                             struct signed_item *ret_items, struct arena *a, struct err *e)
{
    struct request recorded;
    if (!recorded_read(c, entry, s, request, &recorded, a, e))
        return false;
    const struct request_item *items = request->items.items;
    for (size_t i = 0; i < request->items.count; i++) {
        int64_t at = item_find(&recorded, &items[i]);
        if (at < 0)
            return err_set(e, ERR_CONFLICT,
                           "some of the digests have been signed under this grant before, others "
                           "not");
        if (!client_again(c, entry, at, &ret_items[i], a, e))
            return false;
        ret_items[i].item = (int64_t)i;
    }
    return true;
}

/* One result for each item, in order. */
static bool results_take(const struct request *request, const struct admitted *admitted,
                         struct signed_item *ret_items, struct err *e)
{
    const struct signed_item *results = admitted->results.items;
    if (admitted->results.count != request->items.count)
        return err_set(e, ERR_DAMAGED, "%zu signatures came for %zu digests",
                       admitted->results.count, request->items.count);
    for (size_t i = 0; i < admitted->results.count; i++)
        if (results[i].item != (int64_t)i)
            return err_set(e, ERR_DAMAGED, "the signatures are not in the order of the digests");
    memcpy(ret_items, results, admitted->results.count * sizeof *results);
    return true;
}

bool session_sign(struct client *c, const struct session *s, const struct request *request,
                  struct signed_item *ret_items, int64_t *ret_entry, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct admitted admitted;
    int64_t stands;
    if (!session_request_body(&body, s, request, e))
        return false;
    if (client_submit(c, "request", buf_bytes(&body), &admitted, &stands, a, e)) {
        *ret_entry = admitted.index;
        return results_take(request, &admitted, ret_items, e);
    }
    if (strcmp(e->rule, "request.repeated") != 0 || stands < 0)
        return false;
    if (!sign_from_record(c, s, request, stands, ret_items, a, e))
        return false;
    *ret_entry = stands;
    return true;
}
