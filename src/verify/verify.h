/*
 * Is this signed file to be trusted? Everything that can be known offline, from bytes alone: the
 * file, its signature (inside it or beside it), the roots that the caller trusts, the pinned
 * authority, and receipts from its log.
 *
 * For each signature five questions are answered, each with its reason (enum verify_check). A
 * signature is good when none of them is answered "fails" and none of the first four is left
 * unasked; a file is to be trusted when one of its signatures is good.
 *
 * A receipt is believed only under the pinned log key, and only for what its entry says: a request
 * of this certificate's key for this to-be-signed digest, or for the digest that the rulebook built
 * at the entry's time for this artifact. Then the chain is judged at the entry's time, else at
 * `now`.
 *
 * Pure: no files, no clock, no network, no globals. Any number of threads, each with its own arena.
 * Formats: "pe" and "cms". Not done here: revocation and distrust lists, timestamps (RFC 3161).
 */
#ifndef SEALWARD_VERIFY_VERIFY_H
#define SEALWARD_VERIFY_VERIFY_H

#include "artifact/artifact.h"
#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/mechanism.h"
#include "proof/authority.h"

#define VERIFY_ROOTS_MAX 16
#define VERIFY_RECEIPTS_MAX 64
/* Room for all that one call puts into the arena, with as many receipts as are taken. */
#define VERIFY_ARENA ARENA((size_t)256 << 20)

struct verify_input {
    struct bytes format;       /* name, as in artifact/artifact.h */
    struct bytes file;         /* whole */
    struct bytes beside;       /* whole signature file beside it (cms); else empty */
    const struct bytes *roots; /* certificates as DER */
    size_t root_count;
    const struct authority *authority;
    const struct bytes *receipts; /* texts (proof/receipt.h) */
    size_t receipt_count;
    bool demand_receipt; /* a signature without receipt is not good */
    int64_t now;         /* milliseconds since 1970 */
};

enum verify_check {
    VERIFY_SIGNATURE, /* the certificate's key made it over its SignedAttributes */
    VERIFY_ARTIFACT,  /* what was signed leads to this file */
    VERIFY_CHAIN, /* a chain for code signing to a trusted root, valid at the time in question */
    VERIFY_AUTHORITY, /* the certificate names the pinned authority */
    VERIFY_RECEIPT,   /* the log has the request for it */
};
#define VERIFY_CHECKS 5

enum verify_answer {
    VERIFY_UNASKED, /* no receipt was given; or nothing to ask, because an earlier check failed */
    VERIFY_HOLDS,
    VERIFY_FAILS,
};

struct verify_point {
    enum verify_answer answer;
    struct err why; /* where it fails */
};

/* The names of the checks: "signature", "artifact", "chain", "authority", "receipt". */
extern const char *const verify_check_names[];

/* One signature of the file. What a check did not get to is zero or empty. Views point into the
 * input or the arena. */
struct verify_signature {
    bool good;
    struct verify_point points[VERIFY_CHECKS];
    struct bytes certificate; /* DER */
    struct bytes subject;     /* DER name */
    uint8_t key[32];          /* SHA-256 of the SPKI */
    enum mechanism mechanism;
    uint8_t tbs[DIGEST_MAX]; /* to-be-signed digest */
    size_t tbs_size;
    enum digest_alg artifact_alg; /* the hash by which the signature knows the artifact */
    uint8_t artifact[DIGEST_MAX];
    uint64_t number;   /* of the certificate, where VERIFY_AUTHORITY holds */
    int64_t time;      /* at which the chain was judged */
    int64_t entry;     /* of the request, where VERIFY_RECEIPT holds; else -1 */
    uint64_t log_size; /* of the receipt's checkpoint, where it holds */
};

struct verdict {
    bool good;
    size_t count; /* at least 1 */
    struct verify_signature *list;
};

/* Judges the file. False only where there is nothing to judge: ERR_NOT_FOUND for a file without
 * signature or an unknown format; ERR_STATE for a format that is not verified here; ERR_INPUT or
 * ERR_LIMIT for a file that is not of its format, a root that is no certificate, too many roots or
 * receipts. */
CHECKED bool verify_file(struct verdict *ret, const struct verify_input *in, struct arena *a,
                         struct err *e);

#endif
