/*
 * How often each route was asked and with what class of status it was answered, for /metrics.
 * Any thread, no locks.
 */
#ifndef SEALWARD_HTTP_TRAFFIC_H
#define SEALWARD_HTTP_TRAFFIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/routes.h"

struct traffic {
    /* By route, the last for what fits none, and by the status's first digit. */
    _Atomic int64_t answers[ROUTES_MAX + 1][6];
    _Atomic int64_t connections;
    _Atomic int64_t active; /* calls being worked on */
};

/* Calls at work: taken and not answered to the last byte. */
size_t traffic_active(struct traffic *t);

/* `route` may be NULL. */
void traffic_count(struct traffic *t, const struct route *route, unsigned status);

/* Appends it in Prometheus' text format. */
void traffic_write(struct buf *b, struct traffic *t);

#endif
