#include "index/kept.h"

#include "index/database.h"
#include "index/schema.h"

#include <stdlib.h>

enum statement {
    NAME_PUT,
    NAME_GET,
    NAME_ERASE,
    NAME_LIST,
    REFUSAL_PUT,
    REFUSAL_TRIM,
    REFUSAL_LIST,
    COPY,
    CONFIRMATION_PUT,
    CONFIRMATION_TRIM,
    CONFIRMATION_NEWEST,
    CONFIRMATION_FROM,
    PUBLISHED_PUT,
    PUBLISHED_FROM,
};

#define CONFIRMATION_COLUMNS "endpoint, number, first_ms, last_ms, list, size, text"

static const char *const statements[] = {
    [NAME_PUT] = ("INSERT OR REPLACE INTO names (handle, name, salt) VALUES (?1, ?2, ?3)"),
    [NAME_GET] = ("SELECT handle, name, salt FROM names WHERE handle = ?1"),
    [NAME_ERASE] = ("DELETE FROM names WHERE handle = ?1"),
    [NAME_LIST] =
        ("SELECT handle, name, salt FROM names WHERE handle > ?1 ORDER BY handle LIMIT ?2"),
    [REFUSAL_PUT] =
        ("INSERT INTO refusals (time_ms, actor, rule, message) VALUES (?1, ?2, ?3, ?4)"),
    [REFUSAL_TRIM] = ("DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?1"),
    [REFUSAL_LIST] = ("SELECT id, time_ms, actor, rule, message FROM refusals"
                      " WHERE id < ?1 AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR rule = ?3)"
                      " ORDER BY id DESC LIMIT ?4"),
    [COPY] = ("VACUUM INTO ?1"),
    [CONFIRMATION_PUT] =
        ("INSERT INTO confirmations (" CONFIRMATION_COLUMNS ") VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)"
         " ON CONFLICT DO UPDATE SET last_ms = ?3, size = max(size, ?5), text = ?6"),
    [CONFIRMATION_TRIM] =
        ("DELETE FROM confirmations WHERE endpoint = ?1 AND number <="
         " (SELECT number FROM confirmations WHERE endpoint = ?1 ORDER BY number DESC"
         " LIMIT 1 OFFSET ?2)"),
    [CONFIRMATION_NEWEST] = ("SELECT " CONFIRMATION_COLUMNS " FROM confirmations"
                             " WHERE endpoint = ?1 ORDER BY number DESC LIMIT 1"),
    [CONFIRMATION_FROM] = ("SELECT " CONFIRMATION_COLUMNS " FROM confirmations"
                           " WHERE endpoint = ?1 AND number >= ?2 ORDER BY number LIMIT 1"),
    [PUBLISHED_PUT] =
        ("INSERT OR IGNORE INTO published (number, time_ms, list) VALUES (?1, ?2, ?3)"),
    [PUBLISHED_FROM] = ("SELECT number, time_ms, list FROM published WHERE number >= ?1"
                        " ORDER BY number LIMIT 1"),
};

_Static_assert(sizeof statements / sizeof statements[0] <= DATABASE_STATEMENTS_MAX,
               "the statements have a place each");

static const struct database_kind kind = {
    .what = "the file of names, refusals and confirmations",
    .remedy = "stop the daemon and restore this file from the newest backup; it cannot be rebuilt",
    .durable = true,
    .statements = statements,
};

struct kept {
    struct database db;
};

void kept_free(struct kept *k)
{
    if (k == NULL)
        return;
    database_done(&k->db);
    free(k);
}

bool kept_open(struct kept **ret, const char *path, struct err *e)
{
    AUTO(kept) k = calloc(1, sizeof *k);
    if (k == NULL)
        return err_set(e, ERR_MEMORY, "out of memory opening %s", kind.what);
    if (!database_open(&k->db, &kind, path, DATABASE_WRITE, e) ||
        !schema_upgrade(&k->db, &schema_kept, e) || !database_check(&k->db, e))
        return false;
    *ret = TAKE(k);
    return true;
}

bool kept_copy(struct kept *k, const char *path, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, COPY, &q, e))
        return false;
    database_put_text(q, 1, bytes_text(path));
    return database_do(&k->db, q, e);
}

/* --- Names ------------------------------------------------------------------------------------ */

/* Overwriting in the file is not enough: the write-ahead log holds older pages until it is emptied.
 */
