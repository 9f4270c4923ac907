/*
 * Fills the index: what each entry is and can be found by. Compares what stands there already with
 * what the keeper gives, so that an index that was edited shows.
 *
 * One thread, the follower's. What it does not do: ask the index (service/search does).
 */
#ifndef SEALWARD_SERVICE_CATALOG_H
#define SEALWARD_SERVICE_CATALOG_H

#include "base/auto.h"
#include "base/err.h"
#include "index/index.h"
#include "rules/trace.h"

struct catalog;

/* Opens the index at `path`; one that is damaged is deleted and made anew, which *ret_rebuilt says.
 * `path` must outlive it. */
CHECKED bool catalog_open(struct catalog **ret, const char *path, bool *ret_rebuilt, struct err *e);
void catalog_free(struct catalog *c);
AUTO_FREE(catalog)

/* Entries in the index. */
int64_t catalog_size(const struct catalog *c);

/* Begins and ends a page of entries, which become visible together. After a failure of any of these
 * the page is gone: begin it again. */
CHECKED bool catalog_begin(struct catalog *c, struct err *e);
CHECKED bool catalog_commit(struct catalog *c, struct err *e);
void catalog_rollback(struct catalog *c);

/* Adds the entry and what it signs, or compares it if the index has it; then the trace may be NULL.
 * ERR_DAMAGED: the index has another one. */
CHECKED bool catalog_put(struct catalog *c, const struct entry *entry, const struct trace *trace,
                         struct err *e);

/* Empties the index. */
CHECKED bool catalog_wipe(struct catalog *c, struct err *e);

#endif
