#include "http/calls.h"

#include "base/json.h"
#include "base/limits.h"
#include "http/parameters.h"

enum { ROWS = 100, ROWS_MAX = 1000 };

static bool page_read(struct account_query *ret, const struct target *t, struct err *e)
{
    return parameter_before(&ret->before, t, e) &&
           parameter_limit(&ret->limit, t, ROWS_MAX, ROWS, e);
}

bool calls_radius(struct call *c, struct err *e)
{
    struct account_query query = {.limit = ROWS};
    const struct target *t = &c->target;
    if (!parameter_text(&query.kind, t, "kind", e) || !parameter_text(&query.id, t, "id", e) ||
        !page_read(&query, t, e) || !service_radius(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_what_if(struct call *c, struct err *e)
{
    struct account_query query = {.limit = ROWS};
    const struct target *t = &c->target;
    if (!parameter_text(&query.kind, t, "kind", e) || !parameter_text(&query.id, t, "id", e) ||
        !parameter_number(&query.effective, t, "effective", 0, LIMIT_TIME_MS, 0, e) ||
        !page_read(&query, t, e) || !service_what_if(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_story(struct call *c, struct err *e)
{
    struct story_query query;
    const struct target *t = &c->target;
    if (!parameter_text(&query.kind, t, "kind", e) || !parameter_text(&query.id, t, "id", e) ||
        !parameter_number(&query.after, t, "after", 0, JSON_INTEGER_MAX, -1, e) ||
        !parameter_limit(&query.limit, t, ROWS_MAX, ROWS, e) ||
        !service_story(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}
