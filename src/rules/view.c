#include "rules/view.h"

#include "base/hex.h"
#include "proof/format.h"
#include "rules/electorate.h"
#include "rules/grants.h"
#include "rules/tables.h"
#include "rules/view_parts.h"

enum { SIGNER_KEYS_MAX = 256 };

const char *const subject_state_names[] = {"waiting", "approved", "open", "rejected",
                                           "expired", "closed",   "done", 0};
static const char *const binding_words[] = {"none", "after", "before"};

FIELDS(subject_view_fields, "subject", struct subject_view, ROW_DIGEST(struct subject_view, leaf),
       ROW_ID(struct subject_view, kind), ROW_WORD(struct subject_view, state, subject_state_names),
       ROW_ID_OR_NULL(struct subject_view, actor), ROW_ID_OR_NULL(struct subject_view, team),
       ROW_INTEGER(struct subject_view, approvals, 0, 1000),
       ROW_INTEGER(struct subject_view, needed, 0, 1000), ROW_TIME(struct subject_view, opened),
       ROW_TIME(struct subject_view, ends),
       ROW_INTEGER(struct subject_view, count, 0, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct subject_view, used, 0, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct subject_view, unbound, 0, LIMIT_GRANT_COUNT),
       ROW_RAW_OR_NULL(struct subject_view, detail, LIMIT_STATEMENT));

FIELDS(signer_key_view_fields, "signer's key", struct signer_key_view,
       ROW_DIGEST(struct signer_key_view, id),
       ROW_BYTES(struct signer_key_view, spki, 32, LIMIT_SPKI),
       ROW_ID(struct signer_key_view, algorithm),
       ROW_WORD(struct signer_key_view, state, key_state_names),
       ROW_DIGEST(struct signer_key_view, activated),
       ROW_BYTES_OR_NULL(struct signer_key_view, certificate, 64, LIMIT_CERTIFICATE),
       ROW_INTEGER_OR_NULL(struct signer_key_view, not_after, 0, LIMIT_TIME_MS));

FIELDS(signer_view_fields, "signer", struct signer_view, ROW_ID(struct signer_view, signer),
       ROW_ID(struct signer_view, level), ROW_ID(struct signer_view, binding),
       ROW_WORD(struct signer_view, family, format_family_names),
       ROW_IDS(struct signer_view, formats, 0, 16),
       ROW_LIST(struct signer_view, keys, &signer_key_view_fields, 0, SIGNER_KEYS_MAX),
       ROW_BLOBS(struct signer_view, chain, 0, 2, 64, LIMIT_CERTIFICATE),
       ROW_BOOL(struct signer_view, timestamp));

static bool show_decision(struct subject_view *ret, const struct rules_state *s,
                          const struct decision *decision, struct arena *a, struct err *e)
{
    struct subject_view view = {.leaf = decision->leaf,
                                .kind = decision->kind,
                                .state = decision->approved ? SUBJECT_APPROVED : SUBJECT_WAITING,
                                .actor = decision->actor,
                                .opened = decision->opened,
                                .ends = decision->expires,
                                .detail = decision->detail};
    struct electorate electorate;
    struct err gone;
    /* A path that policy has dropped meanwhile leaves nobody to decide. */
    if (electorate_find(&electorate, s, decision, a, &gone)) {
        view.team = electorate.team;
        view.needed = (int64_t)electorate.needed;
        view.approvals = (int64_t)electorate_count(s, decision, &electorate);
    } else if (gone.code == ERR_MEMORY) {
        *e = gone;
        return false;
    }
    *ret = view;
    return true;
}

static void show_grant(struct subject_view *ret, const struct grant *grant)
{
    *ret = (struct subject_view){.leaf = grant->leaf,
                                 .kind = bytes_text("grant"),
                                 .state = SUBJECT_OPEN,
                                 .actor = grant->actor,
                                 .opened = grant->opened,
                                 .ends = grant->closes,
                                 .count = grant->count,
                                 .used = grant->used,
                                 .unbound = grant->unbound};
}

