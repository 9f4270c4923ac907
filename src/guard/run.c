#include "guard/run.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/random.h"
#include "guard/answer.h"
#include "guard/fetch.h"
#include "guard/held.h"
#include "guard/pace.h"

/* What the answering thread tells: a copy, made after each round. */
struct told {
    pthread_mutex_t lock;
    struct holding holding;
    int64_t boot; /* when holding.now was so */
    uint8_t list[32];
    uint8_t root[32];
    char trouble[sizeof((struct err *)0)->message];
};

struct run {
    const struct run_plan *plan;
    struct folder *folder;
    struct held *held;
    struct fetch *fetch;
    struct session_key *key;
    struct told told;
    unsigned failures; /* in a row */
};

static void run_done(struct run *r)
{
    fetch_free(r->fetch);
    session_key_free(r->key);
    held_free(r->held);
    folder_free(r->folder);
}
AUTO_DONE(run)

static struct held_moment moment_now(void)
{
    return (struct held_moment){.wall = clock_wall_ms(), .boot = clock_boot_ms()};
}

/* --- Telling ---------------------------------------------------------------------------------- */

static void told_put(struct run *r, const struct err *trouble)
{
    struct told *t = &r->told;
    struct held_moment at = moment_now();
    (void)pthread_mutex_lock(&t->lock);
    held_report(&t->holding, r->held, &at);
    t->boot = at.boot;
    if (t->holding.list.data != NULL)
        memcpy(t->list, t->holding.list.data, sizeof t->list);
    if (t->holding.root.data != NULL)
        memcpy(t->root, t->holding.root.data, sizeof t->root);
    t->holding.list.data = t->holding.list.data != NULL ? t->list : NULL;
    t->holding.root.data = t->holding.root.data != NULL ? t->root : NULL;
    const char *text = trouble != NULL ? trouble->message : (const char *)t->holding.trouble.data;
    (void)snprintf(t->trouble, sizeof t->trouble, "%s", text);
    t->holding.trouble = bytes_text(t->trouble);
    (void)pthread_mutex_unlock(&t->lock);
}

/* The holding as it stands at this moment. */
static void told_write(struct buf *b, struct told *t)
{
    struct held_moment at = moment_now();
    (void)pthread_mutex_lock(&t->lock);
    struct holding holding = t->holding;
    holding.now += at.boot - t->boot;
    holding.now = holding.now < at.wall ? at.wall : holding.now;
    holding.clock = at.wall;
    holding_write(b, &holding);
    (void)pthread_mutex_unlock(&t->lock);
}

/* --- Keeping up to date ----------------------------------------------------------------------- */

static bool round_do(struct run *r, struct err *e)
{
    struct held_moment at = moment_now();
    int64_t before = held_number(r->held);
    bool fetched = fetch_round(r->fetch, r->held, &at, e);
    if (held_number(r->held) != before)
        diag_write(DIAG_INFO, "list", DIAG_INTEGER("number", held_number(r->held)));
    return fetched && fetch_confirm(r->fetch, r->held, r->key, &at, e);
}

/* An alarm, something to look at, or something that the next round will mend by itself. */
static enum diag_level level_of(const struct err *e)
{
    if (e->code == ERR_AUTH || strcmp(e->rule, "guard.split") == 0)
        return DIAG_ERROR;
    return e->code == ERR_STATE ? DIAG_INFO : DIAG_WARNING;
}

static void round_report(struct run *r, bool ok, const struct err *e)
{
    if (ok && r->failures > 0)
        diag_write(DIAG_INFO, "up-to-date", DIAG_INTEGER("failures-before", r->failures));
    if (!ok)
        diag_err(level_of(e), "not-up-to-date", e);
    r->failures = ok ? 0 : r->failures + 1;
    told_put(r, ok ? NULL : e);
}

static void *rounds(void *context)
{
    struct run *r = context;
    struct err e;
    for (;;) {
        uint32_t random = 0;
        bool ok = round_do(r, &e);
        round_report(r, ok, &e);
        (void)!random_fill((uint8_t *)&random, sizeof random, &e);
        (void)!clock_sleep_until(clock_monotonic_ms() +
                                 pace_wait(1000 * (int64_t)r->plan->interval, r->failures, random));
    }
    return NULL;
}

/* --- Beginning and end ------------------------------------------------------------------------ */

static bool run_open(struct run *r, const struct run_plan *plan, struct err *e)
{
    struct held_moment at = moment_now();
    r->plan = plan;
    return folder_open(&r->folder, plan->folder, e) && folder_key(&r->key, r->folder, e) &&
           held_new(&r->held, r->folder, HELD_WRITE, &at, e) &&
           fetch_new(&r->fetch, r->folder, plan->ca, e);
}

/* Signals are taken as messages, and only here. */
static bool signals_take(int *ret, struct err *e)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    *ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *ret >= 0 ? true : err_errno(e, "cannot wait for signals");
}

static void answer_all(struct run *r, int listener, int signals)
{
    struct pollfd ready[] = {{.fd = listener, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    while (ready[1].revents == 0) {
        AUTO_VALUE(buf) text = BUF(HOLDING_MAX);
        struct err e;
        if (poll(ready, 2, -1) <= 0 || ready[0].revents == 0)
            continue;
        told_write(&text, &r->told);
        if (!buf_ok(&text, "an answer", &e) ||
            !answer_give(listener, r->folder, buf_bytes(&text), &e))
            diag_err(DIAG_WARNING, "not-answered", &e);
    }
}

bool run_guard(const struct run_plan *plan, struct err *e)
{
    AUTO_VALUE(run) r = {.told = {.lock = PTHREAD_MUTEX_INITIALIZER}};
    pthread_t thread;
    int listener = -1;
    int signals = -1;
    if (!run_open(&r, plan, e) || !signals_take(&signals, e) ||
        !answer_listen(&listener, plan->socket, e))
        return false;
    told_put(&r, NULL);
    diag_write(DIAG_INFO, "running", DIAG_INTEGER("number", held_number(r.held)));
    if (pthread_create(&thread, NULL, rounds, &r) != 0)
        return err_set(e, ERR_IO, "cannot start a thread");
    answer_all(&r, listener, signals);
    diag_write(DIAG_INFO, "stopped", DIAG_TEXT("socket", plan->socket));
    answer_close(listener, plan->socket);
    /* The other thread may be in the middle of anything, and may be ended there. */
    _exit(0);
}

bool run_once(const struct run_plan *plan, struct err *e)
{
    AUTO_VALUE(run) r = {.told = {.lock = PTHREAD_MUTEX_INITIALIZER}};
    return run_open(&r, plan, e) && round_do(&r, e);
}
