/* What the keeper has to do next, read off the state. */
#include "pki/key.h"
#include "rules/issuance.h"
#include "rules/proposals.h"
#include "rules/tables.h"

static bool work_of_decision(struct work *ret, const struct decision *decision, struct err *e)
{
    struct work work = {.kind = WORK_ISSUE};
    memcpy(work.leaf, decision->leaf.data, sizeof work.leaf);
    if (bytes_is(decision->kind, "issuance")) {
        *ret = work;
        return true;
    }
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct key_detail detail;
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
    struct work work = {.kind = WORK_CERTIFY, .tbs = c->tbs};
    struct bytes spki;
    AUTO(pubkey) key = NULL;
    if (!issuer_spki(&spki, s, c->issuer, e) || !pubkey_parse(&key, spki, e))
        return false;
    memcpy(work.leaf, c->issuance.data, sizeof work.leaf);
    memcpy(work.issuer, c->issuer.data, sizeof work.issuer);
    work.mechanism = (int)mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    *ret = work;
    return true;
}

bool rules_work(struct work *ret, const struct rules_state *s, size_t n, struct err *e)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    const struct table *certificates = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *decision = table_at(decisions, i);
        if (decision->approved && n-- == 0)
            return work_of_decision(ret, decision, e);
    }
    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate *c = table_at(certificates, i);
        if (c->der.data == NULL && n-- == 0)
            return work_of_certificate(ret, s, c, e);
    }
    *ret = (struct work){.kind = WORK_NONE};
    return true;
}
