/*
 * One HTTPS peer, by libcurl: TLS 1.3 at the least, a pinned certificate where one is given, no
 * redirects, and a limit on every size and time.
 *
 * A struct http keeps its connection between calls and belongs to one thread at a time. Whatever
 * the peer answers but 200 to 299 becomes a struct err by client/problem. That the peer was not
 * reached at all (no connection, no trusted certificate, silence) has the rule HTTP_UNREACHABLE.
 *
 * What it does not do: read the environment (libcurl itself obeys the usual proxy variables), keep
 * cookies, or send anything by itself again but when the peer is busy and took nothing.
 */
#ifndef SEALWARD_CLIENT_HTTP_H
#define SEALWARD_CLIENT_HTTP_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define HTTP_UNREACHABLE "server.reach"

struct http;

/* Whose server it is. Others' may speak TLS 1.2, and plain HTTP on this machine. */
enum http_peer { HTTP_OURS, HTTP_OTHERS };

/* `server` is "https://host[:port]" without a slash at the end. `ca` is a PEM file: certificates of
 * authorities or of the server itself, and only these count; NULL: the system's. */
CHECKED bool http_new(struct http **ret, enum http_peer peer, const char *server, const char *ca,
                      struct err *e);
void http_free(struct http *h);
AUTO_FREE(http)

/* Which version of a file is held, as the peer named it (RFC 9110 sections 8.8 and 13): empty texts
 * at first. A GET with one asks for the file only if it has changed, and takes over what the answer
 * says; where nothing has, `unchanged` is set and nothing is appended. Not touched by a failure. */
struct http_version {
    char etag[136];
    char modified[40];
    bool unchanged;
};

struct http_call {
    const char *method; /* "GET", "POST", "PUT" */
    const char *path;   /* begins with a slash */
    struct bytes body;  /* absent: none */
    const char *type;   /* of the body; NULL: JSON */
    const char *bearer; /* for an Authorization header; NULL: none */
    int64_t patience;   /* milliseconds that the peer may keep silent on purpose; 0: none */
    struct http_version *version; /* NULL: the file in any case */
    /* On failure set to the entry that the peer names as standing against the call, else to -1;
     * NULL: not asked. */
    int64_t *stands;
};

/* Appends the body of the answer; ret->max is its limit. On failure *ret is as before. */
CHECKED bool http_do(struct http *h, const struct http_call *call, struct buf *ret, struct err *e);

#endif
