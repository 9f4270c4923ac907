/*
 * The keeper's poll loop: frames in, entries durable, signatures out.
 */
#ifndef SEALWARD_KEEPER_CORE_H
#define SEALWARD_KEEPER_CORE_H

#include "keeper/keeper.h"

/* Runs until *stop becomes true (a signal) or something fails that only a restart can mend. What
 * has been admitted by then is durable, and answered if its peer still listens. */
CHECKED bool core_run(struct keeper *k, const volatile int *stop, struct err *e);

#endif
