#include "verify/trial.h"

#include "pki/tsp_token.h"
#include "verify/listed.h"

/* An authority for time that is distrusted at all is distrusted for ever: see verify.h. */
static bool authority_check(const struct tsp_verified *v, const struct trial *t, struct err *e)
{
    struct x509 chain[CHAIN_MAX];
    struct listed listed;
    int64_t revoked;
    for (size_t i = 0; i < v->chain_count; i++) {
        if (!x509_parse(&chain[i], v->chain[i], e))
            return false;
        bool by_list =
            t->in->list != NULL && listed_find(&listed, t->in->list, t->in->authority, &chain[i]);
        bool by_crl = i > 0 && crls_ask(t->crls, t->in->crl_count, &chain[i - 1], &chain[i],
                                        t->in->now, &revoked) == CRLS_LISTED;
        if (by_list || by_crl)
            return err_refuse(e, "revoked.timestamp",
                              "the authority that made the timestamp is distrusted");
    }
    return true;
}

static bool nobody_says(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "neither a receipt nor a timestamp says when it was made");
}

/* Over the signature, not over the file: so the file was signed before. */
static bool timestamp_judge(struct trial *t, struct verify_signature *s, struct err *e)
{
    const struct cms_signer *signer = &t->cms.signers[0];
    const struct tsp_trust trust = {.roots = t->roots,
                                    .root_count = t->in->root_count,
                                    .others = t->between,
                                    .other_count = t->between_count};
    struct bytes der;
    struct tsp_token token;
    struct tsp_verified verified;
    if (!cms_timestamp(&der, signer, e))
        return e->code == ERR_NOT_FOUND ? nobody_says(e) : false;
    if (!tsp_token_parse(&token, der, e) ||
        !tsp_token_verify(&verified, &token, signer->signature, &trust, e) ||
        !authority_check(&verified, t, e))
        return err_wrap(e, "the timestamp");
    s->time = verified.time;
    s->trusted = VERIFY_TIME_TIMESTAMP;
    return true;
}

bool times_find(struct trial *t, struct verify_signature *s, struct err *e)
{
    return s->trusted == VERIFY_TIME_RECEIPT ||
           (t->format == FORMAT_RAW ? nobody_says(e) : timestamp_judge(t, s, e));
}
