#include "http/calls.h"

#include "base/limits.h"
#include "http/parameters.h"

enum { PROPAGATION_ROWS = 20 };

static bool answered(struct call *c)
{
    call_answer(c);
    return true;
}

/* --- What there is ---------------------------------------------------------------------------- */

bool calls_inventory(struct call *c, struct err *e)
{
    const struct target *t = &c->target;
    struct inventory_filter filter = {.owner = target_parameter(t, "owner")};
    return parameter_number(&filter.expiring, t, "expiring", 0, LIMIT_TIME_MS, 0, e) &&
           parameter_number(&filter.unused, t, "unused", 0, LIMIT_TIME_MS, 0, e) &&
           service_inventory(c->service, &filter, &c->reply.body, e) && answered(c);
}

bool calls_calendar(struct call *c, struct err *e)
{
    int64_t until;
    return parameter_number(&until, &c->target, "until", 0, LIMIT_TIME_MS, LIMIT_TIME_MS, e) &&
           service_calendar(c->service, until, &c->reply.body, e) && answered(c);
}

bool calls_life(struct call *c, struct err *e)
{
    return service_life(c->service, &c->reply.body, e) && answered(c);
}

bool calls_reach(struct call *c, struct err *e)
{
    return service_reach(c->service, c->target.segments[2], &c->reply.body, e) && answered(c);
}

bool calls_explain(struct call *c, struct err *e)
{
    return service_explain(c->service, c->body, &c->reply.body, e) && answered(c);
}

/* --- What is not to be trusted ---------------------------------------------------------------- */

bool calls_revocations(struct call *c, struct err *e)
{
    return service_revocations(c->service, &c->reply.body, e) && answered(c);
}

bool calls_revocable(struct call *c, struct err *e)
{
    struct bytes kind;
    struct bytes id;
    return parameter_text(&kind, &c->target, "kind", e) &&
           parameter_text(&id, &c->target, "id", e) &&
           service_revocable(c->service, kind, id, &c->reply.body, e) && answered(c);
}

bool calls_confirm(struct call *c, struct err *e)
{
    return service_confirm(c->service, c->body, &c->reply.body, e) && answered(c);
}

bool calls_propagation(struct call *c, struct err *e)
{
    const struct target *t = &c->target;
    struct propagation_query query = {.kind = target_parameter(t, "kind"),
                                      .id = target_parameter(t, "id")};
    if ((query.kind.data == NULL) != (query.id.data == NULL))
        return err_set(e, ERR_INPUT, "parameters \"kind\" and \"id\" belong together");
    return parameter_limit(&query.limit, t, PROPAGATION_MAX, PROPAGATION_ROWS, e) &&
           service_propagation(c->service, &query, &c->reply.body, e) && answered(c);
}
