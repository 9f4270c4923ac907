#include "index/schema.h"

#include "base/buf.h"

#include <inttypes.h>

/* The entry's bytes stand last, so that a list that leaves them out does not read their pages. */
static const char *const index_steps[] = {
    "CREATE TABLE entries ("
    "  number INTEGER PRIMARY KEY,"
    "  time_ms INTEGER NOT NULL,"
    "  leaf BLOB NOT NULL,"
    "  type TEXT NOT NULL,"
    "  actor TEXT,"
    "  subject BLOB,"
    "  summary TEXT NOT NULL,"
    "  bytes BLOB NOT NULL);"
    "CREATE UNIQUE INDEX entries_leaf ON entries (leaf);"
    "CREATE INDEX entries_type ON entries (type, number);"
    "CREATE TABLE marks ("
    "  kind INTEGER NOT NULL,"
    "  key BLOB NOT NULL,"
    "  entry INTEGER NOT NULL,"
    "  item INTEGER NOT NULL,"
    "  PRIMARY KEY (kind, key, entry, item)) WITHOUT ROWID;",
    /* What was signed for whom. Texts that stand in many rows are words. The index is filled again
     * from the record: what these tables hold cannot be had from the old ones. */
    "DELETE FROM entries;"
    "DELETE FROM marks;"
    "CREATE TABLE acts ("
    "  kind INTEGER NOT NULL,"
    "  key BLOB NOT NULL,"
    "  entry INTEGER NOT NULL,"
    "  PRIMARY KEY (kind, key, entry)) WITHOUT ROWID;"
    "CREATE TABLE words ("
    "  id INTEGER PRIMARY KEY,"
    "  text BLOB NOT NULL UNIQUE);"
    "CREATE TABLE certificates ("
    "  number INTEGER PRIMARY KEY,"
    "  serial BLOB NOT NULL,"
    "  key INTEGER NOT NULL);"
    "CREATE TABLE grants ("
    "  entry INTEGER PRIMARY KEY,"
    "  leaf BLOB NOT NULL UNIQUE,"
    "  path INTEGER NOT NULL,"
    "  signer INTEGER NOT NULL,"
    "  actor INTEGER NOT NULL);"
    "CREATE TABLE artifacts ("
    "  granted INTEGER NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  format TEXT NOT NULL,"
    "  algorithm TEXT NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  PRIMARY KEY (granted, number)) WITHOUT ROWID;"
    "CREATE INDEX artifacts_digest ON artifacts (digest);"
    "CREATE TABLE signatures ("
    "  entry INTEGER NOT NULL,"
    "  item INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL,"
    "  month INTEGER NOT NULL,"
    "  key INTEGER NOT NULL,"
    "  certificate INTEGER NOT NULL,"
    "  granted INTEGER NOT NULL,"
    "  path INTEGER NOT NULL,"
    "  actor INTEGER NOT NULL,"
    "  artifact INTEGER,"
    "  id INTEGER NOT NULL,"
    "  tbs BLOB NOT NULL,"
    "  PRIMARY KEY (entry, item)) WITHOUT ROWID;"
    "CREATE INDEX signatures_key ON signatures (key, entry, item, path, certificate);"
    "CREATE INDEX signatures_path ON signatures (path, entry, item);"
    "CREATE INDEX signatures_actor ON signatures (actor, entry, item, path);"
    "CREATE INDEX signatures_granted ON signatures (granted, tbs);"
    "CREATE INDEX signatures_id ON signatures (id);"
    "CREATE TABLE tallies ("
    "  key INTEGER NOT NULL,"
    "  certificate INTEGER NOT NULL,"
    "  path INTEGER NOT NULL,"
    "  actor INTEGER NOT NULL,"
    "  month INTEGER NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  first_ms INTEGER NOT NULL,"
    "  last_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (key, certificate, path, actor, month)) WITHOUT ROWID;"
    "CREATE INDEX tallies_path ON tallies (path);"
    "CREATE INDEX tallies_actor ON tallies (actor);",
};

