/*
 * What a status publishes: the CRLs and the distrust list, below the public folder (docs/protocol/
 * crl.md, distrust-list.md). The bytes follow from this daemon's own state just behind the status
 * entry; from the keeper come signatures alone, and each is verified over those bytes.
 *
 * Files are replaced whole. One whose number is higher than the number at hand is left as it is:
 * never an older one over a newer. Bytes and signatures may come in either order; those of the last
 * STATUS_KEPT statuses are kept until they have met.
 *
 * Threads: the follower's alone.
 */
#ifndef SEALWARD_SERVICE_STATUS_H
#define SEALWARD_SERVICE_STATUS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "rules/rules.h"
#include "wire/custody.h"

enum { STATUS_KEPT = 4 };

struct status;

/* `folder` must outlive it. */
CHECKED bool status_new(struct status **ret, const char *folder, struct err *e);
void status_free(struct status *s);
AUTO_FREE(status)

/* Builds the bytes of the status whose entry was the last one applied. */
CHECKED bool status_build(struct status *s, const struct rules_state *state, int64_t index,
                          struct err *e);

/* A signature from the keeper. One that fits nothing built is kept for a status to come, unless it
 * is older than those. */
CHECKED bool status_sign(struct status *s, int64_t index, struct bytes path, struct bytes signature,
                         struct err *e);

/* The root's CRLs, which come with the record, signatures and all. */
CHECKED bool status_roots(struct status *s, const struct rules_state *state, struct err *e);

/* Writes what is whole. ERR_IO and such: a file could not be written; call again later. */
CHECKED bool status_step(struct status *s, struct err *e);

/* The newest status whose files are all written by this process. */
struct status_written {
    int64_t number; /* -1: none */
    bool listed;
    uint8_t list[DIGEST_SHA256_SIZE]; /* of its distrust list's file, if `listed` */
};
struct status_written status_newest(const struct status *s);

#endif
