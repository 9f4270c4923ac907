/* RFC 3161 over HTTP (section 3.4): always 200, whatever the answer says. */
#include "http/calls.h"

#include "base/clock.h"
#include "http/rate.h"

static void answer_set(struct call *c)
{
    call_answer(c);
    c->reply.type = "application/timestamp-reply";
}

static void stamped(void *context, struct buf *reply)
{
    struct call *c = context;
    buf_done(&c->reply.body);
    c->reply.body = buf_take(reply);
    answer_set(c);
    call_resume(c);
}

bool calls_tsa(struct call *c, struct err *e)
{
    (void)e;
    if (!rate_take(c->stamps, c->address, clock_monotonic_ms())) {
        timestamp_reject(&c->reply.body, TSP_SYSTEM_FAILURE,
                         "too many requests from this address; ask again in a second");
        answer_set(c);
        return true;
    }
    call_suspend(c);
    service_timestamp(c->service, c->body, stamped, c);
    return true;
}
