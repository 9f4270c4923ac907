#include "guard/pace.h"

enum { FIRST_MS = 1000, DOUBLINGS_MAX = 30 };

/* From least on, evenly, `range` wide. */
static int64_t spread(int64_t least, int64_t range, uint32_t random)
{
    return least + (int64_t)(random % (uint64_t)(range + 1));
}

int64_t pace_wait(int64_t interval, unsigned failures, uint32_t random)
{
    if (failures == 0)
        return spread(interval - interval / 10, interval / 5, random);
    unsigned doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    int64_t most = (int64_t)FIRST_MS << doublings;
    most = most < interval ? most : interval;
    return spread(most / 2, most - most / 2, random);
}
