/*
 * Asks: what a daemon wants an answer to and cannot have at once, because an entry must become
 * durable first, or because tokens have to sign. One ask, one answer.
 */
#ifndef SEALWARD_KEEPER_ANSWER_H
#define SEALWARD_KEEPER_ANSWER_H

#include "keeper/keeper.h"

/* Answers a peer at once; a peer that has gone is left alone. */
CHECKED bool answer_now(struct keeper *k, uint64_t peer, const struct custody_message *m,
                        struct err *e);

/* Tells every daemon that is connected. */
CHECKED bool answer_daemons(struct keeper *k, const struct custody_message *m, struct err *e);

/* Refuses with an error; `entry` is the entry that stands against it or -1. */
CHECKED bool answer_refuse(struct keeper *k, uint64_t peer, int64_t tag, struct err *why,
                           int64_t entry, struct err *e);

/* An entry is staged for this peer: answered ADMITTED when it is durable and `out`'s jobs are
 * signed. */
CHECKED bool ask_admit(struct keeper *k, uint64_t peer, int64_t tag, uint64_t index,
                       const struct outcome *out, struct err *e);

/* The one job of `out` is to be signed again: answered RESULT. */
CHECKED bool ask_again(struct keeper *k, uint64_t peer, int64_t tag, const struct outcome *out,
                       struct err *e);

/* After a commit: what was staged may now be signed and told. */
CHECKED bool asks_committed(struct keeper *k, struct err *e);

#endif
