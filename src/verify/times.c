#include "verify/trial.h"

#include "pki/der.h"
#include "pki/tsp_token.h"
#include "verify/listed.h"

#define TIMESTAMP_RFC3161 "1.2.840.113549.1.9.16.2.14"
#define TIMESTAMP_AUTHENTICODE "1.3.6.1.4.1.311.3.3.1"

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

static bool token_judge(struct trial *t, struct verify_signature *s, struct bytes der,
                        struct err *e)
{
    struct tsp_token token;
    struct tsp_verified verified;
    const struct tsp_trust trust = {.roots = t->roots,
                                    .root_count = t->in->root_count,
                                    .others = t->between,
                                    .other_count = t->between_count};
    if (!tsp_token_parse(&token, der, e) ||
        !tsp_token_verify(&verified, &token, t->cms.signers[0].signature, &trust, e) ||
        !authority_check(&verified, t->in, e))
        return err_wrap(e, "the timestamp");
    s->time = verified.time;
    s->trusted = VERIFY_TIME_TIMESTAMP;
    return true;
}

/* The tokens of one attribute; true if one of them holds. */
static bool tokens_judge(struct trial *t, struct verify_signature *s, struct der *set,
                         struct err *e)
{
    while (!der_at_end(set)) {
        struct bytes token = der_whole(set, DER_SEQUENCE);
        if (token.data != NULL && token_judge(t, s, token, e))
            return true;
    }
    return false;
}

/* What is malformed in the unsigned attributes tells no time and harms nothing. */
static bool attributes_judge(struct trial *t, struct verify_signature *s, struct err *e)
{
    struct der all = der_open(t->cms.signers[0].unsigned_attributes);
    while (!der_at_end(&all)) {
        struct der attribute = der_enter(&all, DER_SEQUENCE);
        struct bytes type = der_oid(&attribute);
        struct der set = der_enter(&attribute, DER_SET);
        bool is_time =
            der_oid_is(type, TIMESTAMP_RFC3161) || der_oid_is(type, TIMESTAMP_AUTHENTICODE);
        if (is_time && tokens_judge(t, s, &set, e))
            return true;
    }
    return false;
}

bool times_find(struct trial *t, struct verify_signature *s, struct err *e)
{
    struct err why;
    if (s->trusted == VERIFY_TIME_RECEIPT)
        return true;
    (void)err_set(&why, ERR_NOT_FOUND, "neither a receipt nor a timestamp says when it was made");
    if (t->format != FORMAT_RAW && attributes_judge(t, s, &why))
        return true;
    *e = why;
    return false;
}
