/*
 * One call of the API: what was asked, and what is answered. Handlers fill the reply, or fail with
 * an error that becomes a problem document.
 *
 * A handler that must wait suspends the call first and then asks for what it waits for, so that no
 * thread of the server ever waits. The answer comes in another thread, which either gives the reply
 * (call_answer, call_fail) or wakes the call (call_wake): then the handler runs again, once, with
 * `woken` set, and answers what there is by then.
 *
 * Ownership: the server's; it lives until its answer is sent or its connection has gone, and never
 * goes while it is suspended. Threads: one at a time; suspending and resuming hand it over.
 */
#ifndef SEALWARD_HTTP_CALL_H
#define SEALWARD_HTTP_CALL_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/date.h"
#include "http/target.h"
#include "service/service.h"

struct MHD_Connection;
struct rate;
struct traffic;

/* Bytes of a call's body. */
#define CALL_BODY_MAX (256u << 10)
/* The largest file is a CRL of two million entries. */
#define CALL_REPLY_MAX (192u << 20)

struct reply {
    unsigned status; /* 0: not answered yet */
    const char *type;
    const char *cache; /* Cache-Control */
    const char *allow; /* of 405; else NULL */
    bool retry;        /* Retry-After */
    char etag[48];     /* with its quotes; "" for none */
    char modified[DATE_SIZE];
    struct buf body;
};

struct call {
    struct service *service;
    struct traffic *traffic;
    struct rate *stamps;  /* of timestamps */
    struct bytes address; /* who asks: the bytes of the address */
    const char *public_folder;
    struct MHD_Connection *connection;
    struct target target;
    struct bytes body;
    struct bytes if_none_match; /* header; absent if not sent */
    struct bytes if_modified_since;
    bool suspended;
    bool woken;
    struct reply reply;
};

/* Answers with what is in the body: 200, JSON that nobody keeps. */
void call_answer(struct call *c);
/* Answers with a problem. */
void call_fail(struct call *c, const struct err *why, int64_t entry);

/* Puts the call to rest; nothing else of the handler's own may be done with it after what it waits
 * for was asked. */
void call_suspend(struct call *c);
/* The reply is there, from another thread. */
void call_resume(struct call *c);
/* Runs the handler again; for the service's waiting (`context` is the call). */
void call_wake(void *context);

#endif
