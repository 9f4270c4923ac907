/*
 * The sockets of the helper: a listening Unix socket and its connections, in one thread and one
 * poll loop (docs/protocol/module.md). It answers what it can by itself, hashes what comes in
 * pieces, and puts calls for signatures into the queue.
 *
 * Everything is bounded: connections, frames, what one connection may have under way (one call).
 * Who breaks the protocol is disconnected. Who may connect is decided by the folder's mode.
 */
#ifndef SEALWARD_CLI_HELPER_SERVE_H
#define SEALWARD_CLI_HELPER_SERVE_H

#include "cli/helper_queue.h"
#include "cli/helper_tell.h"

/* Connections at once; more wait in the socket's backlog. Below the usual limit of descriptors. */
#define HELPER_CONNECTIONS_MAX 768

struct helper_token {
    struct bytes label;  /* of the token */
    struct bytes serial; /* of the token */
    struct bytes keys;   /* the KEYS frame, ready to be sent */
    struct bytes id;     /* of the key: SHA-256 of its SPKI */
    enum key_kind kind;
    struct list artifacts; /* struct artifact, as the grant declares them */
};

struct helper_serve;

/* Makes the listening socket at that absolute path, which must not exist. *token with all in it,
 * the queue and the teller must outlive it. */
CHECKED bool helper_serve_new(struct helper_serve **ret, const char *path,
                              const struct helper_token *token, struct helper_queue *queue,
                              struct helper_tell *tell, struct err *e);
void helper_serve_free(struct helper_serve *s);
AUTO_FREE(helper_serve)

/* Serves until the queue is closed. */
void helper_serve_run(struct helper_serve *s);

#endif
