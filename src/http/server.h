/*
 * The HTTP server: libmicrohttpd with TLS 1.3 (or none, for what is public), epoll and a pool of
 * threads, and what it does with a request: body, route, handler, reply, each within its limits
 * (docs/protocol/api.md).
 *
 * No thread of the pool ever waits for the keeper: a call that must wait is suspended.
 */
#ifndef SEALWARD_HTTP_SERVER_H
#define SEALWARD_HTTP_SERVER_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "service/service.h"

struct server;
struct rate;
struct traffic;

struct server_options {
    int listener; /* a listening socket; the server closes it, also when it cannot be made */
    struct bytes certificate; /* PEM chain, NUL behind it */
    struct bytes key;         /* PEM, NUL behind it; not needed any more after server_start */
    unsigned threads;
    unsigned connections; /* in all */
    unsigned per_address;
    bool plain;              /* no TLS: the public routes alone; certificate and key are not used */
    struct service *service; /* outlives the server, as the next two do */
    struct traffic *traffic; /* may be several servers' */
    struct rate *stamps;
    const char *public_folder;
};

CHECKED bool server_start(struct server **ret, const struct server_options *options, struct err *e);

/* Takes no more connections and calls; those at work go on. */
void server_close(struct server *s);
/* To be called about every second: ends connections whose time is over. */
void server_tend(struct server *s);
/* Ends the threads. No call may be suspended any more. */
void server_free(struct server *s);
AUTO_FREE(server)

#endif
