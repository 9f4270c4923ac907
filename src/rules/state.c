#include "rules/state.h"

#include <inttypes.h>

#include "pki/mechanism.h"
#include "proof/format.h"
#include "rules/state_fields.h"
#include "rules/tables.h"

const char *const key_role_names[] = {"signer",    "issuing-ca", "timestamp-ca",
                                      "timestamp", "list",       0};
const char *const key_state_names[] = {
    "pre-activation", "active", "suspended", "deactivated", "compromised", "destroyed", 0};
const char *const suspended_kind_names[] = {"key", "path", 0};
const char *const end_reason_names[] = {"rejected", "expired", "closed", "done", 0};

FIELDS(founder_fields, "founder", struct founder, ROW_ID(struct founder, handle));

FIELDS(decision_fields, "decision", struct decision, ROW_DIGEST(struct decision, leaf),
       ROW_ID(struct decision, kind), ROW_ID(struct decision, actor),
       ROW_RAW(struct decision, detail, LIMIT_STATEMENT),
       ROW_INTEGER(struct decision, index, 0, JSON_INTEGER_MAX), ROW_TIME(struct decision, opened),
       ROW_TIME(struct decision, expires), ROW_BOOL(struct decision, approved));

FIELDS(act_fields, "act", struct act, ROW_DIGEST(struct act, subject), ROW_ID(struct act, act),
       ROW_ID(struct act, person), ROW_INTEGER(struct act, entry, 0, JSON_INTEGER_MAX));

FIELDS(artifact_fields, "artifact", struct artifact, ROW_TEXT(struct artifact, name, 255),
       ROW_ID(struct artifact, format), ROW_ID(struct artifact, algorithm),
       ROW_BYTES(struct artifact, digest, 32, 64));

FIELDS(grant_fields, "grant", struct grant, ROW_DIGEST(struct grant, leaf),
       ROW_ID(struct grant, path), ROW_ID(struct grant, signer), ROW_ID(struct grant, actor),
       ROW_BYTES(struct grant, session, 32, LIMIT_SPKI),
       ROW_LIST(struct grant, artifacts, &artifact_fields, 0, LIMIT_GRANT_ARTIFACTS),
       ROW_INTEGER(struct grant, count, 1, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct grant, used, 0, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct grant, unbound, 0, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct grant, binding, BINDING_NONE, BINDING_BEFORE),
       ROW_TIME(struct grant, opened), ROW_TIME(struct grant, closes));

FIELDS(use_fields, "use", struct use, ROW_DIGEST(struct use, grant), ROW_DIGEST(struct use, key),
       ROW_BYTES(struct use, digest, 32, 64), ROW_WORD(struct use, mechanism, mechanism_names),
       ROW_INTEGER(struct use, entry, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct use, item, 0, LIMIT_REQUEST_ITEMS),
       ROW_INTEGER_OR_NULL(struct use, artifact, 0, LIMIT_GRANT_ARTIFACTS),
       ROW_BOOL(struct use, bound), ROW_BOOL(struct use, built));

FIELDS(key_record_fields, "key", struct key_record, ROW_DIGEST(struct key_record, id),
       ROW_BYTES(struct key_record, spki, 32, LIMIT_SPKI), ROW_DIGEST(struct key_record, proposal),
       ROW_ID(struct key_record, token), ROW_ID_OR_NULL(struct key_record, signer),
       ROW_ID(struct key_record, algorithm),
       ROW_WORD(struct key_record, family, format_family_names),
       ROW_WORD(struct key_record, role, key_role_names),
       ROW_WORD(struct key_record, state, key_state_names), ROW_TIME(struct key_record, since),
       ROW_DIGEST(struct key_record, activated));

FIELDS(certificate_fields, "certificate", struct certificate,
       ROW_INTEGER(struct certificate, number, 0, JSON_INTEGER_MAX),
       ROW_DIGEST(struct certificate, issuance), ROW_DIGEST(struct certificate, key),
       ROW_DIGEST(struct certificate, issuer), ROW_ID_OR_NULL(struct certificate, signer),
       ROW_TIME(struct certificate, not_before), ROW_TIME(struct certificate, not_after),
       ROW_BYTES(struct certificate, tbs, 64, LIMIT_CERTIFICATE),
       ROW_BYTES_OR_NULL(struct certificate, der, 64, LIMIT_CERTIFICATE));

FIELDS(root_fields, "root certificate", struct root_record, ROW_DIGEST(struct root_record, key),
       ROW_BYTES(struct root_record, der, 64, LIMIT_CERTIFICATE));

FIELDS(suspension_fields, "suspension", struct suspension,
       ROW_WORD(struct suspension, kind, suspended_kind_names), ROW_ID(struct suspension, id),
       ROW_DIGEST(struct suspension, leaf), ROW_ID(struct suspension, actor),
       ROW_TIME(struct suspension, time));

FIELDS(used_fields, "used statement", struct used, ROW_TIME(struct used, time),
       ROW_DIGEST(struct used, digest));

