/*
 * What an endpoint holds: the distrust list, the log's checkpoint, the newest time known, and
 * whether heads of the log disagree. All of it is judged here and stored here; where it comes from
 * is for guard/fetch and guard/carry.
 *
 * Invariants. A list is taken only if the pinned authority made it, if its number is above that of
 * every list ever held, or it was made when the one held had ended, and if the head that it is
 * bound to is of the log's one history; a checkpoint only if it continues that history. What is
 * taken is stored (base/file.h: whole or not at all, durable) before it counts. So a process that
 * ends at any moment holds what it held, or what is newer; and it confirms nothing that could be
 * lost. After a proven disagreement nothing is taken any more.
 *
 * Time. The clock of an endpoint may be wrong or be set back. The newest time known is the time of
 * issue of the list held, or its own clock as it has stood since, whichever is later, and passes
 * with the boot clock; an earlier clock does not count. A newer list begins anew with its time of
 * issue, so that a clock that once was far ahead is got over.
 *
 * Memory: the list, twice while a newer one is judged, each at most DISTRUST_MAX and what it
 * decodes into (DISTRUST_ARENA).
 *
 * Owns a lock on the folder when opened to write: one process writes, any number read. One thread
 * at a time. The folder must outlive it.
 */
#ifndef SEALWARD_GUARD_HELD_H
#define SEALWARD_GUARD_HELD_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "client/history.h"
#include "guard/folder.h"
#include "guard/holding.h"
#include "proof/confirmation.h"

struct held;

enum held_access {
    HELD_READ,  /* the list and the standing alone: seen/ is for the guard's own user */
    HELD_WRITE, /* ERR_BUSY if another process writes */
};

/* A moment by both clocks of the machine (base/clock.h). */
struct held_moment {
    int64_t wall;
    int64_t boot;
};

/* Opens what is stored. A stored list that is damaged is not held (a newer one heals that), and
 * held_report says so; other damage is ERR_DAMAGED. */
CHECKED bool held_new(struct held **ret, const struct folder *f, enum held_access access,
                      const struct held_moment *at, struct err *e);
void held_free(struct held *h);
AUTO_FREE(held)

/* The time that counts. */
int64_t held_now(const struct held *h, const struct held_moment *at);

/* The list's file; absent if none is held. A view until the next held_take. */
struct bytes held_list(const struct held *h);

/* Its number; -1 if none is held. */
int64_t held_number(const struct held *h);

/* Takes a signed checkpoint as history_see does; the same or an older one of the same history
 * changes nothing. */
CHECKED bool held_see(struct held *h, struct bytes note, const struct history_tiles *tiles,
                      struct err *e);

/* Takes a list, and its bytes out of the buffer; the one that is held already changes nothing.
 * ERR_REFUSED by "list.older" and the other rules of proof/distrust.h, "guard.split" if it
 * disagrees with one of the same number, or with the log; ERR_STATE if the checkpoint held does not
 * reach as far as the list. */
CHECKED bool held_take(struct held *h, struct buf *list, const struct history_tiles *tiles,
                       const struct held_moment *at, struct err *e);

/* Stores that list and checkpoint held were the newest at this moment; and that the list of this
 * number has been confirmed. */
CHECKED bool held_keep_seen(struct held *h, const struct held_moment *at, struct err *e);
CHECKED bool held_keep_confirmed(struct held *h, int64_t number, const struct held_moment *at,
                                 struct err *e);

/* What can be confirmed now; ERR_STATE if there is nothing, or if heads disagree. Views until the
 * next call that takes something. */
CHECKED bool held_confirmation(struct confirmation *ret, const struct held *h,
                               const struct held_moment *at, struct err *e);

/* Everything told. `trouble` of a damaged list is filled in; views as above. */
void held_report(struct holding *ret, const struct held *h, const struct held_moment *at);

#endif
