#include "verify/trial.h"

#include "pki/algorithm.h"

static bool holds(const struct pubkey *key, enum mechanism mechanism, const struct trial *t)
{
    struct err ignored;
    return algorithm_verify(key, mechanism, t->in->file, t->signature, &ignored);
}

/* Nothing beside the file names the hash. */
static enum digest_alg alg_find(const struct pubkey *key, const struct trial *t)
{
    for (unsigned i = 0; i < DIGEST_COUNT; i++)
        if (holds(key, mechanism_of(pubkey_kind(key), (enum digest_alg)i), t))
            return (enum digest_alg)i;
    return DIGEST_SHA256;
}

bool raw_take(struct trial *t, struct verify_signature *s, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (t->in->certificate_count == 0) {
        (void)err_set(e, ERR_NOT_FOUND, "a bare signature does not bring its certificate");
        return err_hint(e, "give the signer's certificate first among the certificates");
    }
    if (!x509_parse(&t->certificate, t->in->certificates[0], e) ||
        !pubkey_parse(&key, t->certificate.spki, e))
        return err_wrap(e, "the signer's certificate");
    enum digest_alg alg = alg_find(key, t);
    s->mechanism = mechanism_of(pubkey_kind(key), alg);
    t->preimages.alg = alg;
    digest_compute(t->preimages.digest, alg, t->in->file);
    return true;
}
