/*
 * The distrust list: one signed, numbered, expiring file with all that an authority wants nobody to
 * trust any more. docs/protocol/distrust-list.md defines it; writer and reader stand side by side.
 *
 * Writing is two steps, since the key is on a token: distrust_build gives the bytes to be signed,
 * the same for the same plan on every machine; distrust_finish joins them with certificate and
 * signature. Whoever has the record can so rebuild a list that was published.
 *
 * Reading: distrust_open judges form, all of it. Nothing in a list counts before distrust_verify
 * has returned true. A struct distrust is views into the file, which must outlive it, and an index
 * in the arena: 16 bytes for DISTRUST_SAMPLE certificate numbers, 48 for a group, 40 for a path;
 * some 500 KB for a million numbers. Immutable once open: any number of threads may look things up.
 *
 * Pure; times are milliseconds since 1970 and parameters. An effective time of 0 is "from the
 * beginning". What it does not do: say what a look-up means for a signature (verify/ does).
 */
#ifndef SEALWARD_PROOF_DISTRUST_H
#define SEALWARD_PROOF_DISTRUST_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/x509.h"
#include "proof/rice.h"
#include "proof/tree.h"

#define DISTRUST_MAX (64u << 20)        /* bytes of a file */
#define DISTRUST_NUMBERS_MAX (1u << 25) /* of certificates, in all groups together */
#define DISTRUST_ITEMS_MAX (1u << 20)   /* of groups, keys, signatures, artifacts; each */
#define DISTRUST_PATHS_MAX 4096
#define DISTRUST_PATH_KEYS_MAX UINT16_MAX
#define DISTRUST_SIGNATURE 64 /* bytes of the signature: r || s, P-256 */
#define DISTRUST_PREFIX 8     /* bytes of a signature's id that stand in a list */
#define DISTRUST_SAMPLE 32
/* Memory to read any list that is taken. */
#define DISTRUST_ARENA ARENA((size_t)80 << 20)

struct distrust_head {
    uint8_t authority[TREE_HASH];
    uint64_t number; /* of its status; below 2^53, as all here */
    int64_t issued;  /* the status entry's time */
    int64_t expires; /* after `issued` */
    uint64_t size;   /* of the log just before the status entry; at least 1 */
    uint8_t root[TREE_HASH];
    uint64_t certificates; /* numbered so far: of higher ones the list knows nothing */
};

/* ---- Writing ---- */

/* Certificates that are revoked from one time on. A certificate stands in one group only. */
struct distrust_group {
    int64_t effective;
    const uint64_t *numbers; /* ascending */
    size_t count;            /* at least 1 */
};

struct distrust_key {
    uint8_t key[DIGEST_SHA256_SIZE]; /* SHA-256 of its SPKI */
    int64_t effective;
};

/* All that a release path has signed since a time. Its id alone tells no verifier which signatures
 * those are, so the keys of its signer come along. */
struct distrust_path {
    struct bytes id;
    int64_t since;
    struct bytes keys; /* SHA-256 of SPKIs behind each other, ascending; at least one */
};

struct distrust_plan {
    struct distrust_head head;
    const struct distrust_group *groups; /* effective times ascending, none twice */
    size_t group_count;
    const struct distrust_key *keys; /* ascending by key, none twice */
    size_t key_count;
    const uint64_t *signatures; /* distrust_signature_prefix; ascending */
    size_t signature_count;
    struct bytes artifacts;            /* distrust_artifact_id behind each other; ascending */
    const struct distrust_path *paths; /* ascending by id (bytes_compare), none twice */
    size_t path_count;
};

/* Appends the bytes to be signed. ERR_INPUT says what of the plan is out of order or range. */
CHECKED bool distrust_build(struct buf *ret, const struct distrust_plan *plan, struct err *e);

/* What the list's key signs with P-256: SHA-256 of `sealward-distrust-list`, a zero byte and the
 * bytes to be signed. */
void distrust_digest(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes body);

/* Appends certificate (DER) and signature (r || s) to the bytes to be signed. ERR_INPUT where a
 * length does not fit. Does not verify. */