static void show_ended(struct subject_view *ret, const struct ended *ended)
{
    static const int states[] = {[END_REJECTED] = SUBJECT_REJECTED,
                                 [END_EXPIRED] = SUBJECT_EXPIRED,
                                 [END_CLOSED] = SUBJECT_CLOSED,
                                 [END_DONE] = SUBJECT_DONE};
    *ret = (struct subject_view){.leaf = ended->leaf,
                                 .kind = bytes_text("ended"),
                                 .state = states[ended->reason],
                                 .opened = ended->time,
                                 .ends = ended->time};
}

bool view_subject(struct buf *b, const struct rules_state *s, struct bytes leaf, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct subject_view view;
    const struct decision *decision = state_decision(s, leaf);
    const struct grant *grant = state_grant(s, leaf);
    const struct ended *ended = state_ended(s, leaf);
    char hex[65];
    if (decision == NULL && grant == NULL && ended == NULL)
        return err_set(e, ERR_NOT_FOUND, "nothing open or lately ended has the leaf hash %s",
                       hex_string(hex, leaf));
    if (decision != NULL && !show_decision(&view, s, decision, &arena, e))
        return false;
    if (grant != NULL)
        show_grant(&view, grant);
    if (decision == NULL && grant == NULL)
        show_ended(&view, ended);
    fields_write(b, &subject_view_fields, &view);
    return buf_ok(b, "subject", e);
}

void view_put_comma(struct buf *b, bool *first)
{
    if (!*first)
        buf_put_u8(b, ',');
    *first = false;
}

bool view_open(struct buf *b, const struct rules_state *s, struct err *e)
{
    bool first = true;
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    const struct table *grants = state_view(s, TABLE_GRANTS);
    buf_put_text(b, "{\"subjects\":[");
    for (size_t i = 0; i < decisions->count; i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct subject_view view;
        if (!show_decision(&view, s, table_at(decisions, i), &arena, e))
            return false;
        view_put_comma(b, &first);
        fields_write(b, &subject_view_fields, &view);
    }
    for (size_t i = 0; i < grants->count; i++) {
        struct subject_view view;
        show_grant(&view, table_at(grants, i));
        view_put_comma(b, &first);
        fields_write(b, &subject_view_fields, &view);
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "open subjects", e);
}

const struct object *view_next_object(const struct rules_state *s, enum object_kind kind, size_t *i)
{
    const uint8_t byte = (uint8_t)kind;
    struct bytes prefix = bytes_make(&byte, 1);
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (*i == 0)
        *i = table_seek(objects, prefix);
    return table_within(objects, *i, prefix) ? table_at(objects, (*i)++) : NULL;
}

void view_put_table(struct buf *b, const struct table *t)
{
    buf_put_u8(b, '[');
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            buf_put_u8(b, ',');
        fields_write(b, t->fields, table_at(t, i));
    }
    buf_put_u8(b, ']');
}

bool view_policy(struct buf *b, const struct rules_state *s, struct err *e)
{
    buf_put_text(b, "{\"objects\":");
    view_put_table(b, state_view(s, TABLE_OBJECTS));
    buf_put_text(b, "}");
    return buf_ok(b, "policy", e);
}

/* Its leaf is what a statement about it must name. */
FIELDS(endpoint_view_fields, "endpoint", struct endpoint, ROW_ID(struct endpoint, id),
       ROW_ID(struct endpoint, class), ROW_BYTES(struct endpoint, key, 32, LIMIT_SPKI),
       ROW_ID(struct endpoint, actor), ROW_TIME(struct endpoint, time),
       {.name = "activated",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct endpoint, leaf),
        .min = 32,
        .max = 32});

bool view_suspendable(struct buf *b, const struct rules_state *s, struct bytes kind,
                      struct bytes id, struct err *e)
{
    uint8_t key_id[32];
    uint8_t key[OBJECT_KEY_MAX];
    const void *record = NULL;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    const struct fields *fields = &object_record_fields;
    if (bytes_is(kind, "path"))
        record = table_get(objects, object_key(key, OBJECT_PATH, id));
    if (bytes_is(kind, "signer"))
        record = table_get(objects, object_key(key, OBJECT_SIGNER, id));
    if (bytes_is(kind, "endpoint")) {
        fields = &endpoint_view_fields;
        record = state_endpoint(s, id);
    }
    if (bytes_is(kind, "key")) {
        if (!hex_decode(key_id, sizeof key_id, id, e))
            return err_wrap(e, "key id");
        fields = state_view(s, TABLE_KEYS)->fields;
        record = state_key(s, BYTES_OF(key_id));
    }
    if (record == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no %.*s \"%.*s\"", BYTES_PRINT(kind),
                       BYTES_PRINT(id));
    fields_write(b, fields, record);
    return buf_ok(b, "subject", e);
}

