/*
 * A bell: any thread rings it, one thread hears it. Rings that nobody has heard yet are one.
 */
#ifndef SEALWARD_SERVICE_BELL_H
#define SEALWARD_SERVICE_BELL_H

#include "base/auto.h"
#include "base/err.h"

#include <stdint.h>

struct bell {
    int fd; /* readable while it rings; -1: none */
};

#define BELL_NONE ((struct bell){.fd = -1})

CHECKED bool bell_init(struct bell *b, struct err *e);
void bell_done(struct bell *b);
AUTO_DONE(bell)

void bell_ring(struct bell *b);
void bell_clear(struct bell *b);

/* Waits until it rings, at most so many milliseconds, and clears it. */
void bell_wait(struct bell *b, int64_t milliseconds);

#endif
