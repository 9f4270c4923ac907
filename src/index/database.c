#include "index/database.h"

#include "base/file.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* How long a writer waits for another one; readers never wait (WAL). */
#define BUSY_MS 10000

bool database_damaged(const struct database *db, const char *how, struct err *e)
{
    err_set(e, ERR_DAMAGED, "%s %s: %s", db->kind->what, db->path, how);
    return err_hint(e, "%s", db->kind->remedy);
}

static enum err_code code_of(int outcome)
{
    switch (outcome & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_NOMEM:
        return ERR_MEMORY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ERR_IO;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    default:
        return ERR_INTERNAL;
    }
}

bool database_failed(const struct database *db, struct err *e)
{
    int outcome = sqlite3_extended_errcode(db->handle);
    if ((outcome & 0xff) == SQLITE_CORRUPT || (outcome & 0xff) == SQLITE_NOTADB)
        return database_damaged(db, sqlite3_errmsg(db->handle), e);
    return err_set(e, code_of(outcome), "%s %s: %s", db->kind->what, db->path,
                   sqlite3_errmsg(db->handle));
}

/* --- Opening ---------------------------------------------------------------------------------- */

void database_done(struct database *db)
{
    for (size_t i = 0; i < DATABASE_STATEMENTS_MAX; i++)
        (void)sqlite3_finalize(db->statements[i]);
    (void)sqlite3_close(db->handle);
    free(db->path);
    *db = (struct database){0};
}

/* SQLite would make the file readable for others. */
static bool file_prepare(const char *path, enum database_access access, struct err *e)
{
    AUTO(file) f = NULL;
    enum file_access how = access == DATABASE_WRITE ? FILE_OPEN : FILE_READ_WRITE;
    return file_open(&f, path, how, FILE_REGULAR, 0600, e);
}

static bool settings_make(struct database *db, enum database_access access, struct err *e)
{
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    if (!database_run(db, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;", e))
        return false;
    if (access == DATABASE_READ)
        return database_run(db, "PRAGMA query_only=ON;", e);
    return database_run(db,
                        db->kind->durable ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                                            "PRAGMA secure_delete=ON;"
                                          : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                        e);
}

bool database_open(struct database *ret, const struct database_kind *kind, const char *path,
                   enum database_access access, struct err *e)
{
    if (!file_prepare(path, access, e))
        return err_wrap(e, "%s", kind->what);
    struct database db = {.kind = kind, .path = strdup(path)};
    if (db.path == NULL)
        return err_set(e, ERR_MEMORY, "out of memory opening %s", kind->what);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    bool ok =
        sqlite3_open_v2(path, &db.handle, flags, NULL) == SQLITE_OK || database_failed(&db, e);
    if (ok && settings_make(&db, access, e)) {
        *ret = db;
        return true;
    }
    database_done(&db);
    return false;
}

bool database_check(struct database *db, struct err *e)
{
    sqlite3_stmt *s = NULL;
    char how[120];
    if (sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK)
        return database_failed(db, e);
    int outcome = sqlite3_step(s);
    const char *text = outcome == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    (void)sqlite3_snprintf(sizeof how, how, "%s", text != NULL ? text : "it cannot be checked");
    if (outcome != SQLITE_ROW)
        database_failed(db, e);
    else if (strcmp(how, "ok") != 0)
        database_damaged(db, how, e);
    (void)sqlite3_finalize(s);
    return outcome == SQLITE_ROW && strcmp(how, "ok") == 0;
}

/* --- Statements ------------------------------------------------------------------------------- */

bool database_run(struct database *db, const char *sql, struct err *e)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return database_failed(db, e);
}

void database_rollback(struct database *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool database_integer(struct database *db, const char *sql, int64_t *ret, struct err *e)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL) != SQLITE_OK)
        return database_failed(db, e);
    bool ok = sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *ret = sqlite3_column_int64(s, 0);
    else
        database_failed(db, e);
    (void)sqlite3_finalize(s);
    return ok;
}

bool database_use(struct database *db, size_t which, struct sqlite3_stmt **ret, struct err *e)
{
    sqlite3_stmt **s = &db->statements[which];
    if (*s == NULL && sqlite3_prepare_v3(db->handle, db->kind->statements[which], -1,
                                         SQLITE_PREPARE_PERSISTENT, s, NULL) != SQLITE_OK)
        return database_failed(db, e);
    database_stop(*s);
    *ret = *s;
    return true;
}

void database_stop(struct sqlite3_stmt *s)
{
    (void)sqlite3_reset(s);
    (void)sqlite3_clear_bindings(s);
}

/* Binding fails only for places that the statement does not have and for bytes over SQLite's limit
 * of 1 GB; the step then fails or finds NULL against NOT NULL. */
void database_put_integer(struct sqlite3_stmt *s, int place, int64_t value)
{
    (void)sqlite3_bind_int64(s, place, value);
}

void database_put_text(struct sqlite3_stmt *s, int place, struct bytes text)
{
    if (text.data != NULL)
        (void)sqlite3_bind_text64(s, place, (const char *)text.data, text.size, SQLITE_STATIC,
                                  SQLITE_UTF8);
}

void database_put_blob(struct sqlite3_stmt *s, int place, struct bytes bytes)
{
    if (bytes.data != NULL)
        (void)sqlite3_bind_blob64(s, place, bytes.data, bytes.size, SQLITE_STATIC);
}

bool database_step(struct database *db, struct sqlite3_stmt *s, bool *ret_row, struct err *e)
{
    int outcome = sqlite3_step(s);
    if (outcome == SQLITE_ROW || outcome == SQLITE_DONE)
        *ret_row = outcome == SQLITE_ROW;
    else
        database_failed(db, e);
    if (outcome != SQLITE_ROW)
        database_stop(s);
    return outcome == SQLITE_ROW || outcome == SQLITE_DONE;
}

bool database_do(struct database *db, struct sqlite3_stmt *s, struct err *e)
{
    bool row = false;
    if (!database_step(db, s, &row, e))
        return false;
    if (row)
        database_stop(s);
    return true;
}

int64_t database_get_integer(struct sqlite3_stmt *s, int column)
{
    return sqlite3_column_int64(s, column);
}

bool database_get_bytes(struct sqlite3_stmt *s, int column, struct bytes *ret, struct arena *a,
                        struct err *e)
{
    if (sqlite3_column_type(s, column) == SQLITE_NULL) {
        *ret = BYTES_NONE;
        return true;
    }
    const void *data = sqlite3_column_blob(s, column);
    size_t size = (size_t)sqlite3_column_bytes(s, column);
    struct bytes copy = arena_copy(a, bytes_make(data, size));
    if (copy.data == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    *ret = copy;
    return true;
}
