/* Keys, certificates, suspensions and roots: all of them, or those that a command needs. */
#include <inttypes.h>

#include "base/hex.h"
#include "rules/tables.h"
#include "rules/view.h"
#include "rules/view_parts.h"

enum { HEX_SIZE = 64 };

/* Without the bytes, which are most of it. */
FIELDS(certificate_brief_fields, "certificate", struct certificate,
       ROW_INTEGER(struct certificate, number, 0, JSON_INTEGER_MAX),
       ROW_DIGEST(struct certificate, key), ROW_DIGEST(struct certificate, issuer),
       ROW_ID_OR_NULL(struct certificate, signer), ROW_TIME(struct certificate, not_before),
       ROW_TIME(struct certificate, not_after));
FIELDS(certificate_whole_fields, "certificate", struct certificate,
       ROW_INTEGER(struct certificate, number, 0, JSON_INTEGER_MAX),
       ROW_DIGEST(struct certificate, key), ROW_DIGEST(struct certificate, issuer),
       ROW_ID_OR_NULL(struct certificate, signer), ROW_TIME(struct certificate, not_before),
       ROW_TIME(struct certificate, not_after),
       ROW_BYTES_OR_NULL(struct certificate, der, 64, LIMIT_CERTIFICATE));

static void put_member(struct buf *b, const char *name, const struct table *t)
{
    buf_printf(b, "%s\"%s\":", b->size > 1 ? "," : "", name);
    view_put_table(b, t);
}

bool view_keys_all(struct buf *b, const struct rules_state *s, struct err *e)
{
    buf_put_text(b, "{");
    put_member(b, "keys", state_view(s, TABLE_KEYS));
    put_member(b, "certificates", state_view(s, TABLE_CERTIFICATES));
    put_member(b, "suspensions", state_view(s, TABLE_SUSPENSIONS));
    put_member(b, "roots", state_view(s, TABLE_ROOTS));
    buf_put_text(b, "}");
    return buf_ok(b, "keys", e);
}

/* ---- Some keys ---- */

struct chosen {
    const struct key_record *key;
    const struct certificate *newest; /* that is issued; NULL: none */
};

struct choice {
    struct chosen list[VIEW_KEYS_MAX];
    size_t count;
    const struct key_record *next; /* behind the page; NULL: there is none */
};

/* Digits as the lowest id that begins with them. */
static bool prefix_read(uint8_t ret[32], struct bytes digits, struct err *e)
{
    char text[HEX_SIZE + 1];
    memset(text, '0', HEX_SIZE);
    if (digits.size > HEX_SIZE)
        return err_set(e, ERR_INPUT, "the id of a key has at most %d digits", HEX_SIZE);
    if (digits.size > 0)
        memcpy(text, digits.data, digits.size);
    return hex_decode(ret, 32, bytes_make(text, HEX_SIZE), e);
}

static bool begins(const struct key_record *key, struct bytes digits)
{
    char hex[HEX_SIZE + 1];
    (void)hex_string(hex, key->id);
    return digits.size == 0 || memcmp(hex, digits.data, digits.size) == 0;
}

static bool choice_make(struct choice *c, const struct rules_state *s, const struct keys_filter *f,
                        struct err *e)
{
    uint8_t low[32];
    const struct table *t = state_view(s, TABLE_KEYS);
    if (!prefix_read(low, f->prefix, e))
        return false;
    struct bytes from = BYTES_OF(low);
    if (f->from.data != NULL && bytes_compare(f->from, from) > 0)
        from = f->from;
    for (size_t i = table_seek(t, from); i < t->count && c->next == NULL; i++) {
        const struct key_record *key = table_at(t, i);
        if (!begins(key, f->prefix))
            return true;
        if (f->signer.data != NULL && !bytes_equal(key->signer, f->signer))
            continue;
        if (c->count == f->limit)
            c->next = key;
        else
            c->list[c->count++] = (struct chosen){.key = key};
    }
    return true;
}

static struct chosen *choice_find(struct choice *c, struct bytes id)
{
    size_t low = 0;
    size_t high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(c->list[middle].key->id, id);
        if (order == 0)
            return &c->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void newest_find(struct choice *c, const struct rules_state *s)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    size_t found = 0;
    for (size_t i = t->count; i > 0 && found < c->count; i--) {
        const struct certificate *one = table_at(t, i - 1);
        struct chosen *of = one->der.data == NULL ? NULL : choice_find(c, one->key);
        if (of == NULL || of->newest != NULL)
            continue;
        of->newest = one;
        found++;
    }
}

static void put_suspension(struct buf *b, const struct rules_state *s, enum suspended_kind kind,
                           struct bytes id, bool *first)
{
    const struct suspension *there = state_suspension(s, kind, id);
    if (there == NULL)
        return;
    view_put_comma(b, first);
    fields_write(b, state_view(s, TABLE_SUSPENSIONS)->fields, there);
}

static void put_suspensions(struct buf *b, const struct rules_state *s, const struct choice *c,
                            struct bytes path)
{
    char hex[HEX_SIZE + 1];
    bool first = true;
    for (size_t i = 0; i < c->count; i++)
        put_suspension(b, s, SUSPENDED_KEY, bytes_text(hex_string(hex, c->list[i].key->id)),
                       &first);
    if (path.data != NULL)
        put_suspension(b, s, SUSPENDED_PATH, path, &first);
}

static void put_choice(struct buf *b, const struct rules_state *s, const struct choice *c)
{
    bool first = true;
    buf_put_text(b, "{\"keys\":[");
    for (size_t i = 0; i < c->count; i++) {
        view_put_comma(b, &first);
        fields_write(b, state_view(s, TABLE_KEYS)->fields, c->list[i].key);
    }
    first = true;
    buf_put_text(b, "],\"certificates\":[");
    for (size_t i = 0; i < c->count; i++) {
        if (c->list[i].newest == NULL)
            continue;
        view_put_comma(b, &first);
        fields_write(b, &certificate_brief_fields, c->list[i].newest);
    }
}

bool view_keys(struct buf *b, const struct rules_state *s, const struct keys_filter *filter,
               struct err *e)
{
    char hex[HEX_SIZE + 1];
    struct choice c = {.count = 0};
    if (filter->path.data == NULL && !choice_make(&c, s, filter, e))
        return false;
    newest_find(&c, s);
    put_choice(b, s, &c);
    buf_put_text(b, "],\"suspensions\":[");
    put_suspensions(b, s, &c, filter->path);
    buf_put_text(b, "],\"next\":");
    if (c.next == NULL)
        buf_put_text(b, "null}");
    else
        buf_printf(b, "\"%s\"}", hex_string(hex, c.next->id));
    return buf_ok(b, "keys", e);
}

/* ---- Certificates ---- */

bool view_certificates(struct buf *b, const struct rules_state *s, int64_t from, size_t limit,
                       struct err *e)
{
    uint8_t key[8];
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    size_t begin = table_seek(t, state_number_key(key, from));
    size_t end = t->count - begin < limit ? t->count : begin + limit;
    buf_put_text(b, "{\"certificates\":[");
    for (size_t i = begin; i < end; i++) {
        if (i > begin)
            buf_put_u8(b, ',');
        fields_write(b, &certificate_whole_fields, table_at(t, i));
    }
    buf_put_text(b, "],\"roots\":");
    view_put_table(b, state_view(s, TABLE_ROOTS));
    buf_put_text(b, ",\"next\":");
    if (end < t->count)
        buf_printf(b, "%" PRId64 "}", ((const struct certificate *)table_at(t, end))->number);
    else
        buf_put_text(b, "null}");
    return buf_ok(b, "certificates", e);
}
