#include "index/index.h"

#include "index/schema.h"
#include "index/sqlite.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct database_kind kind = {
    .what = "the index",
    .remedy = "stop the daemon and delete this file and those beside it that end in -wal and -shm; "
              "it will be filled again from the keeper",
    .durable = false,
    .statements = sqlite_statements,
};

static void sqlite_free(struct index *ix)
{
    struct sqlite *s = sqlite_of(ix);
    database_done(&s->db);
    free(s);
}

static bool sqlite_open(struct index **ret, const char *place, enum index_mode mode, struct err *e)
{
    struct sqlite *made = calloc(1, sizeof *made);
    if (made == NULL)
        return err_set(e, ERR_MEMORY, "out of memory opening the index");
    made->base.driver = &index_sqlite;
    made->next = -1;
    AUTO(index) ix = &made->base;
    enum database_access access = mode == INDEX_WRITER ? DATABASE_WRITE : DATABASE_READ;
    if (!database_open(&made->db, &kind, place, access, e))
        return false;
    bool ok = mode == INDEX_WRITER
                  ? schema_upgrade(&made->db, &schema_index, e) && database_check(&made->db, e)
                  : schema_check(&made->db, &schema_index, e);
    if (!ok)
        return false;
    *ret = TAKE(ix);
    return true;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static bool sqlite_size(struct index *ix, int64_t *ret, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    bool row = false;
    if (!database_use(&s->db, SIZE, &q, e) || !database_step(&s->db, q, &row, e))
        return false;
    *ret = database_get_integer(q, 0);
    database_stop(q);
    return true;
}

static bool sqlite_begin(struct index *ix, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    if (!database_run(&s->db, "BEGIN IMMEDIATE", e))
        return false;
    if (sqlite_size(ix, &s->next, e))
        return true;
    database_rollback(&s->db);
    return false;
}

static bool entry_put(struct sqlite *s, const struct index_entry *entry, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, PUT, &q, e))
        return false;
    database_put_integer(q, 1, entry->number);
    database_put_integer(q, 2, entry->time_ms);
    database_put_blob(q, 3, BYTES_OF(entry->leaf));
    database_put_text(q, 4, entry->type);
    database_put_text(q, 5, entry->actor);
    database_put_blob(q, 6, entry->subject);
    database_put_text(q, 7, entry->summary);
    database_put_blob(q, 8, entry->bytes);
    return database_do(&s->db, q, e);
}

static bool mark_put(struct sqlite *s, int64_t number, const struct index_mark *mark, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (mark->key.size == 0 || mark->key.size > INDEX_KEY_MAX)
        return err_set(e, ERR_INTERNAL, "a mark of entry %" PRId64 " has a key of %zu bytes",
                       number, mark->key.size);
    if (!database_use(&s->db, MARK, &q, e))
        return false;
    database_put_integer(q, 1, (int64_t)mark->kind);
    database_put_blob(q, 2, mark->key);
    database_put_integer(q, 3, number);
    database_put_integer(q, 4, mark->item);
    return database_do(&s->db, q, e);
}

/* Requests and bindings are no acts of a story: there are too many, and an account of them stands
 * elsewhere. */
static bool is_act(const struct index_entry *entry)
{
    return !bytes_is(entry->type, "request") && !bytes_is(entry->type, "binding") &&
           !bytes_is(entry->type, "timestamp");
}

static bool act_put(struct sqlite *s, int64_t number, const struct index_mark *mark, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, ACT, &q, e))
        return false;
    database_put_integer(q, 1, (int64_t)mark->kind);
    database_put_blob(q, 2, mark->key);
    database_put_integer(q, 3, number);
    return database_do(&s->db, q, e);
}

