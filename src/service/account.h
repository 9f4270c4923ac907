/*
 * The account of what was signed: who is hit if something is not to be trusted any more, what falls
 * with an effective time and what stays, and the whole story of a thing. All of it from the index,
 * as canonical JSON.
 *
 * Any thread. What it does not do: say what is revoked already (service/propagation does).
 */
#ifndef SEALWARD_SERVICE_ACCOUNT_H
#define SEALWARD_SERVICE_ACCOUNT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "service/search.h"

/* Which signatures: by a word ("key", "certificate", "path", "grant", "artifact", "signature",
 * "person", "workload") and an id as the API has it. */
struct account_query {
    struct bytes kind;
    struct bytes id;
    int64_t effective;       /* of account_what_if; milliseconds */
    struct index_hit before; /* INDEX_FROM_NEWEST, or the last row seen */
    size_t limit;            /* rows; 1 to SEARCH_LIMIT_MAX */
};

/* What it signed: totals by path and month, and the newest signatures. `endpoints` is JSON that
 * becomes the member of that name (service/propagation). */
CHECKED bool account_radius(struct search *s, const struct account_query *query,
                            struct bytes endpoints, struct buf *b, struct err *e);

/* What falls if it is revoked from `effective` on, and what stays. */
CHECKED bool account_what_if(struct search *s, const struct account_query *query, struct buf *b,
                             struct err *e);

struct story_query {
    struct bytes kind; /* "key", "certificate", "signer", "path", "workload", "person", "endpoint",
                          "artifact" */
    struct bytes id;
    int64_t after; /* -1: from the beginning */
    size_t limit;
};

/* The entries that concern it, oldest first. */
CHECKED bool account_story(struct search *s, const struct story_query *query, struct buf *b,
                           struct err *e);

#endif
