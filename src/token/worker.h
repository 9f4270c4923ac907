/*
 * A worker: the process in which a vendor's module runs. It opens the token, then answers the
 * core's requests (wire/worker.h) in order until its socket closes.
 *
 * It is forked from the spawner, with that process's memory and no exec: the spawner has parsed no
 * outside bytes and loaded no vendor code, so there is nothing in it to get rid of but the PINs of
 * other tokens, which are wiped. The worker keeps only its socket, its ready pipe and the three
 * standard descriptors open, clears its environment but for the module's own settings, leaves no
 * core dump, dies with the spawner, and is jailed (base/sandbox.h): no exec, no ptrace, and no
 * internet socket unless its token is a network HSM.
 *
 * Does NOT write messages, and never returns to its caller's code: worker_run ends the process.
 */
#ifndef SEALWARD_TOKEN_WORKER_H
#define SEALWARD_TOKEN_WORKER_H

#include "base/secret.h"

#include <stdbool.h>

/* How a worker ends, for the spawner. */
enum worker_exit {
    WORKER_EXIT_CLOSED = 0,  /* the core closed the socket */
    WORKER_EXIT_FAILED = 1,  /* could not start, or the socket failed: start another */
    WORKER_EXIT_REFUSED = 2, /* the token refused the PIN, or the module's path or the jail is
                                impossible: another one would fail alike, so none is started */
};

struct worker_config {
    const char *module;             /* absolute path */
    const char *token;              /* label */
    const char *const *environment; /* "NAME=value" for the module, NULL-terminated; may be NULL */
    const char *const *readable;    /* as struct sandbox wants them */
    const char *const *writable;
    bool network; /* may the module open internet sockets? */
    const struct secret *pin;
};

/* `socket` is the stream to the core; one byte is written to `ready` as soon as the token is open.
 */
_Noreturn void worker_run(const struct worker_config *config, int socket, int ready);

#endif
