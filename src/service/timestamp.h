/*
 * The time-stamping authority (docs/protocol/timestamp.md): a request in, a response out, an entry
 * in between. Whatever happens, the answer is a TimeStampResp.
 *
 * Threads: any. `done` is called exactly once, at once or from another thread, and must not block.
 * What it does not do: limit how often an address may ask (http does).
 */
#ifndef SEALWARD_SERVICE_TIMESTAMP_H
#define SEALWARD_SERVICE_TIMESTAMP_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/tsp.h"
#include "service/intake.h"
#include "service/metrics.h"
#include "service/replica.h"

/* All of it outlives what was asked. */
struct timestamp_parts {
    struct replica *replica;
    struct intake *intake;
    struct metrics *metrics;
};

/* `done` may move the reply out (buf_take). */
typedef void timestamp_done(void *context, struct buf *reply);

void timestamp_ask(const struct timestamp_parts *parts, struct bytes request, timestamp_done *done,
                   void *context);

/* A rejection for what no request was read of. */
void timestamp_reject(struct buf *reply, enum tsp_failure failure, const char *text);

#endif
