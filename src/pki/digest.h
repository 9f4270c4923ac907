/*
 * SHA-2, for everything that is hashed: tree nodes, statements, artifacts, keys.
 *
 * Nothing here allocates or fails: a hash of bytes in memory has no reason to. A struct digest is
 * plain memory that needs no cleanup; it may be copied to branch a running hash. It is not wiped:
 * what is hashed here is public.
 * Threads: every struct digest belongs to one thread at a time; the functions share nothing.
 */
#ifndef SEALWARD_PKI_DIGEST_H
#define SEALWARD_PKI_DIGEST_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

enum digest_alg { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

#define DIGEST_COUNT 3
#define DIGEST_MAX 64 /* bytes of the longest */
#define DIGEST_SHA256_SIZE 32

/* "sha256", "sha384", "sha512", NULL: indexed by enum digest_alg, as FIELD_ENUM wants them. */
extern const char *const digest_names[];

const char *digest_name(enum digest_alg alg);

/* Bytes of a digest: 32, 48 or 64. */
size_t digest_size(enum digest_alg alg);

/* The algorithm's object identifier in dotted text, for der_put_oid and der_oid_is (RFC 8017
 * A.2.4). */
const char *digest_oid(enum digest_alg alg);

/* The algorithm with that name, or with that encoded object identifier (contents octets only). */
CHECKED bool digest_from_name(enum digest_alg *ret, struct bytes name, struct err *e);
CHECKED bool digest_from_oid(enum digest_alg *ret, struct bytes oid, struct err *e);

/* SHA-256 of one, two or three pieces behind each other. */
void digest_sha256(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes bytes);
void digest_sha256_pair(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes first, struct bytes second);
void digest_sha256_triple(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes first, struct bytes second,
                          struct bytes third);

/* Any algorithm; returns how many bytes of ret it filled. */
size_t digest_compute(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes bytes);

/* A running hash: init, any number of adds, one final. */
struct digest {
    enum digest_alg alg;
    uint64_t state[27];
};

void digest_init(struct digest *d, enum digest_alg alg);
void digest_add(struct digest *d, struct bytes bytes);

/* Returns how many bytes of ret it filled; *d must be initialised again before its next use. */
size_t digest_final(struct digest *d, uint8_t ret[DIGEST_MAX]);

#endif
