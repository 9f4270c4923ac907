/*
 * Follows the keeper: greets it, shows it the newest published checkpoint where it waits for one,
 * reads the entries from what is there on, and feeds them to replica, index and public files. One
 * thread, which also wakes calls that wait and writes refusals down.
 *
 * Everything that the keeper says is compared: each entry by the rulebook, the digest in `start`
 * entries, size, root and digest when it connects, each checkpoint's signature and root. On a
 * difference reads and publishing stop for good, health says so, and the process waits for an
 * operator. What merely fails (a full disk, a keeper that is away) is tried again.
 */
#ifndef SEALWARD_SERVICE_FOLLOW_H
#define SEALWARD_SERVICE_FOLLOW_H

#include "base/auto.h"
#include "base/err.h"
#include "service/catalog.h"
#include "service/inbox.h"
#include "service/link.h"
#include "service/metrics.h"
#include "service/publish.h"
#include "service/replica.h"
#include "service/status.h"
#include "service/unrecorded.h"
#include "service/waiters.h"

struct follow;

/* All of it outlives the follower; the inbox is the context of the link's events. */
struct follow_parts {
    struct link *link;
    struct inbox *inbox;
    struct replica *replica;
    struct catalog *catalog;
    struct publish *publish;
    struct status *status;
    struct waiters *waiters;
    struct unrecorded *unrecorded;
    struct metrics *metrics;
    bool first; /* the operator says that no checkpoint was ever published */
};

CHECKED bool follow_new(struct follow **ret, const struct follow_parts *parts, struct err *e);
void follow_free(struct follow *f);
AUTO_FREE(follow)

CHECKED bool follow_start(struct follow *f, struct err *e);
/* Ends the thread, which first writes down what was refused. */
void follow_stop(struct follow *f);

/* True if the keeper is there and signs, the record is read, index and public files take it. Else
 * ERR_STATE says what is missing. Any thread. */
CHECKED bool follow_healthy(struct follow *f, struct err *e);

/* Whether the keeper is there and its start is complete. Any thread. */
bool follow_signing(struct follow *f);

#endif
