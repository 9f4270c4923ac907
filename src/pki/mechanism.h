/*
 * The ways to sign that Sealward knows: key kind, hash and padding in one name. The names stand in
 * entries and policies and never change.
 */
#ifndef SEALWARD_PKI_MECHANISM_H
#define SEALWARD_PKI_MECHANISM_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

enum key_kind { KEY_P256, KEY_RSA, KEY_ED25519 };

/* "p256", "rsa", "ed25519", NULL: indexed by enum key_kind, as FIELD_ENUM wants them. */
extern const char *const key_kind_names[];

enum mechanism {
    MECHANISM_ECDSA_SHA256,
    MECHANISM_ECDSA_SHA384,
    MECHANISM_ECDSA_SHA512,
    MECHANISM_RSA_PKCS1_SHA256,
    MECHANISM_RSA_PKCS1_SHA384,
    MECHANISM_RSA_PKCS1_SHA512,
    MECHANISM_ED25519,
};

#define MECHANISM_COUNT 7

/* "ecdsa-sha256", "rsa-pkcs1-sha256", ..., "ed25519", NULL: indexed by enum mechanism. */
extern const char *const mechanism_names[];

const char *mechanism_name(enum mechanism m);
CHECKED bool mechanism_from_name(enum mechanism *ret, struct bytes name, struct err *e);

/* The kind of key that signs so. */
enum key_kind mechanism_key_kind(enum mechanism m);

/* Gives the hash whose digest is signed; false for Ed25519, which signs the message itself. */
CHECKED bool mechanism_digest(enum mechanism m, enum digest_alg *ret);

/* The mechanism of that kind of key and hash; KEY_ED25519 has one, whatever the hash. */
enum mechanism mechanism_of(enum key_kind kind, enum digest_alg alg);

#endif
