/* The tables of the state that are new in rules version 2: lives of keys and certificates, and what
 * is not trusted any more. */
#include "rules/state_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "rules/state.h"
#include "rules/tables.h"

const char *const revoked_kind_names[] = {"key", "certificate", "signature", "artifact", "path", 0};
const char *const revoke_reason_names[] = {"keyCompromise",
                                           "cACompromise",
                                           "affiliationChanged",
                                           "superseded",
                                           "cessationOfOperation",
                                           "privilegeWithdrawn",
                                           0};
const char *const orphan_cause_names[] = {"owner", "team", 0};
const char *const certificate_stage_names[] = {"fresh", "renew", "warn", "alarm", "expired", 0};
const char *const retired_kind_names[] = {"key", "path", "signer", 0};

int revoke_reason_code(enum revoke_reason reason)
{
    static const int codes[] = {
        [REVOKE_KEY_COMPROMISE] = 1, [REVOKE_CA_COMPROMISE] = 2, [REVOKE_AFFILIATION_CHANGED] = 3,
        [REVOKE_SUPERSEDED] = 4,     [REVOKE_CESSATION] = 5,     [REVOKE_PRIVILEGE_WITHDRAWN] = 9};
    return codes[reason];
}

FIELDS(life_fields, "life of a key", struct life, ROW_DIGEST(struct life, id),
       ROW_TIME(struct life, last_used), ROW_INTEGER(struct life, uses, 0, JSON_INTEGER_MAX));

FIELDS(revocation_fields, "revocation", struct revocation,
       ROW_WORD(struct revocation, kind, revoked_kind_names), ROW_ID(struct revocation, id),
       ROW_DIGEST(struct revocation, leaf), ROW_ID(struct revocation, actor),
       ROW_TIME(struct revocation, time), ROW_WORD(struct revocation, reason, revoke_reason_names),
       ROW_TIME(struct revocation, effective), ROW_ID_OR_NULL(struct revocation, signer),
       ROW_INTEGER_OR_NULL(struct revocation, was, KEY_PRE_ACTIVATION, KEY_DESTROYED),
       ROW_INTEGER_OR_NULL(struct revocation, status, 0, JSON_INTEGER_MAX),
       ROW_TIME(struct revocation, published), ROW_TIME(struct revocation, list_held),
       ROW_TIME(struct revocation, crl_held));

FIELDS(status_record_fields, "status", struct status_record,
       ROW_INTEGER(struct status_record, number, 0, JSON_INTEGER_MAX),
       ROW_TIME(struct status_record, time),
       ROW_INTEGER(struct status_record, index, 0, JSON_INTEGER_MAX),
       ROW_TIME(struct status_record, list_expires), ROW_TIME(struct status_record, crl_next),
       ROW_TIME(struct status_record, list_held), ROW_TIME(struct status_record, crl_held),
       ROW_BOOL(struct status_record, pending));

FIELDS(ratification_fields, "ratification", struct ratification,
       ROW_DIGEST(struct ratification, leaf), ROW_ID(struct ratification, act),
       ROW_TIME(struct ratification, deadline), ROW_BOOL(struct ratification, ratified),
       ROW_BOOL(struct ratification, overdue));

FIELDS(orphan_fields, "orphan", struct orphan, ROW_ID(struct orphan, signer),
       ROW_WORD(struct orphan, cause, orphan_cause_names), ROW_ID(struct orphan, who),
       ROW_TIME(struct orphan, since), ROW_TIME(struct orphan, deadline),
       ROW_BOOL(struct orphan, confirmed));

FIELDS(stage_fields, "stage of a certificate", struct stage,
       ROW_INTEGER(struct stage, number, 0, JSON_INTEGER_MAX),
       ROW_WORD(struct stage, stage, certificate_stage_names),
       ROW_DIGEST_OR_NULL(struct stage, renewal));

