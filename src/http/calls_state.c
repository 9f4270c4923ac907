#include "http/calls.h"

#include "http/parameters.h"

enum { WAIT_MAX_MS = 30000 };

bool calls_subjects(struct call *c, struct err *e)
{
    if (!service_subjects(c->service, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_subject(struct call *c, struct err *e)
{
    uint8_t leaf[32];
    int64_t wait;
    if (!parameter_leaf(leaf, c->target.segments[2], e) ||
        !parameter_number(&wait, &c->target, "wait", 0, WAIT_MAX_MS, 0, e))
        return false;
    if (wait > 0 && !c->woken) {
        call_suspend(c);
        return service_wait_subject(c->service, leaf, target_parameter(&c->target, "seen"), wait,
                                    call_wake, c, e);
    }
    if (!service_subject(c->service, leaf, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_policy(struct call *c, struct err *e)
{
    if (!service_policy(c->service, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_signer(struct call *c, struct err *e)
{
    if (!service_signer(c->service, c->target.segments[2], &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_keys(struct call *c, struct err *e)
{
    if (!service_keys(c->service, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_findings(struct call *c, struct err *e)
{
    if (!service_findings(c->service, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}
