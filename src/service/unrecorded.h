/*
 * What the record does not hold and the daemon keeps: people's names, and what was refused.
 *
 * A name is taken and shown only while it opens the hash that policy has for the person, and is
 * erased by erasing its salt. Refusals are put down without waiting and written by the follower;
 * when they come too fast, some are counted and not kept.
 *
 * Any thread; unrecorded_write is the follower's.
 */
#ifndef SEALWARD_SERVICE_UNRECORDED_H
#define SEALWARD_SERVICE_UNRECORDED_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "service/metrics.h"
#include "service/replica.h"

#define UNRECORDED_PAGE 100
#define UNRECORDED_PAGE_MAX 1000

struct kept;
struct unrecorded;

CHECKED bool unrecorded_open(struct unrecorded **ret, const char *path, struct replica *replica,
                             struct metrics *metrics, struct err *e);
void unrecorded_free(struct unrecorded *u);
AUTO_FREE(unrecorded)

/* `text` is {"name","salt"}; answers {"handle","name","salt"}. */
CHECKED bool unrecorded_put_name(struct unrecorded *u, struct bytes handle, struct bytes text,
                                 struct buf *b, struct err *e);
CHECKED bool unrecorded_name(struct unrecorded *u, struct bytes handle, struct buf *b,
                             struct err *e);
/* {"names":[...]}, in the order of handles, above `after`. Of the names looked at, at most `limit`,
 * those that open their hash. */
CHECKED bool unrecorded_names(struct unrecorded *u, struct bytes after, size_t limit, struct buf *b,
                              struct err *e);

/* Puts down that something was refused; `actor` may be absent. */
void unrecorded_refuse(struct unrecorded *u, struct bytes actor, const struct err *why);
/* Writes some of what was put down; *ret_more if there is more. */
CHECKED bool unrecorded_write(struct unrecorded *u, bool *ret_more, struct err *e);
/* {"refusals":[...]}, newest first, ids below `before`. */
CHECKED bool unrecorded_refusals(struct unrecorded *u, int64_t before, size_t limit, struct buf *b,
                                 struct err *e);

/* The file, for a few calls of index/kept; to be given back at once. */
struct kept *unrecorded_begin(struct unrecorded *u);
void unrecorded_end(struct unrecorded *u);

#endif
