/*
 * How far a revocation has come: when signing stopped, when it was published, which endpoints have
 * confirmed a list that has it, who has not, and by when even a silent one must have stopped.
 *
 * Any thread; canonical JSON.
 */
#ifndef SEALWARD_SERVICE_PROPAGATION_H
#define SEALWARD_SERVICE_PROPAGATION_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "service/confirmations.h"

#define PROPAGATION_MAX 100
/* Names of laggards in a list. */
#define PROPAGATION_LAGGARDS 100

struct propagation_query {
    struct bytes kind; /* with `id`, of this one alone, and endpoint by endpoint; else absent */
    struct bytes id;
    size_t limit; /* the newest so many; 1 to PROPAGATION_MAX */
};

/* {"status","endpoints","revocations"}: docs/protocol/api.md. ERR_NOT_FOUND for one that is not
 * revoked. */
CHECKED bool propagation_tell(const struct confirmations_parts *parts,
                              const struct propagation_query *query, struct buf *b, struct err *e);

/* [{"class","count","covered"}]: by class of those that can confirm, how many endpoints have
 * confirmed a list that has the revocation of that subject; none if it is not revoked. */
CHECKED bool propagation_cover(const struct confirmations_parts *parts, struct bytes kind,
                               struct bytes id, struct buf *b, struct err *e);

/* For /metrics: endpoints that can confirm, and those of them that have been silent for longer than
 * their class may. */
struct propagation_counts {
    int64_t endpoints;
    int64_t silent;
};
CHECKED bool propagation_count(const struct confirmations_parts *parts,
                               struct propagation_counts *ret, struct err *e);

#endif
