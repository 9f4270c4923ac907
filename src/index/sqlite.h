/*
 * The SQLite driver's insides, for its files alone: the connection, its statements by number, and
 * what rows become.
 */
#ifndef SEALWARD_INDEX_SQLITE_H
#define SEALWARD_INDEX_SQLITE_H

#include "index/database.h"
#include "index/index.h"

enum sqlite_statement {
    PUT,
    MARK,
    SIZE,
    BY_NUMBER,
    BY_LEAF,
    LIST,
    LIST_TYPE,
    SEARCH,
    ACT,
    STORY,
    STORY_WIDE,
    APPROVERS,
    TIME_OF,
    WORD_PUT,
    WORD_GET,
    GRANT_PUT,
    GRANT_GET,
    ARTIFACT_PUT,
    ARTIFACT_NEXT,
    SIGNATURE_PUT,
    TALLY,
    BIND,
    CERTIFICATE_PUT,
    CERTIFICATE_GET,
    TALLIES, /* one a scope from here on */
    SIGNED = TALLIES + INDEX_SCOPES,
    CUT = SIGNED + INDEX_SCOPES,
    SQLITE_STATEMENTS = CUT + INDEX_SCOPES,
};

struct sqlite {
    struct index base;
    struct database db;
    int64_t next; /* number of the next put; -1 outside a transaction */
};

static inline struct sqlite *sqlite_of(struct index *ix)
{
    return (struct sqlite *)ix;
}

extern const char *const sqlite_statements[SQLITE_STATEMENTS];

CHECKED bool sqlite_page_check(size_t limit, struct err *e);

/* All rows of a statement that is ready to run, at most `limit`. */
CHECKED bool sqlite_rows_get(struct sqlite *s, struct sqlite3_stmt *q, size_t limit,
                             struct index_entries *ret, struct arena *a, struct err *e);

/* sqlite_signed.c: writing; sqlite_account.c: reading */
bool sqlite_put_grant(struct index *ix, const struct index_grant *grant, struct err *e);
bool sqlite_put_signatures(struct index *ix, const struct index_signatures *signatures,
                           struct err *e);
bool sqlite_put_binding(struct index *ix, const struct index_binding *binding, struct err *e);
bool sqlite_put_certificate(struct index *ix, const struct index_certificate *certificate,
                            struct err *e);
bool sqlite_totals(struct index *ix, const struct index_which *which, struct index_totals *ret,
                   struct arena *a, struct err *e);
bool sqlite_signatures(struct index *ix, const struct index_signed *query,
                       struct index_signature_list *ret, struct arena *a, struct err *e);
bool sqlite_cuts(struct index *ix, const struct index_which *which, int64_t from,
                 struct index_cuts *ret, struct arena *a, struct err *e);
bool sqlite_certificate(struct index *ix, int64_t number, struct index_certificate *ret,
                        struct arena *a, struct err *e);

#endif
