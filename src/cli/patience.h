/*
 * Trying again while the authority is away: a daemon that restarts must not fail a release. Waits
 * grow from a fifth of a second to five seconds, for a bounded time in all.
 */
#ifndef SEALWARD_CLI_PATIENCE_H
#define SEALWARD_CLI_PATIENCE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

struct patience {
    int64_t until;           /* monotonic milliseconds; 0 before the first wait */
    int64_t delay;           /* milliseconds, the next wait */
    const atomic_bool *stop; /* ends it early; may be NULL */
};

/* How long an absence of the authority is borne, in milliseconds. */
#define PATIENCE_MS 60000

#define PATIENCE ((struct patience){.until = 0, .delay = 0, .stop = 0})

/* True, after a wait, if the failed call may be tried again; false if the error will not go away by
 * itself or patience is at its end. */
CHECKED bool patience_wait(struct patience *p, const struct err *e);

#endif
