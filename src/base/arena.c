#include "base/arena.h"

#include <stdlib.h>

enum { CHUNK = 4096 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) uint8_t data[];
};

void arena_done(struct arena *a)
{
    if (a == NULL)
        return;
    while (a->chunks != NULL) {
        struct arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > a->max - a->used || size > SIZE_MAX / 2)
        return NULL;
    size_t need = (size + align - 1) / align * align;
    if (need == 0)
        need = align;
    struct arena_chunk *chunk = a->chunks;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        size_t step = a->step == 0 ? CHUNK : a->step;
        size_t room = need > step ? need : step;
        chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL)
            return NULL;
        chunk->size = room;
        chunk->next = a->chunks;
        a->chunks = chunk;
    }
    void *place = chunk->data + chunk->used;
    chunk->used += need;
    a->used += size;
    return place;
}

struct bytes arena_copy(struct arena *a, struct bytes bytes)
{
    uint8_t *copy = arena_alloc(a, bytes.size + 1);
    if (copy == NULL)
        return BYTES_NONE;
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return (struct bytes){.data = copy, .size = bytes.size};
}
