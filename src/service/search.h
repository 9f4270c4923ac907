/*
 * Reads of the record through the index, as canonical JSON. Each read takes one of a few
 * connections, as many as there are threads that ask.
 *
 * Any thread. What it does not do: write to the index (service/catalog does).
 */
#ifndef SEALWARD_SERVICE_SEARCH_H
#define SEALWARD_SERVICE_SEARCH_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "index/index.h"

/* The most that one answer may be. */
#define SEARCH_ANSWER_MAX (16u << 20)
#define SEARCH_LIMIT 100
#define SEARCH_LIMIT_MAX 1000

struct search;

/* The index at `path` must have been opened by its writer; 1 to 64 readers. */
CHECKED bool search_open(struct search **ret, const char *path, size_t readers, struct err *e);
void search_free(struct search *s);
AUTO_FREE(search)

/* How an entry is named: by its number, or by its leaf hash if `by_leaf`. */
struct entry_name {
    bool by_leaf;
    int64_t number;
    uint8_t leaf[32];
};

struct entries_query {
    struct bytes type; /* absent: any */
    int64_t before;    /* numbers below this */
    size_t limit;      /* 1 to SEARCH_LIMIT_MAX */
};

struct marks_query {
    struct bytes kind; /* "artifact", ... */
    struct bytes key;
    int64_t before;
    size_t limit;
};

/* {"entries":[...]}, newest first. */
CHECKED bool search_entries(struct search *s, const struct entries_query *query, struct buf *b,
                            struct err *e);
CHECKED bool search_marks(struct search *s, const struct marks_query *query, struct buf *b,
                          struct err *e);

/* One entry with its text. ERR_NOT_FOUND. */
CHECKED bool search_entry(struct search *s, const struct entry_name *name, struct buf *b,
                          struct err *e);

/* The number and the text of an entry; the text lives in the arena. ERR_NOT_FOUND. */
CHECKED bool search_text(struct search *s, const struct entry_name *name, int64_t *ret_number,
                         struct bytes *ret_text, struct arena *a, struct err *e);

/* --- For other questions to the index (service/account) --------------------------------------- */

/* A connection, to be given back. ERR_BUSY if all are in use. */
CHECKED bool search_take(struct search *s, struct index **ret, struct err *e);
void search_give(struct search *s, struct index *ix);

#endif
