#include "rules/deadline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "rules/entries.h"

/* How long the state remembers why something is over, in milliseconds. */
#define ENDED_MS (INT64_C(7) * 86400 * 1000)

/* They are not in the order of time, so they are looked through only at every so many entries. */
#define FORGET_EVERY 256

enum due_kind { DUE_DECISION, DUE_GRANT };

/* Something whose time has come. */
struct due {
    int64_t time;
    enum due_kind kind;
    uint8_t leaf[32];
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

static void due_add(struct dues *d, int64_t time, enum due_kind kind, struct bytes leaf)
{
    struct due *due = &d->list[d->count++];
    *due = (struct due){.time = time, .kind = kind};
    memcpy(due->leaf, leaf.data, sizeof due->leaf);
}

static int due_compare(const void *left, const void *right)
{
    const struct due *a = left;
    const struct due *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return memcmp(a->leaf, b->leaf, sizeof a->leaf);
}

/* Whether a decision ends by itself: what has its quorum waits for the keeper alone, however long.
 */
static bool decision_waits(const struct decision *d)
{
    return !d->approved;
}

/* Everything due up to `time`, in the order in which it fires. */
static bool dues_find(struct dues *ret, const struct rules_state *s, int64_t time, struct err *e)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    const struct table *grants = state_view(s, TABLE_GRANTS);
    AUTO_VALUE(dues)
    found = {.list = calloc(decisions->count + grants->count + 1, sizeof *found.list)};
    if (found.list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for deadlines");
    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *d = table_at(decisions, i);
        if (decision_waits(d) && d->expires <= time)
            due_add(&found, d->expires, DUE_DECISION, d->leaf);
    }
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *g = table_at(grants, i);
        if (g->closes <= time)
            due_add(&found, g->closes, DUE_GRANT, g->leaf);
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

static bool due_fire(struct rules_state *s, const struct due *due, struct outcome *out,
                     struct err *e)
{
    struct bytes leaf = BYTES_OF(due->leaf);
    if (due->kind == DUE_GRANT)
        return grant_finish(s, state_grant(s, leaf), END_EXPIRED, due->time, out, e);
    return state_end(s, leaf, END_EXPIRED, due->time, e);
}

static void deadline_cache(struct rules_state *s)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    const struct table *grants = state_view(s, TABLE_GRANTS);
    int64_t next = INT64_MAX - 1;
    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *d = table_at(decisions, i);
        if (decision_waits(d) && d->expires < next)
            next = d->expires;
    }
    for (size_t i = 0; i < grants->count; i++) {
        const struct grant *g = table_at(grants, i);
        if (g->closes < next)
            next = g->closes;
    }
    s->next_deadline = next;
}

bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out, struct err *e)
{
    AUTO_VALUE(dues) dues = {.list = NULL};
    if (!s->begun || time < s->next_deadline)
        return true;
    if (!dues_find(&dues, s, time, e))
        return false;
    for (size_t i = 0; i < dues.count; i++)
        if (!due_fire(s, &dues.list[i], out, e))
            return false;
    deadline_cache(s);
    return true;
}
