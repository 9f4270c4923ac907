#include "keeper/pause.h"

enum { FIRST_MS = 1000, LAST_MS = 60000 };

void pause_begin(struct pause *p, int64_t now)
{
    p->length = p->length == 0 ? FIRST_MS : p->length * 2;
    if (p->length > LAST_MS)
        p->length = LAST_MS;
    p->until = now + p->length;
}

void pause_end(struct pause *p)
{
    *p = (struct pause){.length = 0};
}

bool pause_lasts(const struct pause *p, int64_t now)
{
    return now < p->until;
}
