#include "rules/deadline.h"

#include <inttypes.h>

#include "rules/dues.h"
#include "rules/entries.h"
#include "rules/life.h"
#include "rules/ownership.h"
#include "rules/rollover.h"
#include "rules/signers.h"

/* How long the state remembers why something is over, in milliseconds. */
#define ENDED_MS (INT64_C(7) * 86400 * 1000)

/* They are not in the order of time, so they are looked through only at every so many entries. */
#define FORGET_EVERY 256

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
    &due_decision, &due_grant, &due_ratification, &due_life, &due_stage, &due_orphan, &due_rollover,
};
#define ROWS (sizeof rows / sizeof rows[0])

/* The row of a table; ROWS for a table without deadlines. */
static size_t row_of(enum state_table table)
{
    size_t kind = 0;
    while (kind < ROWS && rows[kind]->table != table)
        kind++;
    return kind;
}

/* Never before the last entry, or what fires just now: what has happened by then is not undone. */
static int64_t due_clamp(const struct rules_state *s, int64_t time)
{
    int64_t now = s->firing != NULL && s->firing->now > s->time ? s->firing->now : s->time;
    return time < now ? now : time;
}

static int64_t due_time(const struct rules_state *s, const struct due_row *row, const void *record)
{
    return due_clamp(s, row->time(s, record));
}

void state_deadline(struct rules_state *s, enum state_table t, struct bytes key, int64_t time)
{
    int64_t due = due_clamp(s, time);
    if (s->firing != NULL && due <= s->firing->until)
        dues_add(s->firing, due, row_of(t), key);
    else if (due < s->next_due[t])
        s->next_due[t] = due;
}

void deadline_note(struct rules_state *s, enum state_table t, struct bytes key)
{
    size_t kind = row_of(t);
    const void *record = table_get(state_view(s, t), key);
    if (kind == ROWS || record == NULL || s->rules_version < rows[kind]->since)
        return;
    /* Without the signers of policy in force its time is not known: it is looked for later. */
    if (!signers_fresh(s->signers, state_view(s, TABLE_OBJECTS)))
        s->next_due[t] = 0;
    else
        state_deadline(s, t, key, due_time(s, rows[kind], record));
}

/* A change of policy can move the deadlines of keys and certificates either way. */
bool deadlines_ready(struct rules_state *s, struct err *e)
{
    if (s->rules_version < 2 || signers_fresh(s->signers, state_view(s, TABLE_OBJECTS)))
        return true;
    AUTO(signers) fresh = NULL;
    if (!signers_new(&fresh, state_view(s, TABLE_OBJECTS), e))
        return false;
    signers_free(s->signers);
    s->signers = TAKE(fresh);
    for (size_t kind = 0; kind < ROWS; kind++)
        if (rows[kind]->since >= 2)
            s->next_due[rows[kind]->table] = 0;
    return true;
}

/* Everything of one table that is due up to that time, and when the rest of it will be. */
static void dues_collect(struct rules_state *s, size_t kind, int64_t until)
{
    const struct due_row *row = rows[kind];
    const struct table *t = state_view(s, row->table);
    s->next_due[row->table] = DUE_NEVER;
    for (size_t i = 0; i < t->count; i++) {
        int64_t time = due_time(s, row, table_at(t, i));
        if (time <= until)
            dues_add(s->firing, time, kind, table_key(t, i));
        else if (time < s->next_due[row->table])
            s->next_due[row->table] = time;
    }
}

/* What fired before it may have taken the record away or put its deadline off. */
static bool due_fire(struct rules_state *s, const struct due *due, struct outcome *out,
                     struct err *e)
{
    const struct due_row *row = rows[due->kind];
    struct bytes key = bytes_make(due->key, due->key_size);
    s->firing->now = due->time;
    const void *record = table_get(state_view(s, row->table), key);
    if (record == NULL)
        return true;
    if (due_time(s, row, record) <= due->time && !row->fire(s, key, due->time, out, e))
        return false;
    deadline_note(s, row->table, key);
    return true;
}

static bool dues_fire(struct rules_state *s, struct outcome *out, struct err *e)
{
    for (size_t kind = 0; kind < ROWS; kind++)
        if (s->rules_version >= rows[kind]->since &&
            s->next_due[rows[kind]->table] <= s->firing->until)
            dues_collect(s, kind, s->firing->until);
    struct due due;
    while (dues_next(&due, s->firing))
        if (!due_fire(s, &due, out, e))
            return false;
    return !s->firing->failed || err_set(e, ERR_MEMORY, "out of memory for deadlines");
}

bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out, struct err *e)
{
    if (!s->begun)
        return true;
    if (!deadlines_ready(s, e))
        return false;
    AUTO_VALUE(dues) dues = {.until = time};
    s->firing = &dues;
    bool fired = dues_fire(s, out, e);
    s->firing = NULL;
    return fired;
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
