/* Grants, requests, bindings, suspensions. */
#include "world.h"

#include <stdio.h>

#include "base/hex.h"
#include "pki/attributes.h"
#include "pki/der.h"
#include "pki/digest.h"
#include "pki/spc.h"
#include "rules/suspension.h"

struct bytes world_artifact(struct world *w, const char *name, const char *format,
                            const char *content)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_format(
        w, "{\"name\":\"%s\",\"format\":\"%s\",\"algorithm\":\"sha256\",\"digest\":\"%s\"}", name,
        format, world_base64(w, BYTES_OF(digest)));
}

struct bytes world_grant_body(struct world *w, const char *path, struct bytes artifacts,
                              int64_t count, int64_t window)
{
    struct err e;
    session_key_free(w->session);
    w->session = NULL;
    ok_call(session_key_generate(&w->session, &e), e);
    return world_format(
        w,
        "{\"path\":\"%s\",\"artifacts\":[%.*s],\"count\":%lld,\"window\":%lld,\"session\":\"%s\"}",
        path, (int)artifacts.size, artifacts.data == NULL ? "" : (const char *)artifacts.data,
        (long long)count, (long long)window, world_base64(w, session_key_spki(w->session)));
}

static bool grant_keep(struct world *w, bool entered)
{
    if (entered)
        memcpy(w->grant, w->leaf, sizeof w->grant);
    return entered;
}

bool world_grant(struct world *w, const char *workload, struct bytes body)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct token_plan plan = world_token_plan(w);
    struct statement s =
        world_statement(w, "grant", world_format(w, "workload/%s", workload), body);
    statement_write(&text, &s);
    struct bytes token = world_token(w, &plan, buf_bytes(&text));
    return grant_keep(
        w, world_enter(w, "grant",
                       world_evidence(w, buf_bytes(&text), BYTES_NONE, token, BYTES_NONE)));
}

bool world_grant_by(struct world *w, enum hand hand, struct bytes body)
{
    return grant_keep(w, world_say(w, hand, "grant", body));
}

struct bytes world_request_body(struct world *w, const struct world_key *key,
                                enum mechanism mechanism, const struct request_item *items,
                                size_t count)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO_VALUE(buf) body = BUF(1 << 20);
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct request request = {
        .grant = BYTES_OF(w->grant),
        .key = BYTES_OF(key->id),
        .mechanism = (int)mechanism,
        .items = {.items = arena_alloc(&arena, count * sizeof *items), .count = count},
        .signature = BYTES_OF(signature)};
    struct err e;
    memcpy(request.items.items, items, count * sizeof *items);
    request_text(&text, BYTES_OF(w->head.authority), &request);
    assert_false(text.failed);
    ok_call(session_key_sign(w->session, signature, buf_bytes(&text), &e), e);
    fields_write(&body, &request_fields, &request);
    assert_false(body.failed);
    return world_copy(w, buf_bytes(&body));
}

bool world_sign_items(struct world *w, const struct world_key *key,
                      const struct request_item *items, size_t count)
{
    enum mechanism mechanism =
        key->p256 != NULL ? MECHANISM_ECDSA_SHA256 : MECHANISM_RSA_PKCS1_SHA256;
    return world_enter(w, "request", world_request_body(w, key, mechanism, items, count));
}

bool world_sign(struct world *w, const struct world_key *key, struct bytes digest)
{
    struct request_item item = {.digest = digest, .artifact = -1};
    return world_sign_items(w, key, &item, 1);
}

static struct list list_of(const struct bytes *items, size_t count, struct bytes room[2])
{
    for (size_t i = 0; i < count; i++)
        room[i] = items[i];
    return (struct list){.items = room, .count = count};
}

struct bytes world_binding_body(struct world *w, const struct world_key *key, struct bytes digest,
                                int64_t artifact, const struct bytes *preimages, size_t count)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct bytes room[2];
    struct binding_body binding = {.grant = BYTES_OF(w->grant),
                                   .key = BYTES_OF(key->id),
                                   .digest = digest,
                                   .artifact = artifact,
                                   .preimages = list_of(preimages, count, room)};
    fields_write(&body, &binding_body_fields, &binding);
    assert_false(body.failed);
    return world_copy(w, buf_bytes(&body));
}