FIELDS(rollover_fields, "rollover", struct rollover, ROW_ID(struct rollover, signer),
       ROW_DIGEST(struct rollover, from), ROW_DIGEST(struct rollover, to),
       ROW_DIGEST(struct rollover, leaf),
       ROW_INTEGER_OR_NULL(struct rollover, switch_at, 0, LIMIT_TIME_MS),
       ROW_INTEGER(struct rollover, overlap, 0, LIMIT_DURATION_MS),
       ROW_BOOL(struct rollover, switched));

FIELDS(endpoint_fields, "endpoint", struct endpoint, ROW_ID(struct endpoint, id),
       ROW_ID(struct endpoint, class), ROW_BYTES(struct endpoint, key, 32, LIMIT_SPKI),
       ROW_DIGEST(struct endpoint, leaf), ROW_ID(struct endpoint, actor),
       ROW_TIME(struct endpoint, time));

FIELDS(retirement_fields, "retirement", struct retirement,
       ROW_WORD(struct retirement, kind, retired_kind_names), ROW_ID(struct retirement, id),
       ROW_DIGEST(struct retirement, leaf), ROW_ID(struct retirement, actor),
       ROW_TIME(struct retirement, time));

FIELDS(root_crl_fields, "root CRL", struct root_crl, ROW_TEXT(struct root_crl, url, LIMIT_URL),
       ROW_INTEGER(struct root_crl, number, 0, JSON_INTEGER_MAX),
       ROW_TIME(struct root_crl, next_update),
       ROW_BYTES(struct root_crl, der, 64, LIMIT_CERTIFICATE));

FIELDS(lifted_fields, "lift of a revocation", struct lifted,
       ROW_WORD(struct lifted, kind, revoked_kind_names), ROW_ID(struct lifted, id),
       ROW_DIGEST(struct lifted, leaf));

/* A key of one kind byte and an id. */
struct kind_key {
    uint8_t bytes[1 + LIMIT_ID];
    size_t size;
};

static struct kind_key kind_key(int kind, struct bytes id)
{
    struct kind_key k = {.size = 1 + (id.size > LIMIT_ID ? LIMIT_ID : id.size)};
    k.bytes[0] = (uint8_t)kind;
    if (k.size > 1)
        memcpy(k.bytes + 1, id.data, k.size - 1);
    return k;
}

static struct bytes kind_view(const struct kind_key *k)
{
    return bytes_make(k->bytes, k->size);
}

struct bytes state_number_key(uint8_t ret[8], int64_t number)
{
    for (size_t i = 0; i < 8; i++)
        ret[i] = (uint8_t)((uint64_t)number >> (8 * (7 - i)));
    return bytes_make(ret, 8);
}

static const uint8_t the_only[1];

struct life *state_life(const struct rules_state *s, struct bytes key)
{
    return table_get(state_view(s, TABLE_LIVES), key);
}

struct revocation *state_revocation(const struct rules_state *s, enum revoked_kind kind,
                                    struct bytes id)
{
    struct kind_key k = kind_key((int)kind, id);
    return table_get(state_view(s, TABLE_REVOCATIONS), kind_view(&k));
}

const struct status_record *state_status(const struct rules_state *s)
{
    return table_get(state_view(s, TABLE_STATUS), BYTES_OF(the_only));
}

struct ratification *state_ratification(const struct rules_state *s, struct bytes leaf)
{
    return table_get(state_view(s, TABLE_RATIFICATIONS), leaf);
}

struct orphan *state_orphan(const struct rules_state *s, struct bytes signer)
{
    return table_get(state_view(s, TABLE_ORPHANS), signer);
}

struct stage *state_stage(const struct rules_state *s, int64_t number)
{
    uint8_t key[8];
    return table_get(state_view(s, TABLE_STAGES), state_number_key(key, number));
}

struct rollover *state_rollover(const struct rules_state *s, struct bytes signer)
{
    return table_get(state_view(s, TABLE_ROLLOVERS), signer);
}

struct endpoint *state_endpoint(const struct rules_state *s, struct bytes id)
{
    return table_get(state_view(s, TABLE_ENDPOINTS), id);
}

