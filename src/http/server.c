#include "http/server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "http/connections.h"
#include "http/problem.h"
#include "http/traffic.h"

/* Seconds of silence; milliseconds for a body; bytes of a connection's header and buffers; bytes of
 * a body too large that are still read so that its sender gets the answer. */
enum { SILENCE_S = 30, BODY_MS = 30000, CONNECTION_MEMORY = 32768, STACK_SIZE = 1 << 20 };
#define BODY_SWALLOWED_MAX (64u << 20)
/* Bytes of answers that wait for their readers: in all, and of one that always goes. Who asks for
 * much and reads nothing holds no more memory than that. */
#define UNREAD_MAX ((size_t)256 << 20)
#define UNREAD_SMALL 65536u
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3"

struct server {
    struct MHD_Daemon *daemon;
    int listener; /* ours to close; -1 while the server library has it */
    bool plain;
    struct service *service;
    const char *public_folder;
    struct connections *connections;
    struct traffic *traffic;
    struct rate *stamps;
    atomic_bool closing;
    atomic_size_t unread; /* bytes of answers that are being sent */
};

/* Where a request is on its way. */
enum stage { STAGE_HEADER, STAGE_BODY, STAGE_WORK, STAGE_SENT };

struct exchange {
    struct server *server;
    enum stage stage;
    char target[TARGET_MAX + 2];
    const struct route *route;
    bool refused; /* `why` is known before the body is */
    struct err why;
    const char *allow;
    struct buf body;
    size_t swallowed;
    int64_t begun_us;
    size_t unread; /* bytes of its answer, counted with the server's */
    struct call call;
};

static void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    atomic_fetch_sub(&x->server->unread, x->unread);
    buf_done(&x->body);
    buf_done(&x->call.reply.body);
    free(x);
}

static struct connection *connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* --- Answering -------------------------------------------------------------------------------- */

static void header_put(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        (void)MHD_add_response_header(response, name, value);
}

static void headers_put(struct MHD_Response *response, const struct exchange *x)
{
    const struct reply *reply = &x->call.reply;
    if (reply->status != 304)
        header_put(response, "Content-Type", reply->type);
    header_put(response, "Cache-Control", reply->cache);
    header_put(response, "ETag", reply->etag);
    header_put(response, "Last-Modified", reply->modified);
    header_put(response, "Allow", reply->allow);
    header_put(response, "Retry-After", reply->retry ? "1" : NULL);
    header_put(response, "X-Content-Type-Options", "nosniff");
    if (atomic_load(&x->server->closing))
        header_put(response, "Connection", "close");
}

/* Counts the answer in, or gives another in its place. */
static void reply_weigh(struct exchange *x)
{
    struct server *s = x->server;
    struct err e;
    size_t size = x->call.reply.body.size;
    x->unread = size;
    if (atomic_fetch_add(&s->unread, size) + size <= UNREAD_MAX || size <= UNREAD_SMALL)
        return;
    (void)err_set(&e, ERR_BUSY, "too many answers wait for their readers");
    buf_done(&x->call.reply.body);
    x->call.reply.body = BUF(CALL_REPLY_MAX);
    call_fail(&x->call, &e, -1);
    atomic_fetch_sub(&s->unread, size - x->call.reply.body.size);
    x->unread = x->call.reply.body.size;
}

