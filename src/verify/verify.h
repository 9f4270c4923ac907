/*
 * Is this signed file to be trusted? Everything that can be known offline, from bytes alone: the
 * file, its signature (inside it or beside it), the roots that the caller trusts, the pinned
 * authority, receipts from its log, its distrust list.
 *
 * For each signature seven questions are answered, each with its reason (enum verify_check). A
 * signature is good when none of them is answered "fails" and none of the first four is left
 * unasked; a file is to be trusted when one of its signatures is good.
 *
 * Time. A receipt is believed only under the pinned log key, and only for what its entry says: a
 * request of this certificate's key for this to-be-signed digest, or for the digest that the
 * rulebook built at the entry's time for this artifact. Its entry's time is trusted; else that of a
 * timestamp in the signature whose authority has a chain for time stamping to a trusted root, none
 * of which is on the distrust list: who has stolen such a key can put any time into a timestamp, so
 * no effective time can save it. Else no time is trusted. The chain is judged at the trusted time,
 * or at `now` if there is none.
 *
 * Status. What the distrust list names is not trusted, but for signatures whose trusted time lies
 * before the effective time of a key, of a certificate of the chain, or of a release path. A
 * signature by a key of such a path counts as the path's, unless the receipt of its grant is there
 * and shows another path. CRLs are asked like a list that names certificates alone: what one of
 * them lists is not trusted but for signatures from before the time of revocation.
 *
 * Pure: no files, no clock, no network, no globals. Any number of threads, each with its own arena.
 * Formats: "pe", "cms", "raw" (a bare signature beside the file; the signer's certificate is the
 * first of `certificates`). Not done here: fetching anything.
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
#include "proof/distrust.h"

#define VERIFY_ROOTS_MAX 16
#define VERIFY_CERTIFICATES_MAX 16
#define VERIFY_CRLS_MAX 16
#define VERIFY_RECEIPTS_MAX 64
/* Room for all that one call puts into the arena, with as many receipts as are taken. */
#define VERIFY_ARENA ARENA((size_t)256 << 20)

struct verify_input {
    struct bytes format;              /* name, as in artifact/artifact.h */
    struct bytes file;                /* whole */
    struct bytes beside;              /* whole signature file beside it (cms, raw); else empty */
    const struct bytes *certificates; /* DER that the signature lacks; nothing trusts them */
    size_t certificate_count;
    const struct bytes *roots; /* certificates as DER */
    size_t root_count;
    const struct authority *authority;
    const struct bytes *receipts; /* texts (proof/receipt.h) */
    size_t receipt_count;
    bool demand_receipt;         /* a signature without receipt is not good */
    bool demand_time;            /* nor one without any trusted time */
    const struct distrust *list; /* opened, and verified for this authority; NULL: none */
    const struct bytes *crls;    /* DER; if any, one must speak about the signer's certificate */
    size_t crl_count;
    bool demand_fresh;    /* no signature is good without a list that speaks for `now` */
    int64_t list_age_max; /* milliseconds since its issue; 0: as long as it does not expire */
    int64_t now;          /* milliseconds since 1970 */
};

enum verify_check {
    VERIFY_SIGNATURE, /* the certificate's key made it over its SignedAttributes */
    VERIFY_ARTIFACT,  /* what was signed leads to this file */
    VERIFY_CHAIN, /* a chain for code signing to a trusted root, valid at the time in question */
    VERIFY_AUTHORITY, /* the certificate names the pinned authority */
    VERIFY_RECEIPT,   /* the log has the request for it */
    VERIFY_TIME,      /* somebody else than the signer says when it was made */
    VERIFY_STATUS,    /* the distrust list, and the CRLs, have nothing against it */
};
#define VERIFY_CHECKS 7

enum verify_answer {
    VERIFY_UNASKED, /* no receipt, no list or CRL was given, no time is trusted (`why` may say the
                       reason); or there is nothing to ask, because an earlier check failed */
    VERIFY_HOLDS,
    VERIFY_FAILS,
};

struct verify_point {
    enum verify_answer answer;
    struct err why; /* where it fails */
};

/* Whose word the signature's time is. */
enum verify_time { VERIFY_TIME_NONE, VERIFY_TIME_RECEIPT, VERIFY_TIME_TIMESTAMP };

/* "none", "receipt", "timestamp", NULL: indexed by enum verify_time. */
extern const char *const verify_time_names[];

/* The names of the checks: "signature", "artifact", "chain", "authority", "receipt", "time",
 * "status", NULL. */
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
    uint64_t number; /* of the certificate, where VERIFY_AUTHORITY holds */
    int64_t time;    /* at which the chain was judged: trusted, or `now` */
    enum verify_time trusted;
    bool list_older; /* where VERIFY_STATUS holds: the certificate is younger than the list */
    int64_t entry;   /* of the request, where VERIFY_RECEIPT holds; else -1 */
    uint8_t grant[TREE_HASH]; /* leaf hash of its grant, where it holds */
    uint64_t log_size;        /* of the receipt's checkpoint, where it holds */
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
