/*
 * sealwardd: open, then work.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/listen.h"
#include "http/options.h"
#include "http/rate.h"
#include "http/server.h"
#include "http/traffic.h"

/* How long a stop waits for what was admitted, and then for answers to be sent. */
enum { STOP_MS = 30000, SEND_MS = 5000, PEM_MAX = 1 << 20, KEY_PEM_MAX = 65536 };

struct running {
    struct service *service;
    struct server *server;
    struct server *plain; /* NULL: none */
    struct traffic traffic;
    struct rate *stamps;
    int listeners[2]; /* TLS, plain; -1: none, or a server's by now */
    int ports[2];
};

static void running_done(struct running *r)
{
    if (r == NULL)
        return;
    server_free(r->plain);
    server_free(r->server);
    for (size_t i = 0; i < 2; i++)
        if (r->listeners[i] >= 0)
            (void)close(r->listeners[i]);
    service_free(r->service);
    rate_free(r->stamps);
}
AUTO_DONE(running)

/* --- Opening ---------------------------------------------------------------------------------- */

/* The library wants strings. */
static bool key_load(struct secret **ret, const char *path, struct err *e)
{
    AUTO(secret) read = NULL;
    if (!secret_from_file(&read, path, KEY_PEM_MAX, "the TLS key", e))
        return false;
    struct bytes pem = secret_bytes(read);
    if (!secret_new(ret, pem.size + 1, e))
        return false;
    memcpy(secret_data(*ret), pem.data, pem.size);
    return true;
}

static unsigned threads_choose(const struct options *o)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->threads > 0)
        return (unsigned)o->threads;
    return processors < 2 ? 2 : processors > 16 ? 16 : (unsigned)processors;
}

static bool service_begin(struct running *r, const struct options *o, unsigned threads,
                          struct err *e)
{
    struct service_options options = {.keeper = o->keeper,
                                      .state = o->state,
                                      .public_folder = o->public_folder,
                                      .first = o->first,
                                      .readers = threads};
    return service_open(&r->service, &options, e) && service_start(r->service, e);
}

static bool server_begin(struct running *r, const struct options *o, unsigned threads, int listener,
                         struct bytes certificate, struct bytes key, struct err *e)
{
    struct server_options options = {.listener = listener,
                                     .certificate = certificate,
                                     .key = key,
                                     .threads = threads,
                                     .connections = (unsigned)o->connections,
                                     .per_address = (unsigned)o->per_address,
                                     .plain = certificate.data == NULL,
                                     .service = r->service,
                                     .traffic = &r->traffic,
                                     .stamps = r->stamps,
                                     .public_folder = o->public_folder};
    return server_start(options.plain ? &r->plain : &r->server, &options, e);
}

/* Sockets are the servers' once one is asked to start, whatever comes of it. */
static bool servers_begin(struct running *r, const struct options *o, unsigned threads,
                          struct bytes certificate, struct bytes key, struct err *e)
{
    int listener = r->listeners[0];
    int plain = r->listeners[1];
    r->listeners[0] = -1;
    if (!rate_new(&r->stamps, (unsigned)o->tsa_rate, e)) {
        (void)close(listener);
        return false;
    }
    if (!server_begin(r, o, threads, listener, certificate, key, e))
        return false;
    r->listeners[1] = -1;
    return plain < 0 || server_begin(r, o, threads, plain, BYTES_NONE, BYTES_NONE, e);
}

static bool listeners_open(struct running *r, const struct options *o, struct err *e)
{
    return listen_open(&r->listeners[0], &r->ports[0], o->listen, e) &&
           (o->tsa_listen == NULL || listen_open(&r->listeners[1], &r->ports[1], o->tsa_listen, e));
}

