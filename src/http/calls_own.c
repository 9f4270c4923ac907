#include "http/calls.h"

#include "http/traffic.h"

bool calls_metrics(struct call *c, struct err *e)
{
    service_metrics(c->service, &c->reply.body);
    traffic_write(&c->reply.body, c->traffic);
    if (!buf_ok(&c->reply.body, "metrics", e))
        return false;
    call_answer(c);
    c->reply.type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}

bool calls_healthz(struct call *c, struct err *e)
{
    if (!service_healthy(c->service, e))
        return false;
    buf_put_text(&c->reply.body, "{\"healthy\":true}");
    call_answer(c);
    return buf_ok(&c->reply.body, "health", e);
}