static bool log_empty(struct kept *k, struct err *e)
{
    int64_t busy = 0;
    if (!database_integer(&k->db, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, e))
        return false;
    if (busy == 0)
        return true;
    err_set(e, ERR_BUSY, "the name is erased, but older copies of it wait for a reader to finish");
    return err_hint(e, "erase it again");
}

bool kept_name_put(struct kept *k, const struct kept_name *name, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, NAME_PUT, &q, e))
        return false;
    database_put_text(q, 1, name->handle);
    database_put_text(q, 2, name->name);
    database_put_blob(q, 3, name->salt);
    return database_do(&k->db, q, e);
}

static bool name_row(struct sqlite3_stmt *q, struct kept_name *ret, struct arena *a, struct err *e)
{
    struct kept_name name = {0};
    if (!database_get_bytes(q, 0, &name.handle, a, e) ||
        !database_get_bytes(q, 1, &name.name, a, e) || !database_get_bytes(q, 2, &name.salt, a, e))
        return false;
    *ret = name;
    return true;
}

bool kept_name_get(struct kept *k, struct bytes handle, struct kept_name *ret, struct arena *a,
                   struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    bool row = false;
    if (!database_use(&k->db, NAME_GET, &q, e))
        return false;
    database_put_text(q, 1, handle);
    if (!database_step(&k->db, q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "no name is kept for %.*s", BYTES_PRINT(handle));
    bool ok = name_row(q, ret, a, e);
    database_stop(q);
    return ok;
}

bool kept_name_list(struct kept *k, struct bytes after, size_t limit, struct kept_names *ret,
                    struct arena *a, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    struct kept_names names = {0};
    bool row = false;
    if (limit == 0 || limit > KEPT_PAGE_MAX)
        return err_set(e, ERR_INTERNAL, "a page has 1 to %d names", KEPT_PAGE_MAX);
    names.list = arena_alloc(a, limit * sizeof *names.list);
    if (names.list == NULL)
        return err_set(e, ERR_LIMIT, "out of memory for a page of names");
    if (!database_use(&k->db, NAME_LIST, &q, e))
        return false;
    database_put_text(q, 1, after.data == NULL ? bytes_text("") : after);
    database_put_integer(q, 2, (int64_t)limit);
    while (database_step(&k->db, q, &row, e)) {
        if (!row) {
            *ret = names;
            return true;
        }
        if (!name_row(q, &names.list[names.count], a, e))
            break;
        names.count++;
    }
    database_stop(q);
    return false;
}

bool kept_name_erase(struct kept *k, struct bytes handle, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, NAME_ERASE, &q, e))
        return false;
    database_put_text(q, 1, handle);
    return database_do(&k->db, q, e) && log_empty(k, e);
}

/* --- Refusals --------------------------------------------------------------------------------- */

static struct bytes text_or_empty(struct bytes text)
{
    return text.data != NULL ? text : bytes_text("");
}

static bool refusal_insert(struct kept *k, const struct kept_refusal *refusal, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, REFUSAL_PUT, &q, e))
        return false;
    database_put_integer(q, 1, refusal->time_ms);
    database_put_text(q, 2, text_or_empty(refusal->actor));
    database_put_text(q, 3, text_or_empty(refusal->rule));
    database_put_text(q, 4, text_or_empty(refusal->message));
    return database_do(&k->db, q, e);
}

static bool refusals_trim(struct kept *k, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, REFUSAL_TRIM, &q, e))
        return false;
    database_put_integer(q, 1, KEPT_REFUSALS_MAX);
    return database_do(&k->db, q, e);
}

bool kept_refusal_put(struct kept *k, const struct kept_refusal *refusal, struct err *e)
{
    if (!database_run(&k->db, "BEGIN IMMEDIATE", e))
        return false;
    if (refusal_insert(k, refusal, e) && refusals_trim(k, e) && database_run(&k->db, "COMMIT", e))
        return true;
    database_rollback(&k->db);
    return false;
}

static bool refusal_get(struct sqlite3_stmt *q, struct kept_refusal *ret, struct arena *a,
                        struct err *e)
{
    ret->id = database_get_integer(q, 0);
    ret->time_ms = database_get_integer(q, 1);
    return database_get_bytes(q, 2, &ret->actor, a, e) &&
           database_get_bytes(q, 3, &ret->rule, a, e) &&
           database_get_bytes(q, 4, &ret->message, a, e);
}