static bool sqlite_put(struct index *ix, const struct index_entry *entry,
                       const struct index_mark *marks, size_t count, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    if (s->next < 0)
        return err_set(e, ERR_INTERNAL, "the index takes entries within a transaction only");
    if (entry->number != s->next)
        return err_set(e, ERR_INTERNAL, "the index needs entry %" PRId64 ", not %" PRId64, s->next,
                       entry->number);
    if (!entry_put(s, entry, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!mark_put(s, entry->number, &marks[i], e) ||
            (is_act(entry) && !act_put(s, entry->number, &marks[i], e)))
            return false;
    s->next++;
    return true;
}

static void sqlite_rollback(struct index *ix)
{
    database_rollback(&sqlite_of(ix)->db);
    sqlite_of(ix)->next = -1;
}

static bool sqlite_commit(struct index *ix, struct err *e)
{
    bool ok = database_run(&sqlite_of(ix)->db, "COMMIT", e);
    sqlite_rollback(ix);
    return ok;
}

static bool sqlite_wipe(struct index *ix, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    if (database_run(&s->db,
                     "BEGIN IMMEDIATE; DELETE FROM entries; DELETE FROM marks; DELETE FROM acts;"
                     "DELETE FROM words; DELETE FROM certificates; DELETE FROM grants;"
                     "DELETE FROM artifacts; DELETE FROM signatures; DELETE FROM tallies; COMMIT;",
                     e))
        return true;
    database_rollback(&s->db);
    return false;
}

/* --- Reading ---------------------------------------------------------------------------------- */

static bool leaf_get(struct sqlite *s, struct sqlite3_stmt *q, struct index_entry *ret,
                     struct arena *a, struct err *e)
{
    struct bytes leaf = BYTES_NONE;
    if (!database_get_bytes(q, 2, &leaf, a, e))
        return false;
    if (leaf.size != sizeof ret->leaf)
        return database_damaged(&s->db, "a leaf hash is not 32 bytes", e);
    memcpy(ret->leaf, leaf.data, sizeof ret->leaf);
    return true;
}

static bool row_get(struct sqlite *s, struct sqlite3_stmt *q, struct index_entry *ret,
                    struct arena *a, struct err *e)
{
    struct index_entry entry = {.number = database_get_integer(q, 0),
                                .time_ms = database_get_integer(q, 1)};
    if (!leaf_get(s, q, &entry, a, e) || !database_get_bytes(q, 3, &entry.type, a, e) ||
        !database_get_bytes(q, 4, &entry.actor, a, e) ||
        !database_get_bytes(q, 5, &entry.subject, a, e) ||
        !database_get_bytes(q, 6, &entry.summary, a, e) ||
        !database_get_bytes(q, 7, &entry.bytes, a, e))
        return false;
    *ret = entry;
    return true;
}

/* The one row of a statement that is ready to run. */
static bool one_get(struct sqlite *s, struct sqlite3_stmt *q, struct index_entry *ret,
                    struct arena *a, struct err *e)
{
    bool row = false;
    if (!database_step(&s->db, q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "the index has no such entry");
    bool ok = row_get(s, q, ret, a, e);
    database_stop(q);
    return ok;
}

static bool sqlite_by_number(struct index *ix, int64_t number, struct index_entry *ret,
                             struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, BY_NUMBER, &q, e))
        return false;
    database_put_integer(q, 1, number);
    return one_get(s, q, ret, a, e);
}

static bool sqlite_by_leaf(struct index *ix, const uint8_t leaf[INDEX_HASH_SIZE],
                           struct index_entry *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, BY_LEAF, &q, e))
        return false;
    database_put_blob(q, 1, bytes_make(leaf, INDEX_HASH_SIZE));
    return one_get(s, q, ret, a, e);
}

bool sqlite_page_check(size_t limit, struct err *e)
{
    if (limit >= 1 && limit <= INDEX_PAGE_MAX)
        return true;
    return err_set(e, ERR_LIMIT, "a page has 1 to %d rows, not %zu", INDEX_PAGE_MAX, limit);
}

