/*
 * DigestInfo (RFC 8017 9.2): what an RSA PKCS #1 v1.5 signature pads, and what CKM_RSA_PKCS is
 * given to sign. There is exactly one accepted form a hash: the one with the NULL parameter.
 */
#ifndef SEALWARD_PKI_DIGESTINFO_H
#define SEALWARD_PKI_DIGESTINFO_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

#define DIGESTINFO_MAX 83 /* SHA-512: 19 + 64 */

/* Returns how many bytes of ret it filled. `digest` has digest_size(alg) bytes. */
size_t digestinfo_build(uint8_t ret[DIGESTINFO_MAX], enum digest_alg alg, const uint8_t *digest);

/* Takes it apart; the digest is a view. ERR_INPUT for anything but the one form. */
CHECKED bool digestinfo_parse(enum digest_alg *ret_alg, struct bytes *ret_digest, struct bytes info,
                              struct err *e);

#endif
