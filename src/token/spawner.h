/*
 * The spawner: a process that holds the PINs and does nothing but start workers and start them
 * again. It parses no outside bytes and loads no vendor code; that is why its workers may be forked
 * from it without exec, and why it, and not the core, has the PINs.
 *
 * It talks with the core over one socket of whole messages: to the core a notice for each worker
 * that started (with the worker's socket, passed as a descriptor, since the jailed core can create
 * none) and for each that ended; from the core the order to kill a worker. When the core closes the
 * socket the spawner kills its workers and ends; when the spawner ends its workers die with it.
 *
 * The first worker of a token must be ready before its others are started, and one that is refused
 * (worker.h) is the last: so a wrong PIN is tried once, not once a worker until the token locks. A
 * worker that dies is replaced at once, one that dies before it is ready after a pause that grows.
 */
#ifndef SEALWARD_TOKEN_SPAWNER_H
#define SEALWARD_TOKEN_SPAWNER_H

#include "base/err.h"
#include "token/pool.h"

#include <sys/types.h>

enum spawner_event {
    SPAWNER_STARTED = 1, /* a descriptor comes with it */
    SPAWNER_ENDED = 2,
    SPAWNER_REFUSED = 3, /* ended, and no other will be started for this token */
    SPAWNER_FAILED = 4,  /* the spawner cannot work: the PIN of that token cannot be read */
};

struct spawner_notice {
    enum spawner_event event;
    uint32_t token;
    int32_t pid;
    int32_t status; /* as wait(2) gives it; of ENDED and REFUSED */
};

/* Forks the spawner; *ret_socket is the core's end (close-on-exec, non-blocking). */
CHECKED bool spawner_start(int *ret_socket, const struct pool_config *config, struct err *e);

/* The next notice. False with *ret_more false when there is none now; ERR_STATE when the spawner
 * has ended. The descriptor of SPAWNER_STARTED (non-blocking) is the caller's, else -1. */
CHECKED bool spawner_receive(struct spawner_notice *ret, int *ret_descriptor, bool *ret_more,
                             int socket, struct err *e);

/* Orders the spawner to kill that worker; it is told as ENDED when it is dead. */
CHECKED bool spawner_kill(int socket, pid_t worker, struct err *e);

#endif