static const char *const kept_steps[] = {
    "CREATE TABLE names ("
    "  handle TEXT PRIMARY KEY NOT NULL,"
    "  name TEXT NOT NULL,"
    "  salt BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE refusals ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time_ms INTEGER NOT NULL,"
    "  actor TEXT NOT NULL,"
    "  rule TEXT NOT NULL,"
    "  message TEXT NOT NULL);",
    "CREATE TABLE confirmations ("
    "  endpoint TEXT NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  first_ms INTEGER NOT NULL,"
    "  last_ms INTEGER NOT NULL,"
    "  list BLOB NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  text BLOB NOT NULL,"
    "  PRIMARY KEY (endpoint, number)) WITHOUT ROWID;"
    "CREATE TABLE published ("
    "  number INTEGER PRIMARY KEY,"
    "  time_ms INTEGER NOT NULL,"
    "  list BLOB);",
};

/* "SWIX" and "SWKP". */
const struct schema schema_index = {.application_id = 0x53574958,
                                    .steps = index_steps,
                                    .count = sizeof index_steps / sizeof index_steps[0]};
const struct schema schema_kept = {.application_id = 0x53574b50,
                                   .steps = kept_steps,
                                   .count = sizeof kept_steps / sizeof kept_steps[0]};

/* The version of the file: 0 if it is new and empty. */
static bool version_read(struct database *db, const struct schema *schema, int64_t *ret,
                         struct err *e)
{
    int64_t owner = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (!database_integer(db, "PRAGMA application_id", &owner, e) ||
        !database_integer(db, "PRAGMA user_version", &version, e) ||
        !database_integer(db, "SELECT count(*) FROM sqlite_schema", &tables, e))
        return false;
    bool is_new = owner == 0 && version == 0 && tables == 0;
    if (!is_new && (owner != schema->application_id || version <= 0))
        return database_damaged(db, "this database is not one of ours", e);
    if (version > (int64_t)schema->count) {
        err_set(e, ERR_STATE, "%s %s has schema %" PRId64 ", this build knows %zu", db->kind->what,
                db->path, version, schema->count);
        return err_hint(e, "it was made by a newer Sealward; use that one");
    }
    *ret = version;
    return true;
}

/* Inside a transaction: all steps that are missing. Another process may have been faster. */
static bool steps_run(struct database *db, const struct schema *schema, struct err *e)
{
    int64_t version = 0;
    AUTO_VALUE(buf) mark = BUF(256);
    if (!version_read(db, schema, &version, e))
        return false;
    for (size_t step = (size_t)version; step < schema->count; step++)
        if (!database_run(db, schema->steps[step], e))
            return err_wrap(e, "schema step %zu", step + 1);
    buf_printf(&mark, "PRAGMA application_id=%" PRId32 "; PRAGMA user_version=%zu;",
               schema->application_id, schema->count);
    return database_run(db, buf_string(&mark), e);
}

bool schema_upgrade(struct database *db, const struct schema *schema, struct err *e)
{
    int64_t version = 0;
    if (!version_read(db, schema, &version, e))
        return false;
    if (version == (int64_t)schema->count)
        return true;
    if (!database_run(db, "BEGIN IMMEDIATE", e))
        return false;
    if (steps_run(db, schema, e) && database_run(db, "COMMIT", e))
        return true;
    database_rollback(db);
    return false;
}

bool schema_check(struct database *db, const struct schema *schema, struct err *e)
{
    int64_t version = 0;
    if (!version_read(db, schema, &version, e))
        return false;
    if (version == (int64_t)schema->count)
        return true;
    return err_set(e, ERR_STATE, "%s %s has schema %" PRId64 ", its writer has not made it %zu yet",
                   db->kind->what, db->path, version, schema->count);
}