CHECKED bool distrust_finish(struct buf *b, struct bytes certificate, struct bytes signature,
                             struct err *e);

/* ---- Ids ---- */

/* The id of a signature: SHA-256 of the key's SPKI hash and the to-be-signed digest; and what of it
 * stands in a list, the first 8 bytes. */
void distrust_signature_id(uint8_t ret[DIGEST_SHA256_SIZE], const uint8_t key[DIGEST_SHA256_SIZE],
                           struct bytes tbs);
uint64_t distrust_signature_prefix(const uint8_t id[DIGEST_SHA256_SIZE]);

/* The id of an artifact: SHA-256 of format name, 00, algorithm name, 00, digest. */
void distrust_artifact_id(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes format, struct bytes alg,
                          struct bytes digest);

/* ---- Reading ---- */

/* A group as read. */
struct distrust_numbers {
    int64_t effective;
    struct bytes code;
    const struct distrust_sample *samples; /* one for each DISTRUST_SAMPLE numbers */
    uint32_t count;
    unsigned k;
};

struct distrust {
    struct distrust_head head;
    struct bytes file;
    struct bytes body; /* what is signed */
    struct bytes certificate;
    struct bytes signature;
    const struct distrust_numbers *groups;
    const struct distrust_path *paths; /* views */
    struct bytes keys;                 /* records as they stand in the file */
    struct bytes signatures;
    struct bytes artifacts;
    uint32_t group_count;
    uint32_t path_count;
};

/* Opens a file: form alone. ERR_INPUT for what distrust_build and distrust_finish would not write,
 * ERR_LIMIT over a limit, ERR_MEMORY. */
CHECKED bool distrust_open(struct distrust *ret, struct bytes file, struct arena *a, struct err *e);

/* What the verifier knows from somewhere safe. */
struct distrust_trust {
    const uint8_t *authority; /* its id, 32 bytes */
    const struct x509 *roots;
    size_t root_count;
};

/* True if the authority has made the list, however long ago: its authority, the certificate's chain
 * for lists to one of the roots at the time of issue, the signature. ERR_REFUSED by
 * "list.authority", "list.certificate" (no chain that holds); ERR_AUTH for the signature. */
CHECKED bool distrust_verify(const struct distrust *list, const struct distrust_trust *trust,
                             struct err *e);

/* True if it speaks for `now`: neither it nor its certificate has expired. ERR_REFUSED by
 * "list.expired" or "list.certificate". A verified list that is not fresh is still right about all
 * that it names; what it does not name it says nothing about. */
CHECKED bool distrust_check_fresh(const struct distrust *list, int64_t now, struct err *e);

/* True if it may take the place of the one of that number. ERR_REFUSED by "list.older". */
CHECKED bool distrust_check_newer(const struct distrust *list, uint64_t held, struct err *e);

/* True if the one that is held does not distrust the key or the certificate that signed this one: a
 * stolen list key must not take back what its successor has announced. ERR_REFUSED by
 * "list.signer". */
CHECKED bool distrust_check_signer(const struct distrust *list, const struct distrust *held,
                                   struct err *e);

/* ---- Looking up ---- */

enum distrust_answer {
    DISTRUST_ABSENT,  /* not on the list */
    DISTRUST_LISTED,  /* on the list */
    DISTRUST_UNKNOWN, /* the certificate is younger than the list */
};

/* Each gives the earliest effective time where it answers "listed". */
enum distrust_answer distrust_certificate(const struct distrust *list, uint64_t number,
                                          int64_t *ret_effective);
bool distrust_key(const struct distrust *list, const uint8_t key[DIGEST_SHA256_SIZE],
                  int64_t *ret_effective);

bool distrust_signature(const struct distrust *list, const uint8_t id[DIGEST_SHA256_SIZE]);
bool distrust_artifact(const struct distrust *list, const uint8_t id[DIGEST_SHA256_SIZE]);

/* The next path from *place on (0 at first) whose signer has the key; NULL if there is none. */
const struct distrust_path *distrust_path(const struct distrust *list,
                                          const uint8_t key[DIGEST_SHA256_SIZE], size_t *place);

#endif
