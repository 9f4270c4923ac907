#include "rules/deadline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "rules/entries.h"

/* How long the state remembers why something is over, in milliseconds. */
#define ENDED_MS (INT64_C(7) * 86400 * 1000)

/* They are not in the order of time, so they are looked through only at every so many entries. */
#define FORGET_EVERY 256

/* Something whose time has come. */
struct due {
    int64_t time;
    size_t kind; /* index of its row */
    uint8_t key[DUE_KEY_MAX];
    size_t key_size;
};

struct dues {
    struct due *list;
    size_t count;
};

static void dues_done(struct dues *d)
{
    free(d->list);
}
AUTO_DONE(dues)

/* What has its quorum waits for the keeper alone, however long. */
static int64_t decision_due(const struct rules_state *s, const void *record)
{
    (void)s;
    const struct decision *d = record;
    return d->approved ? DUE_NEVER : d->expires;
}

static bool decision_fire(struct rules_state *s, struct bytes leaf, int64_t time,
                          struct outcome *out, struct err *e)
{
    (void)out;
    return state_decision(s, leaf) == NULL || state_end(s, leaf, END_EXPIRED, time, e);
}

static int64_t grant_due(const struct rules_state *s, const void *record)
{
    (void)s;
    return ((const struct grant *)record)->closes;
}

static bool grant_fire(struct rules_state *s, struct bytes leaf, int64_t time, struct outcome *out,
                       struct err *e)
{
    const struct grant *g = state_grant(s, leaf);
    return g == NULL || grant_finish(s, g, END_EXPIRED, time, out, e);
}

static const struct due_row due_decision = {
    .since = 1, .table = TABLE_DECISIONS, .time = decision_due, .fire = decision_fire};
static const struct due_row due_grant = {
    .since = 1, .table = TABLE_GRANTS, .time = grant_due, .fire = grant_fire};

/* In the order in which they fire at the same time: it never changes, new ones come behind. */
static const struct due_row *const rows[] = {
    &due_decision,
    &due_grant,
};
#define ROWS (sizeof rows / sizeof rows[0])

/* The row's table; empty as long as its rules version is not in force. */
static size_t due_count(const struct rules_state *s, const struct due_row *row)
{
    return s->rules_version < row->since ? 0 : state_view(s, row->table)->count;
}

static int64_t due_time(const struct rules_state *s, const struct due_row *row, size_t i)
{
    return row->time(s, table_at(state_view(s, row->table), i));
}

static void due_add(struct dues *d, int64_t time, size_t kind, struct bytes key)
{
    struct due *due = &d->list[d->count++];
    *due = (struct due){.time = time, .kind = kind, .key_size = key.size};
    memcpy(due->key, key.data, key.size);
}

static int due_compare(const void *left, const void *right)
{
    const struct due *a = left;
    const struct due *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return bytes_compare(bytes_make(a->key, a->key_size), bytes_make(b->key, b->key_size));
}

static size_t dues_count(const struct rules_state *s, int64_t time)
{
    size_t count = 0;
    for (size_t kind = 0; kind < ROWS; kind++)
        for (size_t i = 0; i < due_count(s, rows[kind]); i++)
            count += due_time(s, rows[kind], i) <= time;
    return count;
}

/* Everything due up to `time`, in the order in which it fires. */
static bool dues_find(struct dues *ret, const struct rules_state *s, int64_t time, struct err *e)
{
    AUTO_VALUE(dues)
    found = {.list = calloc(dues_count(s, time) + 1, sizeof *found.list)};
    if (found.list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for deadlines");
    for (size_t kind = 0; kind < ROWS; kind++)
        for (size_t i = 0; i < due_count(s, rows[kind]); i++) {
            int64_t due = due_time(s, rows[kind], i);
            if (due <= time)
                due_add(&found, due, kind, table_key(state_view(s, rows[kind]->table), i));
        }
    qsort(found.list, found.count, sizeof *found.list, due_compare);
    *ret = found;
    found.list = NULL;
    return true;
}

bool grant_finish(struct rules_state *s, const struct grant *g, enum end_reason reason,
                  int64_t time, struct outcome *out, struct err *e)
{
    if (g->binding == BINDING_AFTER && g->unbound > 0 &&
        !outcome_find(out, "grant.unbound", g->leaf, e,
                      "grant for %.*s ended with %" PRId64
                      " signature(s) that nothing binds to a declared artifact",
                      BYTES_PRINT(g->path), g->unbound))
        return false;
    return state_end(s, g->leaf, reason, time, e);
}

bool state_forget(struct rules_state *s, const struct entry *entry, struct err *e)
{
    struct limits_object limits;
    if (!state_limits(&limits, s, e))
        return false;
    struct table *used = state_table(s, TABLE_USED);
    int64_t stale = entry->time - limits.statement_age;
    while (used->count > 0 && ((const struct used *)table_at(used, 0))->time < stale)
        table_remove(used, table_key(used, 0));
    /* Policy may allow older ones later: what was forgotten must not count as new then. */
    if (stale > s->stale)
        s->stale = stale;

    if (entry->index % FORGET_EVERY != 0)
        return true;
    struct table *ended = state_table(s, TABLE_ENDED);
    for (size_t i = ended->count; i > 0; i--)
        if (((const struct ended *)table_at(ended, i - 1))->time < entry->time - ENDED_MS)
            table_remove(ended, table_key(ended, i - 1));
    return true;
}

static void deadline_cache(struct rules_state *s)
{
    int64_t next = INT64_MAX - 1;
    for (size_t kind = 0; kind < ROWS; kind++)
        for (size_t i = 0; i < due_count(s, rows[kind]); i++) {
            int64_t due = due_time(s, rows[kind], i);
            if (due < next)
                next = due;
        }
    s->next_deadline = next;
}

static bool dues_fire(struct rules_state *s, int64_t time, struct outcome *out, struct err *e)
{
    AUTO_VALUE(dues) dues = {.list = NULL};
    if (!dues_find(&dues, s, time, e))
        return false;
    for (size_t i = 0; i < dues.count; i++) {
        const struct due *due = &dues.list[i];
        if (!rows[due->kind]->fire(s, bytes_make(due->key, due->key_size), due->time, out, e))
            return false;
    }
    deadline_cache(s);
    return true;
}

bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out, struct err *e)
{
    while (s->begun && time >= s->next_deadline)
        if (!dues_fire(s, time, out, e))
            return false;
    return true;
}
