/*
 * How long to leave something alone that has failed: a second at first, twice as long each time, a
 * minute at most. Milliseconds of the monotonic clock, given by the caller.
 */
#ifndef SEALWARD_KEEPER_PAUSE_H
#define SEALWARD_KEEPER_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing has failed. */
struct pause {
    int64_t until;
    int64_t length;
};

void pause_begin(struct pause *p, int64_t now);
void pause_end(struct pause *p);
bool pause_lasts(const struct pause *p, int64_t now);

#endif
