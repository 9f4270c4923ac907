#include "rules/grouping.h"

#include <stdlib.h>

#include "pki/crl.h"

/* One CRL's. */
struct group {
    const struct revocation **list;
    size_t count;
    size_t capacity;
};

struct grouping {
    bool made;
    int64_t time;         /* for which it was made */
    uint64_t revocations; /* generations of the tables that it was made from */
    uint64_t certificates;
    uint64_t keys;
    struct partitions partitions;
    struct group *groups; /* one each */
};

bool grouping_new(struct grouping **ret, struct err *e)
{
    struct grouping *g = calloc(1, sizeof *g);
    if (g == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the state");
    *ret = g;
    return true;
}

void grouping_clear(struct grouping *g)
{
    for (size_t i = 0; g->groups != NULL && i < g->partitions.count; i++)
        free(g->groups[i].list);
    free(g->groups);
    partitions_done(&g->partitions);
    *g = (struct grouping){.made = false};
}

void grouping_free(struct grouping *g)
{
    if (g == NULL)
        return;
    grouping_clear(g);
    free(g);
}

static bool group_add(struct group *g, const struct revocation *r, struct err *e)
{
    if (g->count == g->capacity) {
        size_t capacity = g->capacity == 0 ? 16 : 2 * g->capacity;
        const struct revocation **list = reallocarray(g->list, capacity, sizeof *list);
        if (list == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for CRLs");
        g->list = list;
        g->capacity = capacity;
    }
    g->list[g->count++] = r;
    return true;
}

/* The place of the partition, which is often that of the one before; the count if it has none. */
static size_t partition_place(const struct partitions *p, const struct partition *one, size_t last)
{
    if (last < p->count && partition_equal(&p->list[last], one))
        return last;
    size_t i = 0;
    while (i < p->count && !partition_equal(&p->list[i], one))
        i++;
    return i;
}

static bool groups_fill(struct grouping *g, const struct rules_state *s, struct err *e)
{
    static const uint8_t kind = REVOKED_CERTIFICATE;
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    struct bytes prefix = bytes_make(&kind, 1);
    size_t place = 0;
    for (size_t i = table_seek(t, prefix); table_within(t, i, prefix); i++) {
        struct partition own;
        const struct revocation *r = table_at(t, i);
        if (!revocation_partition(&own, s, r))
            continue;
        place = partition_place(&g->partitions, &own, place);
        if (place < g->partitions.count && !group_add(&g->groups[place], r, e))
            return false;
    }
    return true;
}

static bool is_current(const struct grouping *g, const struct rules_state *s, int64_t time)
{
    return g->made && g->time == time &&
           g->revocations == state_view(s, TABLE_REVOCATIONS)->generation &&
           g->certificates == state_view(s, TABLE_CERTIFICATES)->generation &&
           g->keys == state_view(s, TABLE_KEYS)->generation;
}

static bool grouping_make(struct grouping *g, const struct rules_state *s, int64_t time,
                          struct err *e)
{
    if (is_current(g, s, time))
        return true;
    grouping_clear(g);
    if (!partitions_find(&g->partitions, s, time, e))
        return false;
    g->groups = calloc(g->partitions.count + 1, sizeof *g->groups);
    if (g->groups == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for CRLs");
    if (!groups_fill(g, s, e))
        return false;
    g->made = true;
    g->time = time;
    g->revocations = state_view(s, TABLE_REVOCATIONS)->generation;
    g->certificates = state_view(s, TABLE_CERTIFICATES)->generation;
    g->keys = state_view(s, TABLE_KEYS)->generation;
    return true;
}

bool grouping_partition(const struct partition **ret, const struct rules_state *s, size_t n,
                        int64_t time, struct err *e)
{
    struct grouping *g = s->grouping;
    if (!grouping_make(g, s, time, e))
        return false;
    *ret = n < g->partitions.count ? &g->partitions.list[n] : NULL;
    return true;
}

bool grouping_entries(struct crl_entries *ret, const struct rules_state *s, size_t n, int64_t time,
                      struct err *e)
{
    AUTO_VALUE(crl_entries) entries = {.list = NULL};
    if (!grouping_make(s->grouping, s, time, e))
        return false;
    const struct group *group = &s->grouping->groups[n];
    for (size_t i = 0; i < group->count; i++)
        if (!crl_entries_add(&entries, s, group->list[i], e))
            return false;
    if (!crl_sort(entries.list, entries.count, e))
        return false;
    *ret = entries;
    entries.list = NULL;
    return true;
}
