#include "service/search.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "index/index.h"
#include "service/kinds.h"
#include "wire/rows.h"

enum { READERS_MAX = 64 };
#define PAGE_ARENA_MAX (32u << 20)

struct search {
    pthread_mutex_t lock;
    struct index *idle[READERS_MAX]; /* a stack of connections that nobody uses */
    size_t idle_count;
};

bool search_open(struct search **ret, const char *path, size_t readers, struct err *e)
{
    AUTO(search) s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the index's readers");
    (void)pthread_mutex_init(&s->lock, NULL);
    if (readers == 0 || readers > READERS_MAX)
        return err_set(e, ERR_LIMIT, "the index can have 1 to %d readers", READERS_MAX);
    for (size_t i = 0; i < readers; i++) {
        if (!index_sqlite.open(&s->idle[i], path, INDEX_READER, e))
            return false;
        s->idle_count++;
    }
    *ret = TAKE(s);
    return true;
}

void search_free(struct search *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->idle_count; i++)
        index_free(s->idle[i]);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

bool search_take(struct search *s, struct index **ret, struct err *e)
{
    (void)pthread_mutex_lock(&s->lock);
    struct index *ix = s->idle_count == 0 ? NULL : s->idle[--s->idle_count];
    (void)pthread_mutex_unlock(&s->lock);
    if (ix == NULL)
        return err_set(e, ERR_BUSY, "too many searches at once");
    *ret = ix;
    return true;
}

void search_give(struct search *s, struct index *ix)
{
    (void)pthread_mutex_lock(&s->lock);
    s->idle[s->idle_count++] = ix;
    (void)pthread_mutex_unlock(&s->lock);
}

/* --- As JSON ---------------------------------------------------------------------------------- */

struct row {
    int64_t index;
    int64_t time;
    struct bytes type;
    struct bytes leaf;
    struct bytes description;
    struct bytes entry;
    int64_t item;
};

#define ROW_HEAD                                                                                   \
    ROW_INTEGER(struct row, index, 0, JSON_INTEGER_MAX),                                           \
        ROW_INTEGER(struct row, time, 0, LIMIT_TIME_MS), ROW_TEXT(struct row, type, 1, LIMIT_ID),  \
        ROW_BYTES(struct row, leaf, 32, 32), ROW_TEXT(struct row, description, 0, 8192)

FIELDS(listed_fields, "listed entry", struct row, ROW_HEAD);
FIELDS(found_fields, "found entry", struct row, ROW_HEAD,
       ROW_INTEGER(struct row, item, 0, JSON_INTEGER_MAX));
FIELDS(whole_fields, "entry", struct row, ROW_HEAD, ROW_BYTES(struct row, entry, 1, LIMIT_ENTRY));

static void row_put(struct buf *b, const struct fields *fields, const struct index_entry *entry,
                    int64_t item)
{
    struct row row = {.index = entry->number,
                      .time = entry->time_ms,
                      .type = entry->type,
                      .leaf = BYTES_OF(entry->leaf),
                      .description = entry->summary,
                      .entry = entry->bytes,
                      .item = item};
    fields_write(b, fields, &row);
}

static void entries_put(struct buf *b, const struct index_entries *entries)
{
    buf_put_text(b, "{\"entries\":[");
    for (size_t i = 0; i < entries->count; i++) {
        if (i > 0)
            buf_put_u8(b, ',');
        row_put(b, &listed_fields, &entries->list[i], 0);
    }
    buf_put_text(b, "]}");
}

bool search_entries(struct search *s, const struct entries_query *query, struct buf *b,
                    struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(PAGE_ARENA_MAX);
    struct index_query wanted = {
        .type = query->type, .before = query->before, .limit = query->limit, .bytes = false};
    struct index_entries found;
    struct index *ix = NULL;
    if (!search_take(s, &ix, e))
        return false;
    bool ok = ix->driver->list(ix, &wanted, &found, &arena, e);
    search_give(s, ix);
    if (!ok)
        return false;
    entries_put(b, &found);
    return buf_ok(b, "a page of entries", e);
}

/* Entries come with their bytes, so one at a time: together they would be many megabytes. */
static bool hits_put(struct index *ix, struct buf *b, const struct index_hits *hits, struct err *e)
{
    buf_put_text(b, "{\"entries\":[");
    for (size_t i = 0; i < hits->count; i++) {
        AUTO_VALUE(arena) arena = ARENA(4 * (size_t)LIMIT_ENTRY);
        struct index_entry entry;
        if (!ix->driver->by_number(ix, hits->list[i].entry, &entry, &arena, e))
            return false;
        if (i > 0)
            buf_put_u8(b, ',');
        row_put(b, &found_fields, &entry, hits->list[i].item);
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "what was found", e);
}

bool search_marks(struct search *s, const struct marks_query *query, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(PAGE_ARENA_MAX);
    struct index_search wanted = {
        .key = query->key, .before = {.entry = query->before, .item = 0}, .limit = query->limit};
    struct index_hits hits;
    struct index *ix = NULL;
    if (!kind_of_word(&wanted.kind, query->kind, e) || !search_take(s, &ix, e))
        return false;
    bool ok = ix->driver->search(ix, &wanted, &hits, &arena, e) && hits_put(ix, b, &hits, e);
    search_give(s, ix);
    return ok;
}

static bool entry_find(struct search *s, const struct entry_name *name, struct index_entry *ret,
                       struct arena *a, struct err *e)
{
    struct index *ix = NULL;
    if (!search_take(s, &ix, e))
        return false;
    bool ok = name->by_leaf ? ix->driver->by_leaf(ix, name->leaf, ret, a, e)
                            : ix->driver->by_number(ix, name->number, ret, a, e);
    search_give(s, ix);
    return ok;
}

bool search_entry(struct search *s, const struct entry_name *name, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4 * (size_t)LIMIT_ENTRY);
    struct index_entry entry;
    if (!entry_find(s, name, &entry, &arena, e))
        return false;
    row_put(b, &whole_fields, &entry, 0);
    return buf_ok(b, "an entry", e);
}

bool search_text(struct search *s, const struct entry_name *name, int64_t *ret_number,
                 struct bytes *ret_text, struct arena *a, struct err *e)
{
    struct index_entry entry;
    if (!entry_find(s, name, &entry, a, e))
        return false;
    *ret_number = entry.number;
    *ret_text = entry.bytes;
    return true;
}