bool world_bind(struct world *w, const struct world_key *key, struct bytes digest, int64_t artifact,
                const struct bytes *preimages, size_t count)
{
    return world_enter(w, "binding",
                       world_binding_body(w, key, digest, artifact, preimages, count));
}

bool world_close(struct world *w)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) text = BUF(1024);
    struct err e;
    close_text(&text, BYTES_OF(w->head.authority), BYTES_OF(w->grant));
    ok_call(session_key_sign(w->session, signature, buf_bytes(&text), &e), e);
    return world_enter(w, "close",
                       world_format(w, "{\"grant\":\"%s\",\"signature\":\"%s\"}",
                                    world_base64(w, BYTES_OF(w->grant)),
                                    world_base64(w, BYTES_OF(signature))));
}

/* ---- What tools sign ---- */

static void attributes_put(struct world *w, struct signed_file *ret, const char *type,
                           struct bytes message)
{
    uint8_t digest[32];
    AUTO_VALUE(buf) set = BUF(LIMIT_PREIMAGE);
    struct err e;
    ok_call(attributes_build(&set, type, message, w->now, &e), e);
    digest_sha256(digest, buf_bytes(&set));
    ret->preimages[0] = world_copy(w, buf_bytes(&set));
    ret->digest = world_copy(w, BYTES_OF(digest));
}

struct signed_file world_cms(struct world *w, const char *content)
{
    uint8_t message[32];
    struct signed_file file = {.count = 1};
    digest_sha256(message, bytes_text(content));
    attributes_put(w, &file, ATTRIBUTES_ID_DATA, BYTES_OF(message));
    return file;
}

static void spc_put(struct buf *b, struct bytes digest)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    size_t type = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, "1.3.6.1.4.1.311.2.1.15");
    der_end(b, type);
    size_t info = der_begin(b, DER_SEQUENCE);
    size_t algorithm = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, digest_oid(DIGEST_SHA256));
    der_put_null(b);
    der_end(b, algorithm);
    der_put_octets(b, digest);
    der_end(b, info);
    der_end(b, all);
}

struct signed_file world_pe(struct world *w, const char *content)
{
    uint8_t image[32];
    uint8_t message[32];
    AUTO_VALUE(buf) content_der = BUF(LIMIT_PREIMAGE);
    struct signed_file file = {.count = 2};
    struct spc spc;
    struct err e;
    digest_sha256(image, bytes_text(content));
    spc_put(&content_der, BYTES_OF(image));
    ok_call(spc_parse(&spc, buf_bytes(&content_der), &e), e);
    digest_sha256(message, spc.value);
    file.preimages[1] = world_copy(w, buf_bytes(&content_der));
    attributes_put(w, &file, SPC_INDIRECT_DATA, BYTES_OF(message));
    return file;
}

/* ---- Suspensions ---- */

static struct bytes activation_of(struct world *w, const char *kind, const char *id)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct suspended subject;
    struct err e;
    if (strcmp(kind, "key") == 0)
        ok_call(suspended_key(&subject, w->state, bytes_text(id), &e), e);
    else
        ok_call(suspended_path(&subject, w->state, bytes_text(id), &arena, &e), e);
    return world_copy(w, subject.activated);
}

struct bytes world_suspend_body(struct world *w, const char *kind, const char *id)
{
    return world_format(
        w, "{\"subject\":\"%s\",\"id\":\"%s\",\"activation\":\"%s\",\"reason\":\"drill\"}", kind,
        id, world_base64(w, activation_of(w, kind, id)));
}

bool world_suspend(struct world *w, enum hand hand, const char *kind, const char *id)
{
    return world_say(w, hand, "suspend", world_suspend_body(w, kind, id));
}

struct bytes world_resume_detail(struct world *w, const char *kind, const char *id)
{
    const struct suspension *there = state_suspension(
        w->state, strcmp(kind, "key") == 0 ? SUSPENDED_KEY : SUSPENDED_PATH, bytes_text(id));
    assert_non_null(there);
    return world_format(w, "{\"subject\":\"%s\",\"id\":\"%s\",\"suspension\":\"%s\"}", kind, id,
                        world_base64(w, there->leaf));
}