static enum MHD_Result reply_send(struct exchange *x)
{
    reply_weigh(x);
    struct buf body = buf_take(&x->call.reply.body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(body.size, body.data, free);
    if (response == NULL) {
        buf_done(&body);
        return MHD_NO;
    }
    headers_put(response, x);
    enum MHD_Result sent = MHD_queue_response(x->call.connection, x->call.reply.status, response);
    MHD_destroy_response(response);
    x->stage = STAGE_SENT;
    traffic_count(x->server->traffic, x->route, x->call.reply.status);
    diag_write(DIAG_DEBUG, "answered", DIAG_TEXT("target", x->target),
               DIAG_INTEGER("status", x->call.reply.status),
               DIAG_INTEGER("microseconds", clock_monotonic_us() - x->begun_us));
    return sent;
}

static void refuse(struct exchange *x, const struct err *why)
{
    call_fail(&x->call, why, -1);
    if (x->allow == NULL)
        return;
    x->call.reply.status = MHD_HTTP_METHOD_NOT_ALLOWED;
    x->call.reply.allow = x->allow;
    buf_reset(&x->call.reply.body);
    problem_write(&x->call.reply.body, why, x->call.reply.status, "", -1);
}

/* Runs the handler, for the first time or after a wait. */
static enum MHD_Result work(struct exchange *x)
{
    struct err e;
    struct call *c = &x->call;
    c->suspended = false;
    if (x->route->take(c, &e))
        return c->suspended ? MHD_YES : reply_send(x);
    call_fail(c, &e, -1);
    if (!c->suspended)
        return reply_send(x);
    /* It was put to rest for something that could not be asked. */
    call_resume(c);
    return MHD_YES;
}

/* --- Taking in -------------------------------------------------------------------------------- */

static struct bytes header_of(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == NULL ? BYTES_NONE : bytes_text(value);
}

static bool header_judge(struct exchange *x, const char *method, struct err *e)
{
    if (atomic_load(&x->server->closing))
        return err_set(e, ERR_STATE, "the daemon is shutting down");
    return target_read(&x->call.target, bytes_text(x->target), e) &&
           route_find(&x->route, method, &x->call.target, x->server->plain, &x->allow, e);
}

/* The bytes of the client's address; of IPv6 those of its network. */
static struct bytes address_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const void *address = info == NULL ? NULL : info->client_addr;
    const struct sockaddr_in *four = address;
    const struct sockaddr_in6 *six = address;
    if (four == NULL)
        return BYTES_NONE;
    if (four->sin_family == AF_INET6)
        return bytes_make(&six->sin6_addr, 8);
    return bytes_make(&four->sin_addr, sizeof four->sin_addr);
}

/* Everything but the body is known. */
static enum MHD_Result header_take(struct exchange *x, struct MHD_Connection *connection,
                                   const char *method)
{
    struct call *c = &x->call;
    c->connection = connection;
    c->address = address_of(connection);
    c->stamps = x->server->stamps;
    c->if_none_match = header_of(connection, "If-None-Match");
    c->if_modified_since = header_of(connection, "If-Modified-Since");
    x->begun_us = clock_monotonic_us();
    x->refused = !header_judge(x, method, &x->why);
    x->stage = STAGE_BODY;
    connections_busy(x->server->connections, connection_of(connection), clock_monotonic_ms());
    return MHD_YES;
}

/* A part of the body. One that is too large is read to its end, within reason, because its sender
 * listens only then. */
static enum MHD_Result body_take(struct exchange *x, struct bytes part)
{
    x->swallowed += part.size;
    if (x->swallowed > BODY_SWALLOWED_MAX ||
        clock_monotonic_us() - x->begun_us > (int64_t)BODY_MS * 1000)
        return MHD_NO;
    if (x->refused)
        return MHD_YES;
    buf_put(&x->body, part);
    if (!x->body.failed)
        return MHD_YES;
    buf_reset(&x->body);
    x->refused = true;
    (void)err_set(&x->why, ERR_LIMIT, "the body has more than %u bytes", CALL_BODY_MAX);
    return MHD_YES;
}

static enum MHD_Result request_take(struct exchange *x)
{
    atomic_fetch_add(&x->server->traffic->active, 1);
    x->stage = STAGE_WORK;
    x->call.body = buf_bytes(&x->body);
    if (!x->refused)
        return work(x);
    refuse(x, &x->why);
    return reply_send(x);
}

/* --- What the library calls ------------------------------------------------------------------- */

