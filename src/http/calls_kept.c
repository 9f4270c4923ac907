#include "http/calls.h"

#include "base/json.h"
#include "http/parameters.h"

enum { PAGE = 100, PAGE_MAX = 1000 };

bool calls_names(struct call *c, struct err *e)
{
    size_t limit;
    if (!parameter_limit(&limit, &c->target, PAGE_MAX, PAGE, e) ||
        !service_names(c->service, target_parameter(&c->target, "after"), limit, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_name(struct call *c, struct err *e)
{
    if (!service_name(c->service, c->target.segments[2], &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_put_name(struct call *c, struct err *e)
{
    if (!service_put_name(c->service, c->target.segments[2], c->body, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_refusals(struct call *c, struct err *e)
{
    size_t limit;
    int64_t before;
    if (!parameter_limit(&limit, &c->target, PAGE_MAX, PAGE, e) ||
        !parameter_number(&before, &c->target, "before", 0, JSON_INTEGER_MAX, INT64_MAX, e) ||
        !service_refusals(c->service, before, limit, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}