struct retirement *state_retirement(const struct rules_state *s, enum retired_kind kind,
                                    struct bytes id)
{
    struct kind_key k = kind_key((int)kind, id);
    return table_get(state_view(s, TABLE_RETIREMENTS), kind_view(&k));
}

bool state_put_life(struct rules_state *s, const struct life *l, struct err *e)
{
    return table_put(state_table(s, TABLE_LIVES), l->id, l, e);
}

bool state_put_revocation(struct rules_state *s, const struct revocation *r, struct err *e)
{
    struct kind_key k = kind_key(r->kind, r->id);
    return table_put(state_table(s, TABLE_REVOCATIONS), kind_view(&k), r, e);
}

bool state_put_status(struct rules_state *s, const struct status_record *r, struct err *e)
{
    return table_put(state_table(s, TABLE_STATUS), BYTES_OF(the_only), r, e);
}

bool state_put_ratification(struct rules_state *s, const struct ratification *r, struct err *e)
{
    if (!r->ratified && !r->overdue)
        state_deadline(s, TABLE_RATIFICATIONS, r->leaf, r->deadline);
    return table_put(state_table(s, TABLE_RATIFICATIONS), r->leaf, r, e);
}

bool state_put_orphan(struct rules_state *s, const struct orphan *o, struct err *e)
{
    return table_put(state_table(s, TABLE_ORPHANS), o->signer, o, e);
}

bool state_put_stage(struct rules_state *s, const struct stage *g, struct err *e)
{
    uint8_t key[8];
    return table_put(state_table(s, TABLE_STAGES), state_number_key(key, g->number), g, e);
}

bool state_put_rollover(struct rules_state *s, const struct rollover *r, struct err *e)
{
    return table_put(state_table(s, TABLE_ROLLOVERS), r->signer, r, e);
}

bool state_put_endpoint(struct rules_state *s, const struct endpoint *p, struct err *e)
{
    return table_put(state_table(s, TABLE_ENDPOINTS), p->id, p, e);
}

bool state_put_retirement(struct rules_state *s, const struct retirement *r, struct err *e)
{
    struct kind_key k = kind_key(r->kind, r->id);
    return table_put(state_table(s, TABLE_RETIREMENTS), kind_view(&k), r, e);
}

bool state_put_root_crl(struct rules_state *s, const struct root_crl *c, struct err *e)
{
    return table_put(state_table(s, TABLE_ROOT_CRLS), c->url, c, e);
}

void state_remove_revocation(struct rules_state *s, enum revoked_kind kind, struct bytes id)
{
    struct kind_key k = kind_key((int)kind, id);
    table_remove(state_table(s, TABLE_REVOCATIONS), kind_view(&k));
}

struct lifted *state_lifted(const struct rules_state *s, enum revoked_kind kind, struct bytes id)
{
    struct kind_key k = kind_key((int)kind, id);
    return table_get(state_view(s, TABLE_LIFTS), kind_view(&k));
}

bool state_put_lifted(struct rules_state *s, const struct lifted *l, struct err *e)
{
    struct kind_key k = kind_key(l->kind, l->id);
    return table_put(state_table(s, TABLE_LIFTS), kind_view(&k), l, e);
}

const struct root_crl *state_root_crl(const struct rules_state *s, struct bytes url)
{
    return table_get(state_view(s, TABLE_ROOT_CRLS), url);
}

struct bytes number_text(char ret[NUMBER_TEXT], int64_t number)
{
    (void)snprintf(ret, NUMBER_TEXT, "%" PRId64, number);
    return bytes_text(ret);
}

bool state_key_revoked(const struct rules_state *s, struct bytes key)
{
    char hex[65];
    return state_view(s, TABLE_REVOCATIONS)->count > 0 && key.size == 32 &&
           state_revocation(s, REVOKED_KEY, bytes_text(hex_string(hex, key))) != NULL;
}

bool state_certificate_revoked(const struct rules_state *s, int64_t number)
{
    char text[NUMBER_TEXT];
    return state_view(s, TABLE_REVOCATIONS)->count > 0 &&
           state_revocation(s, REVOKED_CERTIFICATE, number_text(text, number)) != NULL;
}
