/*
 * Calls that wait for something to change: an entry to be applied or published, a subject to move.
 * Each is woken exactly once: by the change, at its deadline, or when waiting ends altogether.
 *
 * `wake` may be called by the thread that adds, if there is nothing to wait for, or by the
 * follower's; it must not block or add. Any thread adds; the follower alone moves and ticks.
 */
#ifndef SEALWARD_SERVICE_WAITERS_H
#define SEALWARD_SERVICE_WAITERS_H

#include "base/auto.h"
#include "base/err.h"
#include "service/bell.h"
#include "service/metrics.h"
#include "service/replica.h"

#define WAITERS_MAX 4096

struct waiters;

enum wait_kind {
    WAIT_APPLIED,   /* until entry `index` is applied and in the index */
    WAIT_PUBLISHED, /* until a published checkpoint covers entry `index` */
    WAIT_SUBJECT,   /* until the subject's state or approvals are others than `seen` */
};

/* A subject's state and number of approvals, as "waiting-1"; "" for one that is not known. */
enum { WAIT_SEEN_SIZE = 48 };

struct wait {
    enum wait_kind kind;
    int64_t index;
    uint8_t leaf[32];
    char seen[WAIT_SEEN_SIZE];
    int64_t deadline_ms; /* clock_monotonic_ms */
    void (*wake)(void *context);
    void *context;
};

/* `bell` rings when a call has begun to wait: then it is time for a tick. */
CHECKED bool waiters_new(struct waiters **ret, struct replica *replica, struct bell *bell,
                         struct metrics *metrics, struct err *e);
void waiters_free(struct waiters *w);
AUTO_FREE(waiters)

/* ERR_BUSY if too many wait, ERR_STATE when waiting has ended: then `wake` is not called. */
CHECKED bool waiters_add(struct waiters *w, const struct wait *wait, struct err *e);

/* Entries applied and indexed, entries published. */
void waiters_move(struct waiters *w, int64_t applied, int64_t published);

/* Wakes those whose subject has changed, if entries were applied since the last look, and those
 * whose time is up. *ret_next_ms: when to call again, at the latest (clock_monotonic_ms). */
void waiters_tick(struct waiters *w, int64_t *ret_next_ms);

/* Wakes all and takes no more. */
void waiters_end(struct waiters *w);

/* What a subject is at now, for wait.seen. */
CHECKED bool waiters_see(char ret[static WAIT_SEEN_SIZE], struct replica *r, const uint8_t leaf[32],
                         struct err *e);

#endif
