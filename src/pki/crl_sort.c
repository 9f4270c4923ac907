/*
 * Serial numbers are as good as random, so their leading bits put nearly all of them into order: a
 * radix sort over those, and an ordinary one over what has the same leading bits.
 */
#include "pki/crl.h"

#include <stdlib.h>

#include "base/arena.h"

#define DIGIT_BITS 11
#define DIGITS 6 /* 66 bits */
#define BUCKETS (1u << DIGIT_BITS)

struct place {
    uint64_t key;
    size_t index;
};

/* The length, then as many leading bits as there is room for. */
static uint64_t key_make(const struct crl_entry *entry)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < 8; i++)
        bits = bits << 8 | (i < entry->serial_size ? entry->serial[i] : 0);
    return (uint64_t)entry->serial_size << 59 | bits >> 5;
}

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return (unsigned)(key >> digit * DIGIT_BITS) & (BUCKETS - 1);
}

/* One pass by one digit from `from` to `to`; false, and nothing moved, if all are alike in it. */
static bool digit_sort(struct place *to, const struct place *from, size_t count, unsigned digit)
{
    size_t starts[BUCKETS] = {0};
    for (size_t i = 0; i < count; i++)
        starts[digit_of(from[i].key, digit)]++;
    if (starts[digit_of(from[0].key, digit)] == count)
        return false;
    size_t sum = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        size_t here = starts[i];
        starts[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[digit_of(from[i].key, digit)]++] = from[i];
    return true;
}

static int entries_compare(const void *a, const void *b)
{
    const struct crl_entry *x = a, *y = b;
    int longer = (x->serial_size > y->serial_size) - (x->serial_size < y->serial_size);
    return longer != 0 ? longer : memcmp(x->serial, y->serial, x->serial_size);
}

/* Those with the same key, wherever there is more than one. */
static void rest_sort(struct crl_entry *entries, size_t count, const struct place *places)
{
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count && places[end].key == places[start].key;)
            end++;
        if (end - start > 1)
            qsort(entries + start, end - start, sizeof *entries, entries_compare);
    }
}

bool crl_sort(struct crl_entry *entries, size_t count, struct err *e)
{
    if (count < 2)
        return true;
    if (count > CRL_ENTRIES_MAX)
        return err_set(e, ERR_LIMIT, "a CRL would have %zu entries; at most %d are written", count,
                       CRL_ENTRIES_MAX);
    AUTO_VALUE(arena) arena = ARENA(SIZE_MAX);
    struct place *from = arena_alloc(&arena, count * sizeof *from);
    struct place *to = arena_alloc(&arena, count * sizeof *to);
    struct crl_entry *sorted = arena_alloc(&arena, count * sizeof *sorted);
    if (from == NULL || to == NULL || sorted == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the order of a CRL");
    for (size_t i = 0; i < count; i++)
        from[i] = (struct place){.key = key_make(&entries[i]), .index = i};
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (!digit_sort(to, from, count, digit))
            continue;
        struct place *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = entries[from[i].index];
    memcpy(entries, sorted, count * sizeof *entries);
    rest_sort(entries, count, from);
    return true;
}
