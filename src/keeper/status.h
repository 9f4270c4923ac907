/*
 * Status: what is published of all that is not to be trusted. The keeper appends a `status` entry
 * by itself after a batch that revoked or lifted something, at a start, and when one is due; builds
 * each CRL and the distrust list from the state of exactly that entry; and has them signed as soon
 * as it is durable. Daemons get the signatures alone (docs/protocol/custody.md, PUSH_STATUS): they
 * build the same bytes themselves.
 *
 * One at a time: what is revoked while one is being signed follows in the next, at once. A file
 * that a token does not sign is tried again until a newer status replaces it. Nothing of it is kept
 * over a restart, which makes a new one.
 */
#ifndef SEALWARD_KEEPER_STATUS_H
#define SEALWARD_KEEPER_STATUS_H

#include "keeper/keeper.h"

CHECKED bool status_new(struct status **ret, struct err *e);
void status_free(struct status *s);
AUTO_FREE(status)

/* A start is complete: a status is made whether one is due or not. */
void status_want(struct status *s);

/* Makes the next step. Stages entries: commit afterwards. */
CHECKED bool status_step(struct keeper *k, struct err *e);

/* Answers STATUS_IS. */
CHECKED bool status_answer(struct keeper *k, uint64_t peer, int64_t tag, struct err *e);

#endif
