/*
 * The follower's part in publishing: which statuses to build as entries go by, what the keeper
 * signed of them, and when their files were written.
 *
 * Threads: the follower's alone.
 */
#ifndef SEALWARD_SERVICE_STATUSES_H
#define SEALWARD_SERVICE_STATUSES_H

#include "service/inbox.h"
#include "service/metrics.h"
#include "service/replica.h"
#include "service/status.h"
#include "service/unrecorded.h"

struct statuses {
    struct status *status;
    struct replica *replica;
    struct unrecorded *unrecorded;
    struct metrics *metrics;
    bool told;       /* what the keeper signed last is known on this connection */
    int64_t from;    /* statuses from that entry on are built */
    bool roots;      /* the root's CRLs are to be looked at */
    int64_t written; /* number of the newest status whose time of writing is kept */
};

/* A new connection. */
void statuses_begin(struct statuses *s);

/* What came in; `expected` is how many entries the keeper has. */
void statuses_take(struct statuses *s, const struct letter *letter, int64_t expected);

/* An entry was just applied. A status that cannot be built is told to the operator, and the next
 * one is waited for. */
void statuses_applied(struct statuses *s, const struct entry *entry);

/* Writes what can be written. */
CHECKED bool statuses_step(struct statuses *s, struct err *e);

#endif
