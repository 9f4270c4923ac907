/*
 * Revocation lists given beside the signature. Inside the verify room.
 */
#ifndef SEALWARD_VERIFY_CRLS_H
#define SEALWARD_VERIFY_CRLS_H

#include "pki/crl.h"
#include "verify/verify.h"

enum crls_answer {
    CRLS_SILENT, /* none of them speaks about the certificate at that time */
    CRLS_GOOD,   /* one does, and does not list it */
    CRLS_LISTED, /* one lists it, however old that is: revocations are not taken back */
};

/* Parses those of the input, at most VERIFY_CRLS_MAX. */
CHECKED bool crls_take(struct crl *ret, const struct verify_input *in, struct err *e);

/* What they say about a certificate of that issuer at `now`; *ret_time is from when on it is
 * revoked, by the one that says the earliest: a time can be moved back, never forward. */
enum crls_answer crls_ask(const struct crl *crls, size_t count, const struct x509 *certificate,
                          const struct x509 *issuer, int64_t now, int64_t *ret_time);

#endif
