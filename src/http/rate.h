/*
 * How often each address may ask for something dear: so many a second, and a short burst. A table
 * of fixed size; when it is full, the address that has been quiet longest is forgotten, which gives
 * it its burst again.
 *
 * Any thread. What it does not do: know networks; an address is its bytes (of IPv6 the first 8, the
 * network that one site has).
 */
#ifndef SEALWARD_HTTP_RATE_H
#define SEALWARD_HTTP_RATE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stdint.h>

/* Seconds' worth that may come at once. */
enum { RATE_BURST = 5, RATE_PLACES = 4096 };

struct rate;

CHECKED bool rate_new(struct rate **ret, unsigned per_second, struct err *e);
void rate_free(struct rate *r);
AUTO_FREE(rate)

/* Whether that address may ask now; if so, it is counted. `now_ms` is clock_monotonic_ms(). */
bool rate_take(struct rate *r, struct bytes address, int64_t now_ms);

#endif
