#include "http/calls.h"

#include "base/hex.h"
#include "http/parameters.h"

enum { WAIT_MAX_MS = 30000, CERTIFICATES_MAX = 200 };

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
    uint8_t from[32];
    const struct target *t = &c->target;
    struct keys_filter filter = {.prefix = target_parameter(t, "id"),
                                 .signer = target_parameter(t, "signer"),
                                 .path = target_parameter(t, "path"),
                                 .from = target_parameter(t, "from")};
    if (!parameter_limit(&filter.limit, t, VIEW_KEYS_MAX, VIEW_KEYS_MAX, e))
        return false;
    if (filter.from.data != NULL) {
        if (!hex_decode(from, sizeof from, filter.from, e))
            return err_wrap(e, "parameter \"from\"");
        filter.from = BYTES_OF(from);
    }
    if (!service_keys(c->service, t->parameter_count == 0 ? NULL : &filter, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_certificates(struct call *c, struct err *e)
{
    struct certificates_query query;
    if (!parameter_number(&query.from, &c->target, "from", 0, JSON_INTEGER_MAX, 0, e) ||
        !parameter_limit(&query.limit, &c->target, CERTIFICATES_MAX, CERTIFICATES_MAX, e) ||
        !service_certificates(c->service, &query, &c->reply.body, e))
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
