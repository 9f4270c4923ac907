/*
 * AlgorithmIdentifiers: which DER stands for which hash and which way to sign.
 *
 * What is accepted is a closed list: SHA-256, SHA-384, SHA-512 with ECDSA and RSA PKCS #1 v1.5, and
 * Ed25519 (RFC 5754, 5758, 8410). SHA-1, MD5, PSS and DSA are not in it.
 */
#ifndef SEALWARD_PKI_ALGORITHM_H
#define SEALWARD_PKI_ALGORITHM_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "pki/mechanism.h"

/* Appends the signature algorithm as certificates name it: ECDSA and Ed25519 without parameters,
 * RSA with NULL. */
void algorithm_put_signature(struct buf *b, enum mechanism m);

/* Appends the hash with the parameters absent (RFC 5754 section 2). */
void algorithm_put_digest(struct buf *b, enum digest_alg alg);

/* Parse one whole AlgorithmIdentifier. A signature algorithm is accepted in the one form that
 * algorithm_put_signature writes; a hash with parameters absent or NULL. ERR_INPUT names the
 * algorithm that is not accepted. */
CHECKED bool algorithm_parse_signature(enum mechanism *ret, struct bytes der, struct err *e);
CHECKED bool algorithm_parse_digest(enum digest_alg *ret, struct bytes der, struct err *e);

/* CMS names the hash apart, and many writers put the bare key type where the signature algorithm
 * stands (rsaEncryption, id-ecPublicKey): takes those together with the SignerInfo's hash, which
 * must not contradict the signature algorithm. */
CHECKED bool algorithm_parse_cms(enum mechanism *ret, struct bytes der, enum digest_alg alg,
                                 struct err *e);

/* Checks a signature in the form that X.509 and CMS carry (ECDSA as DER) over the message.
 * ERR_INPUT for the form, ERR_AUTH if it does not hold. */
CHECKED bool algorithm_verify(const struct pubkey *key, enum mechanism m, struct bytes message,
                              struct bytes signature, struct err *e);

/* Appends a raw signature (as tokens and our entries hold it) in the form that X.509 and CMS
 * carry. */
void algorithm_put_signature_value(struct buf *b, enum mechanism m, struct bytes raw);

#endif
