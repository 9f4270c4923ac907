/*
 * The arithmetic: libcrypto's keys made from plain numbers, and its verifications, all in the
 * context of pki/ctx.h. Inside pki. Callers have judged the form of everything; what is judged here
 * is mathematics (a point on its curve, a signature that holds).
 */
#ifndef SEALWARD_PKI_EVP_H
#define SEALWARD_PKI_EVP_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/auto.h"
#include "pki/digest.h"

enum evp_curve { EVP_CURVE_P256, EVP_CURVE_P384, EVP_CURVE_P521 };

/* Bytes of a coordinate: 32, 48, 66. */
size_t evp_curve_size(enum evp_curve curve);

/* ERR_INPUT if there is no such key. `point` is 04 x y. */
CHECKED bool evp_key_ec(EVP_PKEY **ret, enum evp_curve curve, struct bytes point, struct err *e);
CHECKED bool evp_key_rsa(EVP_PKEY **ret, struct bytes modulus, struct bytes exponent,
                         struct err *e);
CHECKED bool evp_key_ed25519(EVP_PKEY **ret, struct bytes raw, struct err *e);

/* ERR_AUTH if the signature does not hold. `der` is an ECDSA signature in DER. */
CHECKED bool evp_verify_ecdsa(EVP_PKEY *key, struct bytes digest, struct bytes der, struct err *e);

/* PKCS #1 v1.5; compares with the one DigestInfo of the digest. */
CHECKED bool evp_verify_rsa(EVP_PKEY *key, enum digest_alg alg, const uint8_t *digest,
                            struct bytes signature, struct err *e);
CHECKED bool evp_verify_ed25519(EVP_PKEY *key, struct bytes message, struct bytes signature,
                                struct err *e);

#endif
