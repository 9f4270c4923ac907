/* What the keeper has to do next, read off the state. */
#include "base/hex.h"
#include "pki/key.h"
#include "rules/issuance.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/renewal.h"
#include "rules/retirement.h"
#include "rules/tables.h"

static bool work_of_destruction(struct work *ret, const struct rules_state *s,
                                const struct decision *decision, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct work work = {.kind = WORK_DESTROY};
    struct destroy destroy;
    if (!fields_read(&destroy, &destroy_fields, decision->detail, &arena, e))
        return false;
    const struct key_record *key = state_key(s, destroy.key);
    memcpy(work.leaf, decision->leaf.data, sizeof work.leaf);
    memcpy(work.key, destroy.key.data, sizeof work.key);
    memcpy(work.token, key->token.data, key->token.size);
    (void)hex_string(work.label, key->proposal);
    *ret = work;
    return true;
}

static bool work_of_decision(struct work *ret, const struct rules_state *s,
                             const struct decision *decision, struct err *e)
{
    struct work work = {.kind = WORK_ISSUE};
    memcpy(work.leaf, decision->leaf.data, sizeof work.leaf);
    if (bytes_is(decision->kind, "issuance")) {
        *ret = work;
        return true;
    }
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct key_detail detail;
    if (bytes_is(decision->kind, "destroy"))
        return work_of_destruction(ret, s, decision, e);
    if (!fields_read(&detail, &key_detail_fields, decision->detail, &arena, e))
        return false;
    work.kind = WORK_GENERATE;
    memcpy(work.token, detail.token.data, detail.token.size);
    memcpy(work.algorithm, detail.algorithm.data, detail.algorithm.size);
    *ret = work;
    return true;
}

static bool work_of_certificate(struct work *ret, const struct rules_state *s,
                                const struct certificate *c, struct err *e)
{
    struct work work = {
        .kind = WORK_CERTIFY, .tbs = c->tbs, .offline = state_key(s, c->issuer) == NULL};
    struct bytes spki;
    AUTO(pubkey) key = NULL;
    if (!issuer_spki(&spki, s, c->issuer, e) || !pubkey_parse(&key, spki, e))
        return false;
    memcpy(work.leaf, c->issuance.data, sizeof work.leaf);
    memcpy(work.issuer, c->issuer.data, sizeof work.issuer);
    work.mechanism = (int)mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    work.expires = issuer_end(s, c->issuer);
    *ret = work;
    return true;
}

/* A key is generated before the rulebook is asked about it: so not for a proposal that it would
 * refuse by now. */
static bool decision_is_work(const struct rules_state *s, const struct decision *decision)
{
    struct err ignored;
    if (!decision->approved)
        return false;
    if (bytes_is(decision->kind, "destroy"))
        return proposal_destroy.judge(s, decision->detail, &ignored);
    return !bytes_is(decision->kind, "key") || proposal_key.judge(s, decision->detail, &ignored);
}

/* Nobody signs a certificate for a key that has been suspended since it was approved. */
static bool certificate_is_work(const struct rules_state *s, const struct certificate *c)
{
    struct err ignored;
    const struct key_record *key = state_key(s, c->key);
    return c->der.data == NULL && certificate_stands(s, c) &&
           issuer_usable(s, c->issuer, s->time) &&
           (key == NULL ||
            (key_certify_judge(key, &ignored) && signer_usable(s, key->signer, s->time, &ignored)));
}

static bool stage_is_work(const struct rules_state *s, const struct stage *stage)
{
    AUTO_VALUE(buf) detail = BUF(LIMIT_STATEMENT);
    struct err ignored;
    bool window = stage->stage > STAGE_FRESH && stage->stage < STAGE_EXPIRED;
    return window && stage->renewal.data == NULL &&
           renewal_plan(&detail, s, stage->number, s->time, &ignored);
}

bool rules_work(struct work *ret, const struct rules_state *s, size_t n, struct err *e)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    const struct table *certificates = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < decisions->count && !s->clock.doubted; i++) {
        const struct decision *decision = table_at(decisions, i);
        if (decision_is_work(s, decision) && n-- == 0)
            return work_of_decision(ret, s, decision, e);
    }
    for (size_t i = 0; i < certificates->count && !s->clock.doubted; i++) {
        const struct certificate *c = table_at(certificates, i);
        if (certificate_is_work(s, c) && n-- == 0)
            return work_of_certificate(ret, s, c, e);
    }
    const struct table *stages = state_view(s, TABLE_STAGES);
    for (size_t i = 0; i < stages->count && !s->clock.doubted; i++) {
        const struct stage *stage = table_at(stages, i);
        if (!stage_is_work(s, stage) || n-- != 0)
            continue;
        *ret = (struct work){.kind = WORK_RENEW, .number = stage->number};
        return true;
    }
    *ret = (struct work){.kind = WORK_NONE};
    return true;
}

static bool key_on(const struct key_record *key, struct bytes token)
{
    return bytes_equal(key->token, token) && key->state != KEY_DESTROYED;
}

bool rules_key_expected(const struct rules_state *s, struct bytes token, struct bytes id,
                        struct bytes label)
{
    uint8_t leaf[32];
    struct err ignored;
    const struct key_record *key = id.size == 32 ? state_key(s, id) : NULL;
    if (key != NULL)
        return key_on(key, token);
    if (!hex_decode(leaf, sizeof leaf, label, &ignored))
        return false;
    const struct decision *decision = state_decision(s, BYTES_OF(leaf));
    return decision != NULL && decision->approved && bytes_is(decision->kind, "key");
}

/* A key whose destruction is approved may be gone from its token before the record says so. */
static bool key_leaves(const struct rules_state *s, const struct key_record *key)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    for (size_t i = 0; i < decisions->count; i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        const struct decision *decision = table_at(decisions, i);
        struct destroy destroy;
        struct err ignored;
        if (decision->approved && bytes_is(decision->kind, "destroy") &&
            fields_read(&destroy, &destroy_fields, decision->detail, &arena, &ignored) &&
            bytes_equal(destroy.key, key->id))
            return true;
    }
    return false;
}

bool rules_key_at(struct bytes *ret_id, const struct rules_state *s, struct bytes token, size_t n)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        if (key_on(key, token) && !key_leaves(s, key) && n-- == 0) {
            *ret_id = key->id;
            return true;
        }
    }
    return false;
}
