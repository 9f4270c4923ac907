#include "http/call.h"

#include <microhttpd.h>

#include "base/diag.h"
#include "http/problem.h"

#define URL_MAX 600

void call_answer(struct call *c)
{
    c->reply.status = 200;
    c->reply.type = "application/json";
    c->reply.cache = "no-store";
}

/* What went wrong inside is for the operator alone. */
static struct err fault_hide(const struct err *why)
{
    struct err told;
    diag_err(DIAG_ERROR, "call-failed", why);
    (void)err_set(&told, why->code, "a fault of the daemon; its messages say more");
    return told;
}

void call_fail(struct call *c, const struct err *why, int64_t entry)
{
    AUTO_VALUE(buf) base = BUF(URL_MAX);
    struct err unknown;
    const char *url = service_base_url(c->service, &base, &unknown) ? buf_string(&base) : "";
    buf_reset(&c->reply.body);
    c->reply.status = problem_status(why->code);
    c->reply.retry = problem_may_pass(why->code);
    struct err told = c->reply.status == 500 ? fault_hide(why) : *why;
    problem_write(&c->reply.body, &told, c->reply.status, url, entry);
    c->reply.type = PROBLEM_TYPE;
    c->reply.cache = "no-store";
    c->reply.etag[0] = '\0';
    c->reply.modified[0] = '\0';
}

void call_suspend(struct call *c)
{
    c->suspended = true;
    MHD_suspend_connection(c->connection);
}

void call_resume(struct call *c)
{
    MHD_resume_connection(c->connection);
}

void call_wake(void *context)
{
    struct call *c = context;
    c->woken = true;
    MHD_resume_connection(c->connection);
}