bool kept_refusal_list(struct kept *k, const struct kept_query *query, struct kept_refusals *ret,
                       struct arena *a, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (query->limit < 1 || query->limit > KEPT_PAGE_MAX)
        return err_set(e, ERR_LIMIT, "a page has 1 to %d rows, not %zu", KEPT_PAGE_MAX,
                       query->limit);
    if (!database_use(&k->db, REFUSAL_LIST, &q, e))
        return false;
    database_put_integer(q, 1, query->before);
    database_put_text(q, 2, query->actor);
    database_put_text(q, 3, query->rule);
    database_put_integer(q, 4, (int64_t)query->limit);
    struct kept_refusals rows = {.list = arena_alloc(a, query->limit * sizeof *rows.list)};
    if (rows.list == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    for (bool row = true; row;) {
        if (!database_step(&k->db, q, &row, e))
            return false;
        if (row && !refusal_get(q, &rows.list[rows.count++], a, e)) {
            database_stop(q);
            return false;
        }
    }
    *ret = rows;
    return true;
}

/* --- Confirmations ---------------------------------------------------------------------------- */

static bool confirmation_insert(struct kept *k, const struct kept_confirmation *c, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, CONFIRMATION_PUT, &q, e))
        return false;
    database_put_text(q, 1, c->endpoint);
    database_put_integer(q, 2, c->number);
    database_put_integer(q, 3, c->first_ms);
    database_put_blob(q, 4, c->list);
    database_put_integer(q, 5, c->size);
    database_put_blob(q, 6, c->text);
    return database_do(&k->db, q, e);
}

static bool confirmations_trim(struct kept *k, struct bytes endpoint, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, CONFIRMATION_TRIM, &q, e))
        return false;
    database_put_text(q, 1, endpoint);
    database_put_integer(q, 2, KEPT_CONFIRMATIONS_MAX);
    return database_do(&k->db, q, e);
}

bool kept_confirmation_put(struct kept *k, const struct kept_confirmation *confirmation,
                           struct err *e)
{
    if (!database_run(&k->db, "BEGIN IMMEDIATE", e))
        return false;
    if (confirmation_insert(k, confirmation, e) &&
        confirmations_trim(k, confirmation->endpoint, e) && database_run(&k->db, "COMMIT", e))
        return true;
    database_rollback(&k->db);
    return false;
}

static bool confirmation_get(struct kept *k, struct sqlite3_stmt *q, struct kept_confirmation *ret,
                             struct arena *a, struct err *e)
{
    struct kept_confirmation c = {.number = 0};
    bool row = false;
    if (!database_step(&k->db, q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "no such confirmation is kept");
    c.number = database_get_integer(q, 1);
    c.first_ms = database_get_integer(q, 2);
    c.last_ms = database_get_integer(q, 3);
    c.size = database_get_integer(q, 5);
    bool ok = database_get_bytes(q, 0, &c.endpoint, a, e) &&
              database_get_bytes(q, 4, &c.list, a, e) && database_get_bytes(q, 6, &c.text, a, e);
    database_stop(q);
    if (ok)
        *ret = c;
    return ok;
}

bool kept_confirmation_newest(struct kept *k, struct bytes endpoint, struct kept_confirmation *ret,
                              struct arena *a, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, CONFIRMATION_NEWEST, &q, e))
        return false;
    database_put_text(q, 1, endpoint);
    return confirmation_get(k, q, ret, a, e);
}

bool kept_confirmation_from(struct kept *k, struct bytes endpoint, int64_t number,
                            struct kept_confirmation *ret, struct arena *a, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, CONFIRMATION_FROM, &q, e))
        return false;
    database_put_text(q, 1, endpoint);
    database_put_integer(q, 2, number);
    return confirmation_get(k, q, ret, a, e);
}

/* --- Publications ----------------------------------------------------------------------------- */

bool kept_published_put(struct kept *k, const struct kept_published *published, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&k->db, PUBLISHED_PUT, &q, e))
        return false;
    database_put_integer(q, 1, published->number);
    database_put_integer(q, 2, published->time_ms);
    database_put_blob(q, 3, published->list);
    return database_do(&k->db, q, e);
}

bool kept_published_from(struct kept *k, int64_t number, struct kept_published *ret,
                         struct arena *a, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    struct kept_published found = {.number = 0};
    bool row = false;
    if (!database_use(&k->db, PUBLISHED_FROM, &q, e))
        return false;
    database_put_integer(q, 1, number);
    if (!database_step(&k->db, q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "no such publication is kept");
    found.number = database_get_integer(q, 0);
    found.time_ms = database_get_integer(q, 1);
    bool ok = database_get_bytes(q, 2, &found.list, a, e);
    database_stop(q);
    if (ok)
        *ret = found;
    return ok;
}
