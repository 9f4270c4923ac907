/*
 * The daemon's messages: one table of message, the phases that allow it, and what handles it. A
 * message in a phase that does not allow it is refused before its handler is reached.
 */
#ifndef SEALWARD_KEEPER_DISPATCH_H
#define SEALWARD_KEEPER_DISPATCH_H

#include "keeper/keeper.h"

/* A frame from a daemon. False ends the keeper. */
CHECKED bool dispatch_take(struct keeper *k, struct peer *peer, const struct frame *frame,
                           struct err *e);

/* Answers STATE_IS. */
CHECKED bool dispatch_state(struct keeper *k, uint64_t peer, int64_t tag, struct err *e);

/* Durable entries from an index on, as both sockets give them. */
struct entries_page {
    struct list list; /* struct bytes */
    struct buf text;
};
CHECKED bool entries_page_make(struct entries_page *ret, struct keeper *k, int64_t from,
                               int64_t max_bytes, struct err *e);
void entries_page_done(struct entries_page *page);

#endif
