/*
 * Keys of identity token issuers as people have them: a PEM public key, a JWK, or a JWK set
 * (RFC 7517, RFC 7518 section 6). Given is the SubjectPublicKeyInfo that policy pins.
 *
 * A private key in the text is refused, not stripped: it should not have been there.
 */
#ifndef SEALWARD_CLI_ISSUER_KEY_H
#define SEALWARD_CLI_ISSUER_KEY_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define ISSUER_KEY_TEXT_MAX 65536
#define ISSUER_KEYS_MAX 16

struct issuer_key_found {
    struct bytes spki;
    struct bytes kid; /* as a JWK says; else absent */
    int algorithm;    /* enum jwt_alg: ES256 for P-256, RS256 for RSA */
};

struct issuer_keys {
    size_t count;
    struct issuer_key_found list[ISSUER_KEYS_MAX];
};

/* Everything lives in the arena. */
CHECKED bool issuer_keys_read(struct issuer_keys *ret, struct bytes text, struct arena *a,
                              struct err *e);

#endif
