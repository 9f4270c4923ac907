/*
 * SQLite as this room uses it: opening with the settings we rely on, and its errors as ours. Not
 * for other rooms.
 *
 * Threads: a database belongs to one thread at a time; SQLite is opened without its own locks.
 * Ownership: statements live as long as their database and are finished with it.
 */
#ifndef SEALWARD_INDEX_DATABASE_H
#define SEALWARD_INDEX_DATABASE_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct sqlite3;
struct sqlite3_stmt;

/* What is fixed for each of our two files. */
struct database_kind {
    const char *what;   /* "the index", for messages */
    const char *remedy; /* what to do when the file is damaged; after its path */
    bool durable;       /* synchronous=FULL, and deleted bytes are overwritten; else NORMAL */
    const char *const *statements; /* at most DATABASE_STATEMENTS_MAX */
};

#define DATABASE_STATEMENTS_MAX 48

struct database {
    const struct database_kind *kind;
    struct sqlite3 *handle;
    char *path;
    struct sqlite3_stmt *statements[DATABASE_STATEMENTS_MAX]; /* prepared when first used */
};

enum database_access {
    DATABASE_WRITE, /* made (mode 0600) if it is not there */
    DATABASE_READ,
};

/* `ret` must be zeroed. On failure nothing is left open. */
CHECKED bool database_open(struct database *ret, const struct database_kind *kind, const char *path,
                           enum database_access access, struct err *e);
void database_done(struct database *db);

/* Reads the whole file; ERR_DAMAGED if it is not sound. */
CHECKED bool database_check(struct database *db, struct err *e);

/* ERR_DAMAGED with the remedy: the file is not what it should be. Always false. */
bool database_damaged(const struct database *db, const char *how, struct err *e);

/* What SQLite says of its last failure. Always false. */
bool database_failed(const struct database *db, struct err *e);

/* Runs statements that give no rows and take no values. */
CHECKED bool database_run(struct database *db, const char *sql, struct err *e);

/* Leaves a transaction, if one is open, with nothing done. */
void database_rollback(struct database *db);

/* The one integer that a statement without values gives. */
CHECKED bool database_integer(struct database *db, const char *sql, int64_t *ret, struct err *e);

/* The statement of that number, reset, its values to be bound with the functions below. */
CHECKED bool database_use(struct database *db, size_t which, struct sqlite3_stmt **ret,
                          struct err *e);

/* Values from 1 on. Absent bytes are bound as NULL. The bytes must stay until the statement is
 * used again. */
void database_put_integer(struct sqlite3_stmt *s, int place, int64_t value);
void database_put_text(struct sqlite3_stmt *s, int place, struct bytes text);
void database_put_blob(struct sqlite3_stmt *s, int place, struct bytes bytes);

/* *ret_row: another row is there. After the last one the statement is reset. */
CHECKED bool database_step(struct database *db, struct sqlite3_stmt *s, bool *ret_row,
                           struct err *e);

/* A statement that gives no rows. */
CHECKED bool database_do(struct database *db, struct sqlite3_stmt *s, struct err *e);

/* Columns from 0 on. Bytes are copied into the arena; NULL is absent. */
int64_t database_get_integer(struct sqlite3_stmt *s, int column);
CHECKED bool database_get_bytes(struct sqlite3_stmt *s, int column, struct bytes *ret,
                                struct arena *a, struct err *e);

/* Ends a statement whose rows were not all taken. */
void database_stop(struct sqlite3_stmt *s);

#endif
