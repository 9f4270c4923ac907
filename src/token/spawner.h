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
    SPAWNER_FAILED = 4,  /* the spawner cannot work and ends; the reason says why */
};

#define SPAWNER_REASON_MAX 320

struct spawner_notice {
    enum spawner_event event;
    uint32_t token;
    int32_t pid;
    int32_t status;                  /* as wait(2) gives it; of ENDED and REFUSED */
    char reason[SPAWNER_REASON_MAX]; /* of FAILED */
};

/* Forks the spawner; *ret_socket is the core's end. Closes the descriptors of the PINs here.
 * ERR_INPUT for a configuration out of its limits (pool.h). */
CHECKED bool spawner_start(int *ret_socket, pid_t *ret_pid, const struct pool_config *config,
                           struct err *e);

/* The next notice, if there is one now (*ret_found). The descriptor of SPAWNER_STARTED is the
 * caller's; else *ret_descriptor is -1. ERR_STATE when the spawner has ended. */
CHECKED bool spawner_receive(struct spawner_notice *ret, int *ret_descriptor, bool *ret_found,
                             int socket, struct err *e);

/* ERR_TOKEN, how the worker of an ENDED ended. Returns false. */
bool spawner_notice_error(struct err *e, const struct spawner_notice *notice);

/* Orders the spawner to kill that worker; it is told as ENDED when it is dead. */
CHECKED bool spawner_kill(int socket, pid_t worker, struct err *e);

#endif
