/*
 * Endpoints' confirmations (proof/confirmation.h) as they come in: judged, kept, and, where one
 * contradicts this history, an alarm.
 *
 * Any thread. What it does not do: say what follows from them (service/propagation does).
 */
#ifndef SEALWARD_SERVICE_CONFIRMATIONS_H
#define SEALWARD_SERVICE_CONFIRMATIONS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "service/bell.h"
#include "service/metrics.h"
#include "service/publish.h"
#include "service/replica.h"
#include "service/unrecorded.h"

/* All of it outlives what is asked. */
struct confirmations_parts {
    struct replica *replica;
    struct publish *publish;
    struct unrecorded *unrecorded;
    struct metrics *metrics;
    struct bell *bell; /* rings when something was refused */
};

/* Takes one, as it was posted, and answers {"endpoint","number"}. One that was there before, or
 * that is older than the newest of its number, changes nothing. ERR_REFUSED by
 * "confirmation.authority", "confirmation.endpoint" (not enrolled), "confirmation.older" (than what
 * it confirmed before), "confirmation.number" (never published), and, with the finding
 * "endpoint.fork", "confirmation.list" (another list of that number) and
 * "confirmation.checkpoint" (of another history); ERR_AUTH for the signature. */
CHECKED bool confirmations_take(const struct confirmations_parts *parts, struct bytes text,
                                struct buf *b, struct err *e);

#endif
