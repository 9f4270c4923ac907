#include "cli/patience.h"

#include <string.h>

#include "base/clock.h"
#include "client/http.h"

enum { DELAY_LEAST_MS = 200, DELAY_MOST_MS = 5000, NAP_MS = 100 };

static bool is_passing(const struct err *e)
{
    return e->code == ERR_BUSY || e->code == ERR_STATE || strcmp(e->rule, HTTP_UNREACHABLE) == 0;
}

static bool is_stopped(const struct patience *p)
{
    return p->stop != NULL && atomic_load(p->stop);
}

/* In short naps, so that a stop is soon noticed. */
static void sleep_until(const struct patience *p, int64_t time)
{
    for (int64_t now = clock_monotonic_ms(); now < time && !is_stopped(p);
         now = clock_monotonic_ms()) {
        bool whole = clock_sleep_until(now + NAP_MS < time ? now + NAP_MS : time);
        (void)whole;
    }
}

bool patience_wait(struct patience *p, const struct err *e)
{
    int64_t now = clock_monotonic_ms();
    if (p->until == 0)
        *p =
            (struct patience){.until = now + PATIENCE_MS, .delay = DELAY_LEAST_MS, .stop = p->stop};
    if (!is_passing(e) || now >= p->until)
        return false;
    sleep_until(p, now + p->delay);
    p->delay = 2 * p->delay < DELAY_MOST_MS ? 2 * p->delay : DELAY_MOST_MS;
    return !is_stopped(p);
}
