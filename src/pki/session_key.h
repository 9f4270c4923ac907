/*
 * The P-256 key of one grant's session, made by the client's helper and never seen by anybody else:
 * each request under the grant is signed with it. Also what the ceremony of an enrolled workload
 * key needs. It is a software key of the client's; no key that signs software is ever one.
 *
 * Owns its private key, which OpenSSL wipes when freed. Immutable; threads may sign at once.
 */
#ifndef SEALWARD_PKI_SESSION_KEY_H
#define SEALWARD_PKI_SESSION_KEY_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/key.h"

struct session_key;

CHECKED bool session_key_generate(struct session_key **ret, struct err *e);
void session_key_free(struct session_key *key);
AUTO_FREE(session_key)

/* Its public half as SPKI: a view that lives as long as the key. */
struct bytes session_key_spki(const struct session_key *key);

/* Signs SHA-256 of the message: r || s. */
CHECKED bool session_key_sign(const struct session_key *key, uint8_t ret[KEY_P256_SIGNATURE_SIZE],
                              struct bytes message, struct err *e);

/* The private key as PKCS #8 DER, unencrypted (RFC 5958): the caller guards the bytes (struct buf
 * wipes them). Import takes a P-256 key and nothing else. */
CHECKED bool session_key_export(const struct session_key *key, struct buf *ret, struct err *e);
CHECKED bool session_key_import(struct session_key **ret, struct bytes pkcs8, struct err *e);

#endif
