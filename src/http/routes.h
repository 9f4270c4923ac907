/*
 * The table of the API: method, path, parameters, handler. Handlers stand in calls_*.c; a new call
 * is a handler and a row.
 */
#ifndef SEALWARD_HTTP_ROUTES_H
#define SEALWARD_HTTP_ROUTES_H

#include "base/auto.h"
#include "http/call.h"

struct route {
    const char *name;          /* for metrics and messages: the path with its variables */
    const char *method;        /* "GET" serves HEAD as well */
    const char *path;          /* "*" stands for one segment, a last "**" for all that follow */
    const char *parameters[7]; /* those that the query may have */
    bool (*take)(struct call *c, struct err *e);
    bool plain; /* also without TLS: what is public, and signed by itself */
};

enum { ROUTES_MAX = 48 };
extern const struct route routes[];
extern const size_t route_count;

/* The row for this method and target, of the plain ones alone if `plain`; its query is checked.
 * ERR_NOT_FOUND: no such path. ERR_INPUT and *ret_allow set: the path knows other methods, these.
 */
CHECKED bool route_find(const struct route **ret, const char *method, const struct target *target,
                        bool plain, const char **ret_allow, struct err *e);

#endif
