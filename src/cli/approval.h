/*
 * Waiting until a grant is approved, and saying so: who is waited for, and the command by which
 * they approve, in one line on standard error; on a terminal a second line shows how it goes.
 *
 * What the daemon says about the waiting is believed, because nothing hangs on it: a grant that is
 * not open signs nothing.
 */
#ifndef SEALWARD_CLI_APPROVAL_H
#define SEALWARD_CLI_APPROVAL_H

#include <stdatomic.h>

#include "client/client.h"

/* Returns when the grant (leaf, 32 bytes) is open. ERR_REFUSED if it was rejected or its time is
 * over; ERR_STATE if *stop is set meanwhile. */
CHECKED bool approval_wait(struct client *c, struct bytes leaf, const atomic_bool *stop,
                           struct err *e);

#endif
