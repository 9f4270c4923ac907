#include "http/traffic.h"

#include <inttypes.h>

size_t traffic_active(struct traffic *t)
{
    return (size_t)atomic_load(&t->active);
}

void traffic_count(struct traffic *t, const struct route *route, unsigned status)
{
    size_t row = route == NULL ? ROUTES_MAX : (size_t)(route - routes);
    unsigned class = status / 100 < 6 ? status / 100 : 0;
    atomic_fetch_add_explicit(&t->answers[row][class], 1, memory_order_relaxed);
}

static void gauge_write(struct buf *b, const char *name, const char *help, int64_t value)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n", name, help, name, name, value);
}

void traffic_write(struct buf *b, struct traffic *t)
{
    static const char name[] = "sealward_http_answers_total";
    gauge_write(b, "sealward_http_connections", "Open connections.", atomic_load(&t->connections));
    gauge_write(b, "sealward_http_active", "Calls being worked on.", atomic_load(&t->active));
    buf_printf(b, "# HELP %s Answers by route and class of status.\n# TYPE %s counter\n", name,
               name);
    for (size_t row = 0; row <= ROUTES_MAX; row++)
        for (unsigned class = 1; class < 6; class ++) {
            int64_t count = atomic_load_explicit(&t->answers[row][class], memory_order_relaxed);
            const char *route = row < route_count ? routes[row].name : "other";
            if (count > 0)
                buf_printf(b, "%s{route=\"%s\",class=\"%uxx\"} %" PRId64 "\n", name, route, class,
                           count);
        }
}
