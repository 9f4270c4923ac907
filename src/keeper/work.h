/*
 * What the record says is to be done next: generate an approved key, issue an approved certificate,
 * sign an issued one, propose a renewal, destroy a key. Read off the state each time, so a start
 * goes on where the last run ended.
 */
#ifndef SEALWARD_KEEPER_WORK_H
#define SEALWARD_KEEPER_WORK_H

#include "keeper/keeper.h"

/* Begins the next piece of work, if there is one and none is under way. Stages entries: commit
 * afterwards. A piece that fails is reported, and tried again after a while. */
CHECKED bool work_step(struct keeper *k, struct err *e);

#endif
