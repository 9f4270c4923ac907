#include "rules/signers.h"

#include <stdlib.h>

#include "rules/tables.h"

/* Decoded, a signer takes less than its text and the structs of its lists. */
#define SIGNERS_MAX ((size_t)1 << 30)

void signers_free(struct signers *g)
{
    if (g == NULL)
        return;
    arena_done(&g->arena);
    free(g);
}

static bool signer_read(struct signer_info *ret, const struct table *objects,
                        const struct object *object, struct arena *a, struct err *e)
{
    ret->id = arena_copy(a, object->id);
    struct bytes value = arena_copy(a, object->value);
    if (ret->id.data == NULL || value.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the signers of policy");
    if (!fields_read(&ret->signer, object_fields(OBJECT_SIGNER), value, a, e))
        return false;
    ret->lives = policy_has(objects, OBJECT_LIFE, ret->signer.level);
    return !ret->lives || policy_get(&ret->life, objects, OBJECT_LIFE, ret->signer.level, a, e);
}

bool signers_new(struct signers **ret, const struct table *objects, struct err *e)
{
    static const uint8_t kind[] = {OBJECT_SIGNER};
    AUTO(signers) made = calloc(1, sizeof *made);
    if (made == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the signers of policy");
    made->arena = ARENA(SIGNERS_MAX);
    made->generation = objects->generation;
    size_t from = table_seek(objects, BYTES_OF(kind));
    size_t to = from;
    while (table_within(objects, to, BYTES_OF(kind)))
        to++;
    made->list = arena_alloc(&made->arena, (to - from + 1) * sizeof *made->list);
    if (made->list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the signers of policy");
    for (size_t i = from; i < to; i++)
        if (!signer_read(&made->list[made->count++], objects, table_at(objects, i), &made->arena,
                         e))
            return false;
    *ret = TAKE(made);
    return true;
}

bool signers_fresh(const struct signers *g, const struct table *objects)
{
    return g != NULL && g->generation == objects->generation;
}

const struct signer_info *signers_find(const struct signers *g, struct bytes id)
{
    size_t low = 0;
    size_t high = id.data == NULL ? 0 : g->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(g->list[middle].id, id);
        if (order == 0)
            return &g->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