static void signer_key_make(struct signer_key_view *ret, const struct key_record *key,
                            const struct certificate *c)
{
    *ret = (struct signer_key_view){.id = key->id,
                                    .spki = key->spki,
                                    .algorithm = key->algorithm,
                                    .state = key->state,
                                    .activated = key->activated,
                                    .certificate = c == NULL ? BYTES_NONE : c->der,
                                    .not_after = c == NULL ? -1 : c->not_after};
}

/* Those that are over only where there is room for them: nobody signs with them. */
static bool signer_keys(struct list *ret, struct bytes *ret_issuer, const struct rules_state *s,
                        struct bytes signer, int64_t time, struct arena *a, struct err *e)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    struct signer_key_view *items = arena_alloc(a, SIGNER_KEYS_MAX * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a signer's keys");
    for (int over = 0; over < 2; over++)
        for (size_t i = 0; i < keys->count && count < SIGNER_KEYS_MAX; i++) {
            const struct key_record *key = table_at(keys, i);
            if ((key->state > KEY_SUSPENDED) != over || !bytes_equal(key->signer, signer))
                continue;
            const struct certificate *c = state_certificate_of(s, key->id, time);
            signer_key_make(&items[count++], key, c);
            if (c != NULL)
                *ret_issuer = c->issuer;
        }
    *ret = (struct list){.items = items, .count = count};
    return true;
}

/* The issuing CA's certificate and the root, as far as there are any. */
static bool signer_chain(struct list *ret, const struct rules_state *s, struct bytes issuer,
                         int64_t time, struct arena *a, struct err *e)
{
    struct bytes *items = arena_alloc(a, 2 * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a signer's chain");
    const struct certificate *ca =
        issuer.data == NULL ? NULL : state_certificate_of(s, issuer, time);
    if (ca != NULL)
        items[count++] = ca->der;
    if (state_root(s) != NULL)
        items[count++] = state_root(s)->der;
    *ret = (struct list){.items = items, .count = count};
    return true;
}

bool view_signer(struct buf *b, const struct rules_state *s, struct bytes id, int64_t time,
                 struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    struct signer signer;
    struct level level;
    struct life_object life = {.timestamp = false};
    struct bytes issuer = BYTES_NONE;
    if (!policy_get(&signer, objects, OBJECT_SIGNER, id, &arena, e) ||
        !policy_get(&level, objects, OBJECT_LEVEL, signer.level, &arena, e))
        return false;
    struct signer_view view = {.signer = id,
                               .level = signer.level,
                               .binding = bytes_text(binding_words[level.binding]),
                               .family = signer.family,
                               .formats = signer.formats};
    if (policy_has(objects, OBJECT_LIFE, signer.level) &&
        !policy_get(&life, objects, OBJECT_LIFE, signer.level, &arena, e))
        return false;
    view.timestamp = life.timestamp;
    if (!signer_keys(&view.keys, &issuer, s, id, time, &arena, e) ||
        !signer_chain(&view.chain, s, issuer, time, &arena, e))
        return false;
    fields_write(b, &signer_view_fields, &view);
    return buf_ok(b, "signer", e);
}

bool view_name_check(const struct rules_state *s, struct bytes handle, struct bytes name,
                     struct bytes salt, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) opened = BUF(LIMIT_RECORD);
    struct person person;
    uint8_t hash[32];
    if (!policy_get(&person, state_view(s, TABLE_OBJECTS), OBJECT_PERSON, handle, &arena, e))
        return false;
    buf_put(&opened, salt);
    buf_put(&opened, name);
    if (!buf_ok(&opened, "a name with its salt", e))
        return false;
    digest_sha256(hash, buf_bytes(&opened));
    if (bytes_equal(person.name, BYTES_OF(hash)))
        return true;
    return err_refuse(e, "name.hash",
                      "this name and salt do not open the hash that policy has "
                      "for %.*s",
                      BYTES_PRINT(handle));
}
