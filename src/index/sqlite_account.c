/* What was signed for whom, as it is asked for. */
#include "index/sqlite.h"

static bool which_use(struct sqlite *s, enum sqlite_statement first,
                      const struct index_which *which, struct sqlite3_stmt **ret, struct err *e)
{
    if (!database_use(&s->db, (size_t)first + which->scope, ret, e))
        return false;
    if (which->key.data != NULL)
        database_put_blob(*ret, 1, which->key);
    database_put_integer(*ret, 2, which->number);
    return true;
}

static void *rows_alloc(size_t count, size_t size, struct arena *a, struct err *e)
{
    void *rows = arena_alloc(a, count * size);
    if (rows == NULL)
        (void)err_set(e, ERR_LIMIT, "no room left for what is read");
    return rows;
}

/* --- Totals ----------------------------------------------------------------------------------- */

static bool total_get(struct sqlite3_stmt *q, struct index_total *ret, struct arena *a,
                      struct err *e)
{
    ret->month = database_get_integer(q, 1);
    ret->count = database_get_integer(q, 2);
    ret->first_ms = database_get_integer(q, 3);
    ret->last_ms = database_get_integer(q, 4);
    return database_get_bytes(q, 0, &ret->path, a, e);
}

bool sqlite_totals(struct index *ix, const struct index_which *which, struct index_totals *ret,
                   struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct index_totals totals = {.list = rows_alloc(INDEX_TOTALS_MAX, sizeof *totals.list, a, e)};
    bool row = true;
    if (totals.list == NULL || !which_use(s, TALLIES, which, &q, e))
        return false;
    database_put_integer(q, 3, INDEX_TOTALS_MAX);
    while (database_step(&s->db, q, &row, e)) {
        if (!row) {
            *ret = totals;
            return true;
        }
        if (!total_get(q, &totals.list[totals.count++], a, e))
            break;
    }
    database_stop(q);
    return false;
}

bool sqlite_cuts(struct index *ix, const struct index_which *which, int64_t from,
                 struct index_cuts *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct index_cuts cuts = {.list = rows_alloc(INDEX_TOTALS_MAX, sizeof *cuts.list, a, e)};
    bool row = true;
    if (cuts.list == NULL || !which_use(s, CUT, which, &q, e))
        return false;
    database_put_integer(q, 3, from);
    database_put_integer(q, 4, INDEX_TOTALS_MAX);
    while (database_step(&s->db, q, &row, e)) {
        if (!row) {
            *ret = cuts;
            return true;
        }
        struct index_cut *cut = &cuts.list[cuts.count++];
        cut->count = database_get_integer(q, 1);
        if (!database_get_bytes(q, 0, &cut->path, a, e))
            break;
    }
    database_stop(q);
    return false;
}

/* --- Signatures ------------------------------------------------------------------------------- */

static bool artifact_get(struct sqlite3_stmt *q, struct index_signature *ret, struct arena *a,
                         struct err *e)
{
    if (!database_get_bytes(q, 11, &ret->artifact.name, a, e) ||
        !database_get_bytes(q, 12, &ret->artifact.format, a, e) ||
        !database_get_bytes(q, 13, &ret->artifact.algorithm, a, e) ||
        !database_get_bytes(q, 14, &ret->artifact.digest, a, e))
        return false;
    ret->bound = ret->artifact.name.data != NULL;
    return true;
}

static bool signature_get(struct sqlite3_stmt *q, struct index_signature *ret, struct arena *a,
                          struct err *e)
{
    *ret = (struct index_signature){.entry = database_get_integer(q, 0),
                                    .item = database_get_integer(q, 1),
                                    .time_ms = database_get_integer(q, 2),
                                    .certificate = database_get_integer(q, 3),
                                    .grant_entry = database_get_integer(q, 7)};
    return database_get_bytes(q, 4, &ret->key, a, e) && database_get_bytes(q, 5, &ret->tbs, a, e) &&
           database_get_bytes(q, 6, &ret->grant, a, e) &&
           database_get_bytes(q, 8, &ret->path, a, e) &&
           database_get_bytes(q, 9, &ret->signer, a, e) &&
           database_get_bytes(q, 10, &ret->actor, a, e) && artifact_get(q, ret, a, e);
}

bool sqlite_signatures(struct index *ix, const struct index_signed *query,
                       struct index_signature_list *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct index_signature_list rows = {.list = NULL};
    bool row = true;
    if (!sqlite_page_check(query->limit, e) || !which_use(s, SIGNED, &query->which, &q, e))
        return false;
    rows.list = rows_alloc(query->limit, sizeof *rows.list, a, e);
    if (rows.list == NULL)
        return false;
    database_put_integer(q, 3, query->before.entry);
    database_put_integer(q, 4, query->before.item);
    database_put_integer(q, 5, query->from);
    database_put_integer(q, 6, (int64_t)query->limit);
    while (database_step(&s->db, q, &row, e)) {
        if (!row) {
            *ret = rows;
            return true;
        }
        if (!signature_get(q, &rows.list[rows.count++], a, e))
            break;
    }
    database_stop(q);
    return false;
}

/* --- Certificates ----------------------------------------------------------------------------- */

bool sqlite_certificate(struct index *ix, int64_t number, struct index_certificate *ret,
                        struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct index_certificate found = {.number = number};
    bool row = false;
    if (!database_use(&s->db, CERTIFICATE_GET, &q, e))
        return false;
    database_put_integer(q, 1, number);
    if (!database_step(&s->db, q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "there is no certificate of that number");
    bool ok =
        database_get_bytes(q, 0, &found.serial, a, e) && database_get_bytes(q, 1, &found.key, a, e);
    database_stop(q);
    if (ok)
        *ret = found;
    return ok;
}
