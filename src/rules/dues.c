#include "rules/dues.h"

#include <stdlib.h>

void dues_done(struct dues *d)
{
    free(d->list);
}

static bool due_before(const struct due *a, const struct due *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return bytes_compare(bytes_make(a->key, a->key_size), bytes_make(b->key, b->key_size)) < 0;
}

static bool dues_reserve(struct dues *d)
{
    if (d->count < d->capacity)
        return true;
    size_t capacity = d->capacity == 0 ? 16 : d->capacity * 2;
    struct due *list = reallocarray(d->list, capacity, sizeof *list);
    if (list == NULL) {
        d->failed = true;
        return false;
    }
    d->list = list;
    d->capacity = capacity;
    return true;
}

void dues_add(struct dues *d, int64_t time, size_t kind, struct bytes key)
{
    if (!dues_reserve(d))
        return;
    struct due due = {.time = time, .kind = kind, .key_size = key.size};
    memcpy(due.key, key.data, key.size);
    size_t at = d->count++;
    for (; at > 0 && due_before(&due, &d->list[(at - 1) / 2]); at = (at - 1) / 2)
        d->list[at] = d->list[(at - 1) / 2];
    d->list[at] = due;
}

bool dues_next(struct due *ret, struct dues *d)
{
    if (d->count == 0)
        return false;
    *ret = d->list[0];
    const struct due last = d->list[--d->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < d->count; at = child) {
        if (child + 1 < d->count && due_before(&d->list[child + 1], &d->list[child]))
            child++;
        if (!due_before(&d->list[child], &last))
            break;
        d->list[at] = d->list[child];
    }
    d->list[at] = last;
    return true;
}
