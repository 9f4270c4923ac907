/*
 * One signature on trial: what its checks share. Inside the verify room.
 */
#ifndef SEALWARD_VERIFY_TRIAL_H
#define SEALWARD_VERIFY_TRIAL_H

#include "pki/chain.h"
#include "pki/cms.h"
#include "proof/format.h"
#include "verify/crls.h"
#include "verify/verify.h"

/* Certificates between signer and root: those of the message and those given besides. */
#define TRIAL_BETWEEN_MAX (CMS_CERTIFICATES_MAX + VERIFY_CERTIFICATES_MAX)

struct trial {
    const struct verify_input *in;
    enum format format;
    const struct x509 *roots;
    const struct crl *crls;
    struct arena *arena;
    struct bytes signature; /* ContentInfo; bare for "raw" */
    struct cms cms;         /* not for "raw" */
    struct x509 certificate;
    struct x509 *between;
    size_t between_count;
    struct artifact_preimages preimages;
    struct chain chain; /* count 0: none was found */
};

/* Fills in what "raw" has instead of a message: the signer's certificate is the first of those
 * given, and the mechanism the one of its key under which the signature holds. */
CHECKED bool raw_take(struct trial *t, struct verify_signature *s, struct err *e);

/* Looks for a time that is trusted: s->time and s->trusted. False with the reason if there is none.
 */
CHECKED bool times_find(struct trial *t, struct verify_signature *s, struct err *e);

/* What the distrust list and the CRLs say: ERR_REFUSED by "revoked.key", ".certificate", ".issuer",
 * ".signature", ".artifact", ".path", "verify.unknown", "verify.crl", and, where a fresh list is
 * demanded, by "verify.list", "list.expired", "list.certificate". */
CHECKED bool status_check(struct trial *t, struct verify_signature *s, struct err *e);

#endif
