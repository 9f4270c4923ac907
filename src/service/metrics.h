/*
 * What the daemon counts about itself, as Prometheus text. One row of a table a number; counters
 * rise only, gauges are set.
 *
 * Any thread, no locks. What it does not do: count what a route is asked (http/traffic does).
 */
#ifndef SEALWARD_SERVICE_METRICS_H
#define SEALWARD_SERVICE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"

enum metric {
    METRIC_SUBMITTED,
    METRIC_ADMITTED,
    METRIC_REFUSED,
    METRIC_FAILED,
    METRIC_SIGNATURES,
    METRIC_IN_FLIGHT,
    METRIC_KEEPER_UP,
    METRIC_KEEPER_CONNECTIONS,
    METRIC_ENTRIES,
    METRIC_INDEXED,
    METRIC_PUBLISHED,
    METRIC_PUBLICATIONS,
    METRIC_WAITERS,
    METRIC_REFUSALS_DROPPED,
    METRIC_TIMESTAMPS,
    METRIC_TIMESTAMPS_REJECTED,
    METRIC_CONFIRMATIONS,
    METRIC_CONFIRMATIONS_REFUSED,
    METRIC_STATUS,
    METRIC_HEALTHY,
    METRIC_COUNT,
};

/* Upper bounds of the buckets of submissions' latencies, in microseconds, the last without end. */
enum { METRICS_BUCKETS = 12 };

struct metrics {
    _Atomic int64_t values[METRIC_COUNT];
    _Atomic int64_t buckets[METRICS_BUCKETS];
    _Atomic int64_t sum_us;
};

void metrics_add(struct metrics *m, enum metric which, int64_t by);
void metrics_set(struct metrics *m, enum metric which, int64_t value);

/* A submission was answered that long after it came in. */
void metrics_answered(struct metrics *m, int64_t microseconds);

/* Appends all of it in Prometheus' text format. */
void metrics_write(struct buf *b, struct metrics *m);

#endif