/* The target as it was sent; what this returns is the request's own from here on. */
static void *on_target(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *s = context;
    struct exchange *x = calloc(1, sizeof *x);
    (void)connection;
    if (x == NULL)
        return NULL;
    x->server = s;
    /* One that is too long is cut behind the limit, and so still too long. */
    (void)snprintf(x->target, sizeof x->target, "%s", uri);
    x->body = BUF(CALL_BODY_MAX);
    x->call.service = s->service;
    x->call.traffic = s->traffic;
    x->call.public_folder = s->public_folder;
    x->call.reply.body = BUF(CALL_REPLY_MAX);
    return x;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *part,
                                  size_t *part_size, void **request)
{
    struct exchange *x = *request;
    struct bytes body = bytes_make(part, *part_size);
    (void)context;
    (void)url;
    (void)version;
    if (x == NULL)
        return MHD_NO;
    switch (x->stage) {
    case STAGE_HEADER:
        return header_take(x, connection, method);
    case STAGE_BODY:
        *part_size = 0;
        return body.size > 0 ? body_take(x, body) : request_take(x);
    case STAGE_WORK:
        return x->call.reply.status != 0 ? reply_send(x) : work(x);
    case STAGE_SENT:
        break;
    }
    return MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode how)
{
    struct server *s = context;
    struct exchange *x = *request;
    (void)how;
    *request = NULL;
    if (x == NULL)
        return;
    if (x->stage == STAGE_WORK || x->stage == STAGE_SENT)
        atomic_fetch_sub(&s->traffic->active, 1);
    exchange_free(x);
    connections_idle(s->connections, connection_of(connection), clock_monotonic_ms());
}

/* A connection that comes when everything ends is closed at once. */
static enum MHD_Result on_accept(void *context, const struct sockaddr *address, socklen_t size)
{
    struct server *s = context;
    (void)address;
    (void)size;
    return atomic_load(&s->closing) ? MHD_NO : MHD_YES;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *s = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_close(s->connections, *place);
        atomic_fetch_sub(&s->traffic->connections, 1);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    atomic_fetch_add(&s->traffic->connections, 1);
    *place = info == NULL
                 ? NULL
                 : connections_open(s->connections, info->connect_fd, clock_monotonic_ms());
}

/* Nothing is unescaped: http/target takes what was sent. */
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* What the library says about its clients; outsiders can cause it, so only for those who look. */
static void on_message(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void on_message(void *context, const char *format, va_list arguments)
{
    char text[300];
    (void)context;
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    diag_write(DIAG_DEBUG, "http", DIAG_TEXT("message", text));
}

/* --- Life ------------------------------------------------------------------------------------- */

/* What only the server with TLS is told. */
static void tls_options(struct MHD_OptionItem items[static 4], const struct server_options *o)
{
    union {
        const char *text;
        void *pointer;
    } certificate = {.text = (const char *)o->certificate.data},
      key = {.text = (const char *)o->key.data}, priorities = {.text = TLS_PRIORITIES};
    items[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.pointer};
    items[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, key.pointer};
    items[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities.pointer};
    items[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static bool daemon_start(struct server *s, const struct server_options *o, struct err *e)
{
    struct MHD_OptionItem tls[4] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG | (o->plain ? 0u : (unsigned)MHD_USE_TLS);
    if (!o->plain)
        tls_options(tls, o);
    s->daemon = MHD_start_daemon(
        flags, 0, on_accept, s, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, o->listener, MHD_OPTION_THREAD_POOL_SIZE, o->threads,
        MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        o->per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK_SIZE, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        s, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (s->daemon != NULL) {
        s->listener = -1;
        return true;
    }
    (void)err_set(e, ERR_IO, "the %s server cannot start", o->plain ? "HTTP" : "HTTPS");
    return err_hint(e, o->plain ? "--verbose says more"
                                : "certificate and key must be PEM and belong together; --verbose "
                                  "says more");
}

bool server_start(struct server **ret, const struct server_options *options, struct err *e)
{
    AUTO(server) s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)close(options->listener);
        return err_set(e, ERR_MEMORY, "out of memory for the server");
    }
    s->listener = options->listener;
    s->plain = options->plain;
    s->service = options->service;
    s->traffic = options->traffic;
    s->stamps = options->stamps;
    s->public_folder = options->public_folder;
    if (!connections_new(&s->connections, options->connections, e) || !daemon_start(s, options, e))
        return false;
    *ret = TAKE(s);
    return true;
}

/* The library's own way to stop listening (MHD_quiesce_daemon) is left alone: where a thread wakes
 * at that moment, it ends the process. */
void server_close(struct server *s)
{
    atomic_store(&s->closing, true);
}

void server_tend(struct server *s)
{
    connections_tend(s->connections, clock_monotonic_ms());
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    if (s->daemon != NULL)
        MHD_stop_daemon(s->daemon);
    if (s->listener >= 0)
        (void)close(s->listener);
    connections_free(s->connections);
    free(s);
}
