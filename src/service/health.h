/*
 * What stands in the daemon's way: said once in a message, shown by /healthz, and the pause before
 * it is tried again. And whether the keeper signs, and whether everything has stopped for good.
 *
 * The follower sets; anybody asks.
 */
#ifndef SEALWARD_SERVICE_HEALTH_H
#define SEALWARD_SERVICE_HEALTH_H

#include <pthread.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* Each with its own end. */
enum trouble { TROUBLE_KEEPER, TROUBLE_INDEX, TROUBLE_PUBLIC, TROUBLE_COUNT };

struct health {
    int64_t retry_ms[TROUBLE_COUNT]; /* the follower's: not tried again before */
    pthread_mutex_t lock;            /* over the following */
    bool stopped;
    bool signing;
    struct err trouble[TROUBLE_COUNT]; /* ERR_NONE: nothing */
};

void health_init(struct health *h);
void health_done(struct health *h);

/* --- For the follower ------------------------------------------------------------------------- */

void health_set(struct health *h, enum trouble which, const char *event, const struct err *why);
void health_clear(struct health *h, enum trouble which);
/* Tries it again only after a pause. */
void health_rest(struct health *h, enum trouble which);
bool health_rests(const struct health *h, enum trouble which);
/* When the next pause is over (clock_monotonic_ms); INT64_MAX if there is none. */
int64_t health_next(const struct health *h, int64_t now_ms);

void health_set_signing(struct health *h, bool signing);
/* For good. */
void health_stop(struct health *h);

/* --- For everybody ---------------------------------------------------------------------------- */

bool health_signing(struct health *h);
bool health_stopped(struct health *h);
/* True if nothing is wrong, or if everything has stopped, which has its own reason. */
CHECKED bool health_check(struct health *h, struct err *e);

#endif
