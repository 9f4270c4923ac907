#include "http/calls.h"

/* The keeper's answer, from another thread. */
static void asked(void *context, struct intake_answer *answer)
{
    struct call *c = context;
    if (answer->ok) {
        buf_done(&c->reply.body);
        c->reply.body = buf_take(&answer->body);
        call_answer(c);
    } else {
        call_fail(c, &answer->err, answer->entry);
    }
    call_resume(c);
}

bool calls_submit(struct call *c, struct err *e)
{
    call_suspend(c);
    return service_submit(c->service, c->body, asked, c, e);
}

bool calls_again(struct call *c, struct err *e)
{
    call_suspend(c);
    return service_again(c->service, c->body, asked, c, e);
}

bool calls_reconcile(struct call *c, struct err *e)
{
    call_suspend(c);
    return service_reconcile(c->service, asked, c, e);
}
