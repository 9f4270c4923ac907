/*
 * Checkpoints: one signature of the log key over all that is durable. One at a time; what becomes
 * durable meanwhile is covered by the next. A request's answer does not wait for it.
 */
#ifndef SEALWARD_KEEPER_SEAL_H
#define SEALWARD_KEEPER_SEAL_H

#include "keeper/keeper.h"

/* Finds the log key's id; needs a genesis. */
CHECKED bool seal_init(struct keeper *k, struct err *e);

/* Has a checkpoint signed if something durable is not covered and none is under way. When it is
 * signed, every daemon is told. */
CHECKED bool seal_step(struct keeper *k, struct err *e);

#endif
