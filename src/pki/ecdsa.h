/*
 * The two forms of an ECDSA signature: r || s of fixed size (PKCS#11, JWS, our entries) and the DER
 * SEQUENCE of two INTEGERs (X.509, CMS; RFC 3279 2.2.3). `size` is the bytes of one of the two
 * numbers: 32 for P-256, 48 for P-384, 66 for P-521. Whether the numbers are in range for the curve
 * is for the verification to say.
 */
#ifndef SEALWARD_PKI_ECDSA_H
#define SEALWARD_PKI_ECDSA_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define ECDSA_SIZE_MAX 66

/* Appends the DER form; `raw` is of even length. The second takes the two numbers apart. */
void ecdsa_put_der(struct buf *b, struct bytes raw);
void ecdsa_put_numbers(struct buf *b, struct bytes r, struct bytes s);

/* Fills 2 * size bytes. Strict DER, both numbers positive and at most `size` bytes; ERR_INPUT. */
CHECKED bool ecdsa_from_der(uint8_t *ret, size_t size, struct bytes der, struct err *e);

#endif
