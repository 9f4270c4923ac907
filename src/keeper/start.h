/*
 * A start: the gate that the newest published checkpoint must pass, the comparison of the token
 * with the record, and the `start` entry. docs/architecture.md, "A start".
 */
#ifndef SEALWARD_KEEPER_START_H
#define SEALWARD_KEEPER_START_H

#include "keeper/keeper.h"

/* Judges the checkpoint that a daemon shows: signed by the log key, and a beginning of this
 * journal. Without one, only an operator's --first on a record that never started will do.
 * False with *e filled: refused, the keeper goes on waiting. */
CHECKED bool start_gate(struct keeper *k, struct bytes note, struct err *e);

/* The gate is passed: asks the token for its keys, and when they are known, writes the entries of a
 * start and answers the daemon. False ends the keeper. */
CHECKED bool start_begin(struct keeper *k, uint64_t peer, int64_t tag, struct err *e);

#endif
