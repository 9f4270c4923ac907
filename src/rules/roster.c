#include "rules/roster.h"

#include <stdlib.h>

struct ending {
    int64_t not_after;
    const struct certificate *certificate;
};

struct roster {
    bool made;
    uint64_t generation; /* of the table that it was made from */
    size_t count;
    struct ending *endings;
    const struct certificate **slots; /* by the first bytes of key ids, which are hashes already */
    size_t mask;
};

bool roster_new(struct roster **ret, struct err *e)
{
    struct roster *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the state");
    *ret = c;
    return true;
}

static void roster_clear(struct roster *c)
{
    free(c->endings);
    free(c->slots);
    *c = (struct roster){.made = false};
}

void roster_free(struct roster *c)
{
    if (c == NULL)
        return;
    roster_clear(c);
    free(c);
}

static size_t slot_find(const struct roster *c, struct bytes key)
{
    uint64_t at;
    memcpy(&at, key.data, sizeof at);
    size_t slot = (size_t)at & c->mask;
    while (c->slots[slot] != NULL && !bytes_equal(c->slots[slot]->key, key))
        slot = (slot + 1) & c->mask;
    return slot;
}

static int ending_compare(const void *left, const void *right)
{
    const struct ending *a = left;
    const struct ending *b = right;
    if (a->not_after != b->not_after)
        return a->not_after < b->not_after ? -1 : 1;
    return (a->certificate->number > b->certificate->number) -
           (a->certificate->number < b->certificate->number);
}

static bool roster_reserve(struct roster *c, size_t count, struct err *e)
{
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    c->mask = size - 1;
    c->slots = calloc(size, sizeof(*c->slots));
    c->endings = calloc(count + 1, sizeof *c->endings);
    return (c->slots != NULL && c->endings != NULL) ||
           err_set(e, ERR_MEMORY, "out of memory for the certificates in order");
}

bool roster_ready(const struct rules_state *s, struct err *e)
{
    struct roster *c = s->roster;
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    if (c->made && c->generation == t->generation)
        return true;
    roster_clear(c);
    if (!roster_reserve(c, t->count, e))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct certificate *one = table_at(t, i);
        c->endings[i] = (struct ending){.not_after = one->not_after, .certificate = one};
        if (one->der.data != NULL)
            c->slots[slot_find(c, one->key)] = one;
    }
    qsort(c->endings, t->count, sizeof *c->endings, ending_compare);
    c->count = t->count;
    c->generation = t->generation;
    c->made = true;
    return true;
}

const struct certificate *roster_newest(const struct rules_state *s, struct bytes key)
{
    return s->roster->slots[slot_find(s->roster, key)];
}

static size_t ending_seek(const struct roster *c, int64_t time)
{
    size_t low = 0;
    size_t high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->endings[middle].not_after < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t roster_ending(size_t *ret_first, const struct rules_state *s, int64_t from, int64_t to)
{
    size_t first = ending_seek(s->roster, from);
    size_t behind = ending_seek(s->roster, to);
    *ret_first = first;
    return behind > first ? behind - first : 0;
}

const struct certificate *roster_at(const struct rules_state *s, size_t place)
{
    return s->roster->endings[place].certificate;
}