FIELDS(ended_fields, "ended subject", struct ended, ROW_DIGEST(struct ended, leaf),
       ROW_WORD(struct ended, reason, end_reason_names), ROW_TIME(struct ended, time));

FIELDS(retired_fields, "retired handle", struct retired, ROW_ID(struct retired, handle));

const struct fields *const state_table_fields[STATE_TABLES] = {
    [TABLE_OBJECTS] = &object_record_fields,
    [TABLE_FOUNDERS] = &founder_fields,
    [TABLE_DECISIONS] = &decision_fields,
    [TABLE_ACTS] = &act_fields,
    [TABLE_GRANTS] = &grant_fields,
    [TABLE_USES] = &use_fields,
    [TABLE_KEYS] = &key_record_fields,
    [TABLE_CERTIFICATES] = &certificate_fields,
    [TABLE_ROOTS] = &root_fields,
    [TABLE_SUSPENSIONS] = &suspension_fields,
    [TABLE_USED] = &used_fields,
    [TABLE_ENDED] = &ended_fields,
    [TABLE_RETIRED] = &retired_fields,
    [TABLE_LIVES] = &life_fields,
    [TABLE_REVOCATIONS] = &revocation_fields,
    [TABLE_STATUS] = &status_record_fields,
    [TABLE_RATIFICATIONS] = &ratification_fields,
    [TABLE_ORPHANS] = &orphan_fields,
    [TABLE_STAGES] = &stage_fields,
    [TABLE_ROLLOVERS] = &rollover_fields,
    [TABLE_ENDPOINTS] = &endpoint_fields,
    [TABLE_RETIREMENTS] = &retirement_fields,
    [TABLE_ROOT_CRLS] = &root_crl_fields,
    [TABLE_LIFTS] = &lifted_fields,
};

/* A key of a table put together from pieces of known length. */
struct key {
    uint8_t bytes[160];
    size_t size;
};

static void key_add(struct key *k, struct bytes piece)
{
    size_t room = sizeof k->bytes - k->size;
    size_t size = piece.size > room ? room : piece.size;
    if (size > 0)
        memcpy(k->bytes + k->size, piece.data, size);
    k->size += size;
}

static struct bytes key_view(const struct key *k)
{
    return bytes_make(k->bytes, k->size);
}

static struct key key_of(struct bytes first, struct bytes second, struct bytes third)
{
    struct key k = {.size = 0};
    key_add(&k, first);
    key_add(&k, second);
    key_add(&k, third);
    return k;
}

static struct key key_of_number(int64_t number)
{
    struct key k = {.size = 8};
    for (size_t i = 0; i < 8; i++)
        k.bytes[i] = (uint8_t)((uint64_t)number >> (8 * (7 - i)));
    return k;
}

struct decision *state_decision(const struct rules_state *s, struct bytes leaf)
{
    return table_get(state_view(s, TABLE_DECISIONS), leaf);
}

struct grant *state_grant(const struct rules_state *s, struct bytes leaf)
{
    return table_get(state_view(s, TABLE_GRANTS), leaf);
}

struct key_record *state_key(const struct rules_state *s, struct bytes id)
{
    return table_get(state_view(s, TABLE_KEYS), id);
}

struct ended *state_ended(const struct rules_state *s, struct bytes leaf)
{
    return table_get(state_view(s, TABLE_ENDED), leaf);
}

struct use *state_use(const struct rules_state *s, struct bytes grant, struct bytes key,
                      struct bytes digest)
{
    struct key k = key_of(grant, key, digest);
    return table_get(state_view(s, TABLE_USES), key_view(&k));
}

struct certificate *state_certificate(const struct rules_state *s, int64_t number)
{
    struct key k = key_of_number(number);
    return table_get(state_view(s, TABLE_CERTIFICATES), key_view(&k));
}

static struct key key_of_suspension(enum suspended_kind kind, struct bytes id)
{
    const uint8_t byte = (uint8_t)kind;
    return key_of(bytes_make(&byte, 1), id, BYTES_NONE);
}

struct suspension *state_suspension(const struct rules_state *s, enum suspended_kind kind,
                                    struct bytes id)
{
    struct key k = key_of_suspension(kind, id);
    return table_get(state_view(s, TABLE_SUSPENSIONS), key_view(&k));
}

const struct root_record *state_root(const struct rules_state *s)
{
    const struct table *roots = state_view(s, TABLE_ROOTS);
    return roots->count == 0 ? NULL : table_at(roots, 0);
}

bool certificate_stands(const struct rules_state *s, const struct certificate *c)
{
    return !state_certificate_revoked(s, c->number) && !state_key_revoked(s, c->key) &&
           !state_key_revoked(s, c->issuer);
}

static bool certificate_valid(const struct rules_state *s, const struct certificate *c,
                              int64_t time)
{
    return c->der.data != NULL && c->not_before <= time && time <= c->not_after &&
           certificate_stands(s, c);
}

