#include "service/metrics.h"

#include <inttypes.h>

struct metric_row {
    const char *name;
    const char *type;
    const char *help;
};

static const struct metric_row rows[METRIC_COUNT] = {
    [METRIC_SUBMITTED] = {"sealward_submitted_total", "counter", "Entries handed to the keeper."},
    [METRIC_ADMITTED] = {"sealward_admitted_total", "counter", "Entries that the keeper admitted."},
    [METRIC_REFUSED] = {"sealward_refused_total", "counter", "Asks that the keeper refused."},
    [METRIC_FAILED] = {"sealward_failed_total", "counter",
                       "Asks that got no answer of the keeper's."},
    [METRIC_SIGNATURES] = {"sealward_signatures_total", "counter", "Signatures handed out."},
    [METRIC_IN_FLIGHT] = {"sealward_in_flight", "gauge", "Asks that wait for the keeper."},
    [METRIC_KEEPER_UP] = {"sealward_keeper_up", "gauge", "1 while the keeper is connected."},
    [METRIC_KEEPER_CONNECTIONS] = {"sealward_keeper_connections_total", "counter",
                                   "Connections made to the keeper."},
    [METRIC_ENTRIES] = {"sealward_entries", "gauge", "Entries of the record as replayed here."},
    [METRIC_INDEXED] = {"sealward_indexed_entries", "gauge", "Entries in the index."},
    [METRIC_PUBLISHED] = {"sealward_published_entries", "gauge",
                          "Entries under the newest published checkpoint."},
    [METRIC_PUBLICATIONS] = {"sealward_publications_total", "counter", "Checkpoints published."},
    [METRIC_WAITERS] = {"sealward_waiters", "gauge", "Calls that wait for something to change."},
    [METRIC_REFUSALS_DROPPED] = {"sealward_refusals_dropped_total", "counter",
                                 "Refusals that came too fast to be kept."},
    [METRIC_TIMESTAMPS] = {"sealward_timestamps_total", "counter", "Timestamps given."},
    [METRIC_TIMESTAMPS_REJECTED] = {"sealward_timestamps_rejected_total", "counter",
                                    "Timestamp requests that were rejected."},
    [METRIC_CONFIRMATIONS] = {"sealward_confirmations_total", "counter",
                              "Confirmations of endpoints that were taken."},
    [METRIC_CONFIRMATIONS_REFUSED] = {"sealward_confirmations_refused_total", "counter",
                                      "Confirmations that were refused."},
    [METRIC_STATUS] = {"sealward_status_number", "gauge", "Number of the newest status published."},
    [METRIC_HEALTHY] = {"sealward_healthy", "gauge", "What /healthz says."},
};

static const int64_t bounds_us[METRICS_BUCKETS - 1] = {
    250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 250000, 1000000, 5000000};

void metrics_add(struct metrics *m, enum metric which, int64_t by)
{
    atomic_fetch_add_explicit(&m->values[which], by, memory_order_relaxed);
}

void metrics_set(struct metrics *m, enum metric which, int64_t value)
{
    atomic_store_explicit(&m->values[which], value, memory_order_relaxed);
}

void metrics_answered(struct metrics *m, int64_t microseconds)
{
    size_t i = 0;
    while (i < METRICS_BUCKETS - 1 && microseconds > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->sum_us, microseconds, memory_order_relaxed);
}

static int64_t value_of(_Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void histogram_write(struct buf *b, struct metrics *m)
{
    static const char name[] = "sealward_answer_seconds";
    int64_t count = 0;
    int64_t sum = value_of(&m->sum_us);
    buf_printf(b, "# HELP %s Time from an ask to its answer.\n# TYPE %s histogram\n", name, name);
    for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
        count += value_of(&m->buckets[i]);
        buf_printf(b, "%s_bucket{le=\"%" PRId64 ".%06" PRId64 "\"} %" PRId64 "\n", name,
                   bounds_us[i] / 1000000, bounds_us[i] % 1000000, count);
    }
    count += value_of(&m->buckets[METRICS_BUCKETS - 1]);
    buf_printf(b, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, count);
    buf_printf(b, "%s_sum %" PRId64 ".%06" PRId64 "\n", name, sum / 1000000, sum % 1000000);
    buf_printf(b, "%s_count %" PRId64 "\n", name, count);
}

void metrics_write(struct buf *b, struct metrics *m)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                   rows[i].type);
        buf_printf(b, "%s %" PRId64 "\n", rows[i].name, value_of(&m->values[i]));
    }
    histogram_write(b, m);
}
