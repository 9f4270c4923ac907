/*
 * One signature by a key on the token.
 *
 * Takes what the caller has built and decided: this room does NOT know whether a signature is
 * authorised. The keeper's core is the only one that asks, and only for what its record allows.
 * Threads: one at a time per handle.
 */
#ifndef SEALWARD_TOKEN_SIGN_H
#define SEALWARD_TOKEN_SIGN_H

#include "base/buf.h"
#include "base/bytes.h"
#include "pki/mechanism.h"
#include "token/handle.h"

/* Signs with the key of that id (HANDLE_ID_SIZE bytes) and appends the signature.
 *   ECDSA: `data` is the digest; the signature is r || s, 64 bytes (PKCS#11 2.40 section 2.3.1)
 *   RSA PKCS #1 v1.5: `data` is the digest; the token gets its DigestInfo (RFC 8017 section 9.2)
 *   Ed25519: `data` is the message; 64 bytes (RFC 8032)
 * A signature of another length than the key can give is ERR_TOKEN and nothing is appended.
 * ERR_NOT_FOUND if the token has no such key. */
CHECKED bool sign_data(struct buf *ret, struct handle *h, struct bytes id, enum mechanism mechanism,
                       struct bytes data, struct err *e);

#endif
