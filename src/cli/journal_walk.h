/*
 * A journal (docs/protocol/journal.md) read from outside the keeper, which may be writing to it: up
 * to its last whole batch, each held against the one before it. What a write under way has not
 * finished is no part of it, and neither is a torn tail; any other break is damage.
 *
 * Memory: one batch at a time. What it does not do: lock or change the file, or read checkpoints.
 */
#ifndef SEALWARD_CLI_JOURNAL_WALK_H
#define SEALWARD_CLI_JOURNAL_WALK_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Called in the order of the file, the bytes good for the call; a false return ends the walk. */
struct journal_walk {
    void *context;
    /* The magic, then each whole batch: written behind each other they are the journal. */
    bool (*piece)(void *context, struct bytes piece, struct err *e);
    bool (*entry)(void *context, uint64_t index, struct bytes entry, struct err *e);
};

/* *ret_entries: how many it holds. ERR_DAMAGED names the byte. */
CHECKED bool journal_walk(uint64_t *ret_entries, const char *path, const struct journal_walk *walk,
                          struct err *e);

#endif
