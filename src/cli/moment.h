/*
 * Times and durations as people write them on the command line.
 */
#ifndef SEALWARD_CLI_MOMENT_H
#define SEALWARD_CLI_MOMENT_H

#include "base/auto.h"
#include "base/err.h"

#include <stdint.h>

/* "now", "always" (0: from the beginning), "2026-03-01T12:00:00Z", "2026-03-01", milliseconds since
 * 1970, or a duration such as "36h": that long ago. Milliseconds; ERR_INPUT with the usage rule. */
CHECKED bool moment_take(int64_t *ret, const char *option, const char *text, int64_t now,
                         struct err *e);

/* The same, a duration being that long from now. */
CHECKED bool moment_take_ahead(int64_t *ret, const char *option, const char *text, int64_t now,
                               struct err *e);

/* A duration in milliseconds. */
CHECKED bool moment_duration(int64_t *ret, const char *option, const char *text, struct err *e);

#endif
