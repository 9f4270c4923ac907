/*
 * What runs out and what stands open, for /metrics: seconds to the end of certificates, of the
 * distrust list, of CRLs; what waits for people; endpoints that are silent.
 *
 * Any thread. Metrics that only count what the daemon does are service/metrics'.
 */
#ifndef SEALWARD_SERVICE_GAUGES_H
#define SEALWARD_SERVICE_GAUGES_H

#include "base/buf.h"
#include "service/confirmations.h"

/* Certificates that are shown, the newest of each key, at most. */
#define GAUGES_CERTIFICATES_MAX 10000

/* Appends them in Prometheus' text format; nothing while reads are not answered. */
void gauges_write(struct buf *b, const struct confirmations_parts *parts);

#endif