/* The root's certificate has no record: only its revocation counts. */
bool issuer_holds(const struct rules_state *s, struct bytes issuer, int64_t time)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    if (state_view(s, TABLE_REVOCATIONS)->count == 0)
        return true;
    if (state_key(s, issuer) == NULL)
        return !state_key_revoked(s, issuer);
    for (size_t i = 0; i < t->count; i++) {
        const struct certificate *c = table_at(t, i);
        if (bytes_equal(c->key, issuer) && certificate_valid(s, c, time))
            return true;
    }
    return false;
}

const struct certificate *state_certificate_of(const struct rules_state *s, struct bytes key,
                                               int64_t time)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (bytes_equal(c->key, key) && certificate_valid(s, c, time) &&
            issuer_holds(s, c->issuer, time))
            return c;
    }
    return NULL;
}

bool state_put_decision(struct rules_state *s, const struct decision *d, struct err *e)
{
    state_deadline(s, TABLE_DECISIONS, d->leaf, d->expires);
    return table_put(state_table(s, TABLE_DECISIONS), d->leaf, d, e);
}

bool state_put_grant(struct rules_state *s, const struct grant *g, struct err *e)
{
    state_deadline(s, TABLE_GRANTS, g->leaf, g->closes);
    return table_put(state_table(s, TABLE_GRANTS), g->leaf, g, e);
}

bool state_put_key(struct rules_state *s, const struct key_record *k, struct err *e)
{
    return table_put(state_table(s, TABLE_KEYS), k->id, k, e);
}

bool state_put_use(struct rules_state *s, const struct use *u, struct err *e)
{
    struct key k = key_of(u->grant, u->key, u->digest);
    return table_put(state_table(s, TABLE_USES), key_view(&k), u, e);
}

bool state_put_certificate(struct rules_state *s, const struct certificate *c, struct err *e)
{
    struct key k = key_of_number(c->number);
    return table_put(state_table(s, TABLE_CERTIFICATES), key_view(&k), c, e);
}

bool state_put_suspension(struct rules_state *s, const struct suspension *p, struct err *e)
{
    struct key k = key_of_suspension((enum suspended_kind)p->kind, p->id);
    return table_put(state_table(s, TABLE_SUSPENSIONS), key_view(&k), p, e);
}

void state_remove_suspension(struct rules_state *s, enum suspended_kind kind, struct bytes id)
{
    struct key k = key_of_suspension(kind, id);
    table_remove(state_table(s, TABLE_SUSPENSIONS), key_view(&k));
}

bool state_end(struct rules_state *s, struct bytes leaf, enum end_reason reason, int64_t time,
               struct err *e)
{
    uint8_t name[32];
    memcpy(name, leaf.data, sizeof name); /* `leaf` may live in the record that goes */
    struct bytes kept = BYTES_OF(name);
    struct ended ended = {.leaf = kept, .reason = (int)reason, .time = time};
    if (!table_put(state_table(s, TABLE_ENDED), kept, &ended, e))
        return false;
    table_remove(state_table(s, TABLE_DECISIONS), kept);
    table_remove(state_table(s, TABLE_GRANTS), kept);
    table_remove_within(state_table(s, TABLE_USES), kept);
    table_remove_within(state_table(s, TABLE_ACTS), kept);
    return true;
}

bool state_use_statement(struct rules_state *s, int64_t time, const uint8_t digest[32],
                         struct err *e)
{
    struct key k = key_of_number(time);
    key_add(&k, bytes_make(digest, 32));
    struct used used = {.time = time, .digest = bytes_make(digest, 32)};
    return table_put(state_table(s, TABLE_USED), key_view(&k), &used, e);
}

bool state_statement_used(const struct rules_state *s, int64_t time, const uint8_t digest[32])
{
    struct key k = key_of_number(time);
    key_add(&k, bytes_make(digest, 32));
    return table_get(state_view(s, TABLE_USED), key_view(&k)) != NULL;
}

bool state_root_at(const struct rules_state *s, int64_t size, struct bytes *ret_root)
{
    int64_t now = (int64_t)s->tree.size;
    if (size < 1 || size > now || now - size >= STATE_ROOTS)
        return false;
    *ret_root = BYTES_OF(s->roots[size % STATE_ROOTS]);
    return true;
}

void state_grow(struct rules_state *s, const uint8_t leaf[32])
{
    tree_append(&s->tree, leaf);
    tree_root(s->roots[s->tree.size % STATE_ROOTS], &s->tree);
}

bool state_limits(struct limits_object *ret, const struct rules_state *s, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    return policy_get(ret, state_view(s, TABLE_OBJECTS), OBJECT_LIMITS, bytes_text("main"), &arena,
                      e);
}

bool version_judge(const struct rules_state *s, int64_t since, const char *what, struct err *e)
{
    if (s->rules_version >= since)
        return true;
    (void)err_refuse(e, "rules.version",
                     "%s starts with rules version %" PRId64 ", in force is %" PRId64, what, since,
                     s->rules_version);
    return err_hint(e, "raise the version first: sealward policy rules");
}
