/*
 * Memory for what is decoded from one text and thrown away together. Has a maximum, so that no
 * input can make it grow without bound. arena_alloc returns zeroed memory, aligned for any type,
 * or NULL when the maximum is reached or memory runs out.
 */
#ifndef SEALWARD_BASE_ARENA_H
#define SEALWARD_BASE_ARENA_H

#include "base/auto.h"
#include "base/bytes.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t used; /* bytes handed out in all */
    size_t max;
    size_t step; /* bytes asked of the system at a time, at least; 0: a page */
};

#define ARENA(maximum) ((struct arena){.chunks = 0, .used = 0, .max = (maximum)})

void arena_done(struct arena *a);
AUTO_DONE(arena)

void *arena_alloc(struct arena *a, size_t size);

/* A copy of the bytes, with a NUL behind it that is not counted; data NULL on failure. */
struct bytes arena_copy(struct arena *a, struct bytes bytes);

#endif
