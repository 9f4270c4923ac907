/*
 * Values of a call's path and query, read with their limits. ERR_INPUT names the parameter. Pure.
 */
#ifndef SEALWARD_HTTP_PARAMETERS_H
#define SEALWARD_HTTP_PARAMETERS_H

#include "base/auto.h"
#include "base/err.h"
#include "http/target.h"
#include "service/search.h"

/* A number of the query, at least `least` and at most `most`; `otherwise` if it is not given. */
CHECKED bool parameter_number(int64_t *ret, const struct target *t, const char *name, int64_t least,
                              int64_t most, int64_t otherwise, struct err *e);

/* "limit": 1 to `most`. */
CHECKED bool parameter_limit(size_t *ret, const struct target *t, size_t most, size_t otherwise,
                             struct err *e);

/* "before": "ENTRY-ITEM", the last row of the page before; else from the newest on. */
CHECKED bool parameter_before(struct index_hit *ret, const struct target *t, struct err *e);

/* A parameter that must be given. */
CHECKED bool parameter_text(struct bytes *ret, const struct target *t, const char *name,
                            struct err *e);

/* A leaf hash in a path. */
CHECKED bool parameter_leaf(uint8_t ret[32], struct bytes text, struct err *e);

/* An entry in a path: its number or its leaf hash. */
CHECKED bool parameter_entry(struct entry_name *ret, struct bytes text, struct err *e);

#endif