/* Key and sockets are had before the process becomes another user; everything else after. */
static bool open_all(struct running *r, const struct options *o, struct err *e)
{
    AUTO(secret) key = NULL;
    AUTO_VALUE(buf) certificate = BUF(PEM_MAX);
    unsigned threads = threads_choose(o);
    if (!key_load(&key, o->tls_key, e) || !file_read(&certificate, o->tls_cert, FILE_REGULAR, e) ||
        !listeners_open(r, o, e))
        return false;
    buf_put_u8(&certificate, 0);
    return (o->user == NULL || sandbox_become(o->user, e)) &&
           buf_ok(&certificate, "the certificate", e) && service_begin(r, o, threads, e) &&
           servers_begin(r, o, threads, buf_bytes(&certificate), secret_bytes(key), e);
}

/* --- Working ---------------------------------------------------------------------------------- */

/* Signals are taken by the main thread alone, and only where it waits for them. */
static sigset_t signals_hold(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return set;
}

static void serve(struct running *r, const sigset_t *signals)
{
    struct timespec second = {.tv_sec = 1};
    while (sigtimedwait(signals, NULL, &second) < 0) {
        server_tend(r->server);
        if (r->plain != NULL)
            server_tend(r->plain);
    }
}

/* Waits until nothing is at work; false when the time is over. */
static bool rest_wait(struct running *r, int64_t milliseconds)
{
    int64_t end = clock_monotonic_ms() + milliseconds;
    while (service_pending(r->service) > 0 || traffic_active(&r->traffic) > 0) {
        if (clock_monotonic_ms() >= end)
            return false;
        (void)!clock_sleep_until(clock_monotonic_ms() + 10);
    }
    return true;
}

/* Finishes what was admitted, and answers it. */
static void stop(struct running *r)
{
    server_close(r->server);
    if (r->plain != NULL)
        server_close(r->plain);
    service_close(r->service);
    bool all = rest_wait(r, STOP_MS);
    service_stop(r->service);
    all = rest_wait(r, SEND_MS) && all;
    diag_write(DIAG_INFO, "stopped", DIAG_TEXT("all-answered", all ? "yes" : "no"));
}

static bool run(const struct options *o, struct err *e)
{
    AUTO_VALUE(running) r = {.service = NULL, .listeners = {-1, -1}};
    sigset_t signals = signals_hold();
    if (!open_all(&r, o, e))
        return false;
    diag_write(DIAG_INFO, "listening", DIAG_TEXT("at", o->listen),
               DIAG_INTEGER("port", r.ports[0]));
    if (r.plain != NULL)
        diag_write(DIAG_INFO, "listening-plain", DIAG_TEXT("at", o->tsa_listen),
                   DIAG_INTEGER("port", r.ports[1]));
    serve(&r, &signals);
    stop(&r);
    return true;
}

static void fault_print(void *context, const char *name)
{
    (void)context;
    (void)printf("%s\n", name);
}

static bool work(const struct options *o, struct err *e)
{
    switch ((enum daemon_mode)o->mode) {
    case MODE_RUN:
        return run(o, e);
    case MODE_FORGET:
        return service_forget(o->state, bytes_text(o->forget), e);
    case MODE_COPY:
        return service_copy(o->state, o->copy, e);
    case MODE_HELP:
        options_help(stdout);
        return true;
    case MODE_VERSION:
        (void)printf("sealwardd %s\n", SEALWARD_VERSION);
        return true;
    case MODE_FAULTS:
        fault_list(fault_print, NULL);
        return true;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct err e;
    struct options options;
    diag_init("sealwardd", DIAG_INFO);
    if (!sandbox_no_dumps(&e) || !options_take(&options, argc, argv, &e)) {
        diag_err(DIAG_ERROR, "cannot-start", &e);
        return 2;
    }
    if (options.verbose)
        diag_init("sealwardd", DIAG_DEBUG);
    if ((options.fault != NULL && !fault_arm(options.fault, &e)) || !work(&options, &e)) {
        diag_err(DIAG_ERROR, "ended", &e);
        return 1;
    }
    return 0;
}
