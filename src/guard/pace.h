/* How long a guard waits before it asks again. Pure. */
#ifndef SEALWARD_GUARD_PACE_H
#define SEALWARD_GUARD_PACE_H

#include <stdint.h>

/* Milliseconds until the next round after so many failures in a row, given a random number. After a
 * success the interval, a tenth more or less, so that endpoints do not come all at once. After
 * failures half to all of a second, doubled with each, but no more than the interval. */
int64_t pace_wait(int64_t interval, unsigned failures, uint32_t random);

#endif
