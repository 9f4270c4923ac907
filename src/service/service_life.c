/* The life of keys and certificates: accounts, inventory, publications, endpoints, timestamps. */
#include "service/parts.h"

#include "base/clock.h"
#include "service/gauges.h"

enum { COVER_MAX = 1 << 20 };

static struct confirmations_parts confirmations_of(struct service *s)
{
    return (struct confirmations_parts){.replica = s->replica,
                                        .publish = s->publish,
                                        .unrecorded = s->unrecorded,
                                        .metrics = &s->metrics,
                                        .bell = &s->inbox.bell};
}

bool service_radius(struct service *s, const struct account_query *query, struct buf *b,
                    struct err *e)
{
    AUTO_VALUE(buf) endpoints = BUF(COVER_MAX);
    struct confirmations_parts parts = confirmations_of(s);
    return replica_ready(s->replica, e) &&
           propagation_cover(&parts, query->kind, query->id, &endpoints, e) &&
           account_radius(s->search, query, buf_bytes(&endpoints), b, e);
}

bool service_what_if(struct service *s, const struct account_query *query, struct buf *b,
                     struct err *e)
{
    return replica_ready(s->replica, e) && account_what_if(s->search, query, b, e);
}

bool service_story(struct service *s, const struct story_query *query, struct buf *b, struct err *e)
{
    return replica_ready(s->replica, e) && account_story(s->search, query, b, e);
}

void service_timestamp(struct service *s, struct bytes request, timestamp_done *done, void *context)
{
    struct timestamp_parts parts = {
        .replica = s->replica, .intake = s->intake, .metrics = &s->metrics};
    timestamp_ask(&parts, request, done, context);
}

/* --- Views of the state ----------------------------------------------------------------------- */

static bool inventory_view(struct buf *b, const struct rules_state *s, const void *context,
                           struct err *e)
{
    return view_inventory(b, s, context, e);
}

static bool calendar_view(struct buf *b, const struct rules_state *s, const void *context,
                          struct err *e)
{
    const int64_t *until = context;
    return view_calendar(b, s, *until, e);
}

static bool life_view(struct buf *b, const struct rules_state *s, const void *context,
                      struct err *e)
{
    (void)context;
    return view_life(b, s, e);
}

static bool reach_view(struct buf *b, const struct rules_state *s, const void *context,
                       struct err *e)
{
    const struct bytes *workload = context;
    return view_reach(b, s, *workload, e);
}

static bool revocations_view(struct buf *b, const struct rules_state *s, const void *context,
                             struct err *e)
{
    (void)context;
    return view_revocations(b, s, e);
}

/* A subject of revocation. */
struct subject_named {
    struct bytes kind;
    struct bytes id;
};

static bool revocable_view(struct buf *b, const struct rules_state *s, const void *context,
                           struct err *e)
{
    const struct subject_named *named = context;
    return view_revocable(b, s, named->kind, named->id, e);
}

static bool explain_view(struct buf *b, const struct rules_state *s, const void *context,
                         struct err *e)
{
    const struct bytes *token = context;
    return rules_explain(b, s, *token, clock_wall_ms(), e);
}

bool service_inventory(struct service *s, const struct inventory_filter *filter, struct buf *b,
                       struct err *e)
{
    return replica_show_alone(s->replica, b, inventory_view, filter, e);
}

bool service_calendar(struct service *s, int64_t until, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, calendar_view, &until, e);
}

bool service_life(struct service *s, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, life_view, NULL, e);
}

bool service_reach(struct service *s, struct bytes workload, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, reach_view, &workload, e);
}

bool service_revocations(struct service *s, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, revocations_view, NULL, e);
}

bool service_revocable(struct service *s, struct bytes kind, struct bytes id, struct buf *b,
                       struct err *e)
{
    struct subject_named named = {.kind = kind, .id = id};
    return replica_show(s->replica, b, revocable_view, &named, e);
}

bool service_explain(struct service *s, struct bytes token, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, explain_view, &token, e);
}

/* --- Endpoints -------------------------------------------------------------------------------- */

bool service_confirm(struct service *s, struct bytes text, struct buf *b, struct err *e)
{
    struct confirmations_parts parts = confirmations_of(s);
    return confirmations_take(&parts, text, b, e);
}

bool service_propagation(struct service *s, const struct propagation_query *query, struct buf *b,
                         struct err *e)
{
    struct confirmations_parts parts = confirmations_of(s);
    return propagation_tell(&parts, query, b, e);
}

bool service_reconcile(struct service *s, intake_done *done, void *context, struct err *e)
{
    return replica_ready(s->replica, e) && intake_reconcile(s->intake, done, context, e);
}

void service_metrics(struct service *s, struct buf *b)
{
    struct confirmations_parts parts = confirmations_of(s);
    struct err unhealthy;
    (void)!follow_healthy(s->follow, &unhealthy);
    metrics_write(b, &s->metrics);
    gauges_write(b, &parts);
}
