/*
 * Public keys as X.509 SubjectPublicKeyInfo (SPKI), and verifying with them.
 *
 * Kinds: P-256 (named curve, uncompressed point, on the curve), RSA (2048 to 4096 bits, odd
 * exponent of at least 3 and at most 8 bytes), Ed25519. The DER framing is judged by our own
 * reader, so a key has exactly one SPKI and with it one SHA-256, which is the key's name everywhere
 * (also CKA_ID). Which sizes may sign what is policy, not decided here.
 *
 * A struct pubkey is immutable and owns a copy of its bytes; any number of threads may use it at
 * once. Parsing costs about as much as a verification: keep what is used often.
 */
#ifndef SEALWARD_PKI_KEY_H
#define SEALWARD_PKI_KEY_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/mechanism.h"

#define KEY_RSA_BITS_MIN 2048
#define KEY_RSA_BITS_MAX 4096
#define KEY_SPKI_MAX 1024          /* bytes; RSA 4096 takes 550 */
#define KEY_P256_POINT_SIZE 65     /* 04 x y */
#define KEY_P256_SIGNATURE_SIZE 64 /* r s */
#define KEY_ED25519_SIZE 32
#define KEY_ED25519_SIGNATURE_SIZE 64
#define KEY_SIGNATURE_MAX 512 /* RSA 4096 */

struct pubkey;

/* Parses exactly one SPKI. */
CHECKED bool pubkey_parse(struct pubkey **ret, struct bytes spki, struct err *e);
void pubkey_free(struct pubkey *key);
AUTO_FREE(pubkey)

enum key_kind pubkey_kind(const struct pubkey *key);

/* Bits of the RSA modulus; 256 for the others. */
unsigned pubkey_bits(const struct pubkey *key);

/* The SPKI; the key's own bytes inside it (P-256: the point 04 x y, Ed25519: 32 bytes, RSA: the
 * modulus without leading zeros). Views that live as long as the key. */
struct bytes pubkey_spki(const struct pubkey *key);
struct bytes pubkey_raw(const struct pubkey *key);

/* SHA-256 of an SPKI: the key's name. The bytes are hashed as they are. */
void pubkey_spki_sha256(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes spki);

/* Verifies over a digest that the caller computed; the mechanism must fit the key's kind and the
 * digest its hash (ERR_INPUT). An ECDSA signature is r || s, 32 bytes each; an RSA signature as
 * long as the modulus. Ed25519 signs messages, not digests: ERR_INPUT. ERR_AUTH if it does not
 * hold. */
CHECKED bool pubkey_verify_digest(const struct pubkey *key, enum mechanism mechanism,
                                  struct bytes digest, struct bytes signature, struct err *e);

/* The same over the message itself, for every mechanism. */
CHECKED bool pubkey_verify(const struct pubkey *key, enum mechanism mechanism, struct bytes message,
                           struct bytes signature, struct err *e);

/* Writes an SPKI from what a token tells about a key: the P-256 point 04 x y; the RSA modulus and
 * exponent, big-endian; the Ed25519 key. Lengths are the caller's affair; pubkey_parse judges. */
void spki_put_p256(struct buf *b, struct bytes point);
void spki_put_rsa(struct buf *b, struct bytes modulus, struct bytes exponent);
void spki_put_ed25519(struct buf *b, struct bytes key);

#endif
