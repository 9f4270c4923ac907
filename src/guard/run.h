/*
 * The running guard: one thread keeps what is held up to date and confirms it, another answers at
 * the socket. Either can be ended at any moment without losing anything (guard/held.h), so nothing
 * is waited for at the end.
 */
#ifndef SEALWARD_GUARD_RUN_H
#define SEALWARD_GUARD_RUN_H

#include "base/auto.h"
#include "base/err.h"

struct run_plan {
    const char *folder;
    const char *ca;     /* as for http_new */
    const char *socket; /* where it listens */
    int interval;       /* seconds between two rounds */
};

/* Until SIGTERM or SIGINT. False if it could not start. */
CHECKED bool run_guard(const struct run_plan *plan, struct err *e);

/* One round, with confirmation; without socket. */
CHECKED bool run_once(const struct run_plan *plan, struct err *e);

#endif
