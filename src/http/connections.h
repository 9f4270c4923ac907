/*
 * How long connections may take. libmicrohttpd ends one that is silent; this table ends one that
 * dribbles: whose next request's header is not whole in time, or whose answer is not taken.
 *
 * Threads: any. A connection's place is its own from opened to closed.
 */
#ifndef SEALWARD_HTTP_CONNECTIONS_H
#define SEALWARD_HTTP_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* From its opening, or its last answer, to a whole header; and from there to the next answer's end,
 * a wait of 30 seconds and a keeper's silence included. */
enum { CONNECTIONS_HEADER_MS = 30000, CONNECTIONS_CALL_MS = 240000 };

struct connections;
struct connection;

CHECKED bool connections_new(struct connections **ret, size_t most, struct err *e);
void connections_free(struct connections *c);
AUTO_FREE(connections)

/* NULL if there are more than expected: such a connection is not watched. */
struct connection *connections_open(struct connections *c, int fd, int64_t now_ms);
/* Before the descriptor is closed. */
void connections_close(struct connections *c, struct connection *one);
/* A header is whole; an answer has been sent. */
void connections_busy(struct connections *c, struct connection *one, int64_t now_ms);
void connections_idle(struct connections *c, struct connection *one, int64_t now_ms);

/* Shuts down those whose time is over. */
void connections_tend(struct connections *c, int64_t now_ms);

#endif
