/*
 * Identity tokens: JSON Web Tokens (RFC 7519) as compact JWS (RFC 7515), RS256 and ES256 only,
 * under a key that policy pins together with its algorithm.
 *
 * Two steps, so that nobody reads a claim that has not been verified: jwt_parse gives the header's
 * `kid`, by which the caller finds the pinned key; jwt_verify gives the claims. What the claims
 * must say (issuer, audience, times) is for the rules.
 *
 * The trees and decoded parts live in the arena; views point into the token. Both must outlive the
 * struct.
 */
#ifndef SEALWARD_PKI_JWT_H
#define SEALWARD_PKI_JWT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"
#include "pki/key.h"

enum jwt_alg { JWT_RS256, JWT_ES256 };

/* "RS256", "ES256", NULL: indexed by enum jwt_alg, as FIELD_ENUM wants them. */
extern const char *const jwt_alg_names[];

struct jwt {
    enum jwt_alg alg; /* what the header claims; jwt_verify compares it with the pinned one */
    struct bytes kid; /* data NULL if absent */
    struct bytes signed_part; /* header.payload */
    struct bytes payload;     /* still encoded */
    struct bytes signature;   /* decoded */
};

/* Parses the outer form and the header. Refused, each with its own message: not three parts, not
 * strict base64url, not JSON, `alg` none or not in the list, `crit`, a `typ` other than "JWT", and
 * headers that bring a key (`jwk`, `jku`, `x5c`, `x5u`). Other members are left alone. */
CHECKED bool jwt_parse(struct jwt *ret, struct bytes token, struct arena *a, struct err *e);

/* Verifies with the pinned key, whose algorithm must be the token's, and gives the claims, a JSON
 * object. ERR_AUTH if the algorithm is another, or the signature does not hold. */
CHECKED bool jwt_verify(const struct json **ret_claims, const struct jwt *jwt,
                        const struct pubkey *key, enum jwt_alg alg, struct arena *a, struct err *e);

#endif
