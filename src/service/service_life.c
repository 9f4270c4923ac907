/* The life of keys and certificates: accounts, inventory, publications, endpoints, timestamps. */
#include "service/parts.h"

bool service_radius(struct service *s, const struct account_query *query, struct buf *b,
                    struct err *e)
{
    return replica_ready(s->replica, e) && account_radius(s->search, query, b, e);
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
