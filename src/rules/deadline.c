#include "rules/deadline.h"

#include <inttypes.h>

#include "rules/entries.h"

/* How long the state remembers why something is over, in milliseconds. */
#define ENDED_MS (INT64_C(7) * 86400 * 1000)

/* They are not in the order of time, so they are looked through only at every so many entries. */
#define FORGET_EVERY 256

/* The earliest deadline of a table that is not later than `*time`; moves *time down to it. */
static bool earlier(int64_t deadline, int64_t *time, bool found)
{
    if (deadline > *time || (found && deadline == *time))
        return false;
    *time = deadline;
    return true;
}

static struct decision *decision_due(const struct rules_state *s, int64_t *time)
{
    struct decision *due = NULL;
    const struct table *t = state_view(s, TABLE_DECISIONS);
    for (size_t i = 0; i < t->count; i++) {
        struct decision *d = table_at(t, i);
        /* What has its quorum waits for the keeper alone, however long. */
        if (!d->approved && earlier(d->expires, time, due != NULL))
            due = d;
    }
    return due;
}

static struct grant *grant_due(const struct rules_state *s, int64_t *time)
{
    struct grant *due = NULL;
    const struct table *t = state_view(s, TABLE_GRANTS);
    for (size_t i = 0; i < t->count; i++) {
        struct grant *g = table_at(t, i);
        if (earlier(g->closes, time, due != NULL))
            due = g;
    }
    return due;
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

/* One deadline, the earliest; *ret_more is false when none is left up to `time`. */
static bool deadline_fire_one(struct rules_state *s, int64_t time, bool *ret_more,
                              struct outcome *out, struct err *e)
{
    int64_t first = time;
    const struct decision *decision = decision_due(s, &first);
    int64_t decision_time = first;
    const struct grant *grant = grant_due(s, &first);
    *ret_more = decision != NULL || grant != NULL;
    if (grant != NULL && (decision == NULL || first < decision_time))
        return grant_finish(s, grant, END_EXPIRED, grant->closes, out, e);
    if (decision != NULL)
        return state_end(s, decision->leaf, END_EXPIRED, decision->expires, e);
    return true;
}

static void deadline_cache(struct rules_state *s)
{
    int64_t next = INT64_MAX - 1;
    (void)decision_due(s, &next);
    (void)grant_due(s, &next);
    s->next_deadline = next;
}

bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out, struct err *e)
{
    if (!s->begun || time < s->next_deadline)
        return true;
    for (bool more = true; more;)
        if (!deadline_fire_one(s, time, &more, out, e))
            return false;
    deadline_cache(s);
    return true;
}
