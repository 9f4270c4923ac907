#include "verify/trial.h"

#include "pki/tsp_token.h"
#include "verify/listed.h"

/* An authority for time that is distrusted at all is distrusted for ever: see verify.h. */
static bool authority_check(const struct tsp_verified *v, const struct verify_input *in,
                            struct err *e)
{
    for (size_t i = 0; in->list != NULL && i < v->chain_count; i++) {
        struct x509 certificate;
        struct listed listed;
        if (!x509_parse(&certificate, v->chain[i], e))
            return false;
        if (listed_find(&listed, in->list, in->authority, &certificate))
            return err_refuse(e, "revoked.timestamp",
                              "the authority that made the timestamp is on the distrust list");
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
        !authority_check(&verified, t->in, e))
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
