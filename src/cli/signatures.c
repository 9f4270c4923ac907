#include "cli/signatures.h"

#include <stdlib.h>

void signatures_done(struct signatures *s)
{
    free(s->list);
    *s = SIGNATURES_NONE;
}

bool signatures_add(struct signatures *s, const struct signature *signature, struct err *e)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 16 : 2 * s->capacity;
        struct signature *list = reallocarray(s->list, capacity, sizeof *list);
        if (list == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for the signatures made");
        s->list = list;
        s->capacity = capacity;
    }
    s->list[s->count++] = *signature;
    return true;
}

struct signature *signatures_find(const struct signatures *s, enum mechanism mechanism,
                                  struct bytes digest)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].mechanism == mechanism && bytes_equal(signature_digest(&s->list[i]), digest))
            return &s->list[i];
    return NULL;
}

size_t signatures_unbound(const struct signatures *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += !s->list[i].bound;
    return count;
}