bool sqlite_rows_get(struct sqlite *s, struct sqlite3_stmt *q, size_t limit,
                     struct index_entries *ret, struct arena *a, struct err *e)
{
    struct index_entries rows = {.list = arena_alloc(a, limit * sizeof *rows.list)};
    if (rows.list == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    for (;;) {
        bool row = false;
        if (!database_step(&s->db, q, &row, e))
            return false;
        if (!row)
            break;
        if (!row_get(s, q, &rows.list[rows.count], a, e)) {
            database_stop(q);
            return false;
        }
        rows.count++;
    }
    *ret = rows;
    return true;
}

static bool sqlite_list(struct index *ix, const struct index_query *query,
                        struct index_entries *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    enum sqlite_statement which = query->type.data != NULL ? LIST_TYPE : LIST;
    if (!sqlite_page_check(query->limit, e) || !database_use(&s->db, which, &q, e))
        return false;
    database_put_integer(q, 1, query->before);
    database_put_integer(q, 2, (int64_t)query->limit);
    database_put_integer(q, 3, query->bytes);
    if (which == LIST_TYPE)
        database_put_text(q, 4, query->type);
    return sqlite_rows_get(s, q, query->limit, ret, a, e);
}

static bool sqlite_search(struct index *ix, const struct index_search *search,
                          struct index_hits *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    if (!sqlite_page_check(search->limit, e) || !database_use(&s->db, SEARCH, &q, e))
        return false;
    database_put_integer(q, 1, (int64_t)search->kind);
    database_put_blob(q, 2, search->key);
    database_put_integer(q, 3, search->before.entry);
    database_put_integer(q, 4, search->before.item);
    database_put_integer(q, 5, (int64_t)search->limit);
    struct index_hits hits = {.list = arena_alloc(a, search->limit * sizeof *hits.list)};
    if (hits.list == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    for (bool row = true; row;) {
        if (!database_step(&s->db, q, &row, e))
            return false;
        if (row)
            hits.list[hits.count++] = (struct index_hit){.entry = database_get_integer(q, 0),
                                                         .item = database_get_integer(q, 1)};
    }
    *ret = hits;
    return true;
}

static bool sqlite_story(struct index *ix, const struct index_story *story,
                         struct index_entries *ret, struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    if (!sqlite_page_check(story->limit, e) ||
        !database_use(&s->db, story->wide ? STORY_WIDE : STORY, &q, e))
        return false;
    database_put_integer(q, 1, (int64_t)story->kind);
    database_put_blob(q, 2, story->key);
    database_put_integer(q, 3, story->after);
    database_put_integer(q, 4, (int64_t)story->limit);
    return sqlite_rows_get(s, q, story->limit, ret, a, e);
}

static bool sqlite_approvers(struct index *ix, struct bytes leaf, struct index_texts *ret,
                             struct arena *a, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct index_texts texts = {.list = arena_alloc(a, INDEX_APPROVERS_MAX * sizeof *texts.list)};
    bool row = true;
    if (texts.list == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    if (!database_use(&s->db, APPROVERS, &q, e))
        return false;
    database_put_blob(q, 1, leaf);
    database_put_integer(q, 2, INDEX_APPROVERS_MAX);
    while (database_step(&s->db, q, &row, e)) {
        if (!row) {
            *ret = texts;
            return true;
        }
        if (!database_get_bytes(q, 0, &texts.list[texts.count++], a, e))
            break;
    }
    database_stop(q);
    return false;
}

static bool time_of(struct sqlite *s, int64_t number, int64_t *ret, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    bool row = false;
    if (!database_use(&s->db, TIME_OF, &q, e))
        return false;
    database_put_integer(q, 1, number);
    if (!database_step(&s->db, q, &row, e))
        return false;
    if (!row)
        return database_damaged(&s->db, "an entry is missing", e);
    *ret = database_get_integer(q, 0);
    database_stop(q);
    return true;
}

/* Entries' times never go back. */
static bool sqlite_entry_at(struct index *ix, int64_t time_ms, int64_t *ret, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    int64_t from = 0;
    int64_t to;
    if (!sqlite_size(ix, &to, e))
        return false;
    while (from < to) {
        int64_t middle = from + (to - from) / 2;
        int64_t time = 0;
        if (!time_of(s, middle, &time, e))
            return false;
        if (time < time_ms)
            from = middle + 1;
        else
            to = middle;
    }
    *ret = from;
    return true;
}

const struct index_driver index_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .free = sqlite_free,
    .begin = sqlite_begin,
    .put = sqlite_put,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .size = sqlite_size,
    .by_number = sqlite_by_number,
    .by_leaf = sqlite_by_leaf,
    .list = sqlite_list,
    .search = sqlite_search,
    .put_grant = sqlite_put_grant,
    .put_signatures = sqlite_put_signatures,
    .put_binding = sqlite_put_binding,
    .put_certificate = sqlite_put_certificate,
    .totals = sqlite_totals,
    .signatures = sqlite_signatures,
    .cuts = sqlite_cuts,
    .entry_at = sqlite_entry_at,
    .certificate = sqlite_certificate,
    .story = sqlite_story,
    .approvers = sqlite_approvers,
    .wipe = sqlite_wipe,
};
