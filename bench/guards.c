/*
 * A fleet of guards in one process, for bench/guards.py: each has a folder, a key and a connection
 * of its own, and does what sealward-guard does, by the same functions.
 *
 *   guards make FOLDER COUNT URL AUTHORITY ROOT      prints each one's public key, a line each
 *   guards run FOLDER COUNT CA INTERVAL-MS THREADS   until it is ended
 *
 * While it runs, it prints a line each time that all of them have confirmed a newer list: its
 * number and the time in milliseconds.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "guard/fetch.h"
#include "guard/folder.h"
#include "guard/held.h"
#include "guard/pace.h"
#include "pki/pem.h"

enum { GUARDS_MAX = 100000, THREADS_MAX = 64 };

struct guard {
    struct folder *folder;
    struct held *held;
    struct fetch *fetch;
    struct session_key *key;
    int64_t due;
    unsigned failures;
    int64_t confirmed;
};

struct fleet {
    const char *path;
    const char *ca;
    size_t count;
    size_t threads;
    int64_t interval;
    struct guard *guards;
    pthread_mutex_t lock;
    int64_t told; /* the number that was last printed */
};

struct share {
    struct fleet *fleet;
    size_t first; /* and every `threads`-th from there */
};

static void folder_name(char ret[512], const char *path, size_t n)
{
    (void)snprintf(ret, 512, "%s/%zu", path, n);
}

static bool number_read(size_t *ret, const char *text, size_t max, struct err *e)
{
    uint64_t value;
    if (!text_read_number(&value, bytes_text(text), max, e))
        return false;
    *ret = (size_t)value;
    return true;
}

/* --- make ------------------------------------------------------------------------------------- */

static bool guard_make(char **argv, size_t n, struct bytes authority, struct bytes root,
                       struct err *e)
{
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    AUTO_VALUE(buf) line = BUF(2 * KEY_SPKI_MAX);
    char path[512];
    char id[32];
    folder_name(path, argv[2], n);
    (void)snprintf(id, sizeof id, "edge-%zu", n);
    struct folder_plan plan = {.path = path,
                               .settings = {.endpoint = bytes_text(id),
                                            .class = bytes_text("workstation"),
                                            .url = bytes_text(argv[4]),
                                            .rules = {.silence = 86400}},
                               .authority = authority,
                               .root = root};
    if (!folder_make(&plan, &spki, e))
        return false;
    base64_put(&line, buf_bytes(&spki));
    (void)printf("%s\n", buf_string(&line));
    return true;
}

static bool fleet_make(char **argv, struct err *e)
{
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) root = BUF(PEM_MAX);
    size_t count;
    if (!number_read(&count, argv[3], GUARDS_MAX, e) ||
        !file_read(&authority, argv[5], FILE_REGULAR, e) ||
        !file_read(&root, argv[6], FILE_REGULAR, e))
        return false;
    for (size_t n = 0; n < count; n++)
        if (!guard_make(argv, n, buf_bytes(&authority), buf_bytes(&root), e))
            return false;
    return true;
}

/* --- run -------------------------------------------------------------------------------------- */

static struct held_moment moment_now(void)
{
    return (struct held_moment){.wall = clock_wall_ms(), .boot = clock_boot_ms()};
}

static bool guard_open(struct guard *g, const struct fleet *fleet, size_t n, struct err *e)
{
    struct held_moment at = moment_now();
    char path[512];
    folder_name(path, fleet->path, n);
    g->confirmed = -1;
    return folder_open(&g->folder, path, e) && folder_key(&g->key, g->folder, e) &&
           held_new(&g->held, g->folder, HELD_WRITE, &at, e) &&
           fetch_new(&g->fetch, g->folder, fleet->ca, e);
}

/* Says so when this one was the last. */
static void confirmed_tell(struct fleet *f, struct guard *g)
{
    struct held_moment at = moment_now();
    struct holding holding;
    held_report(&holding, g->held, &at);
    (void)pthread_mutex_lock(&f->lock);
    g->confirmed = holding.confirmed;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < f->count; i++)
        least = f->guards[i].confirmed < least ? f->guards[i].confirmed : least;
    if (least > f->told) {
        f->told = least;
        (void)printf("%" PRId64 " %" PRId64 "\n", least, at.wall);
        (void)fflush(stdout);
    }
    (void)pthread_mutex_unlock(&f->lock);
}

static void guard_round(struct fleet *f, struct guard *g)
{
    struct held_moment at = moment_now();
    uint32_t random = 0;
    struct err e;
    bool ok = fetch_round(g->fetch, g->held, &at, &e) &&
              fetch_confirm(g->fetch, g->held, g->key, &at, &e);
    /* A list may be out a moment before the checkpoint that reaches it. */
    if (!ok && e.code != ERR_STATE)
        (void)fprintf(stderr, "%s: %s\n", e.message, e.cause);
    g->failures = ok ? 0 : g->failures + 1;
    confirmed_tell(f, g);
    (void)!random_fill((uint8_t *)&random, sizeof random, &e);
    g->due = clock_monotonic_ms() + pace_wait(f->interval, g->failures, random);
}

static void *share_go(void *context)
{
    const struct share *s = context;
    struct fleet *f = s->fleet;
    for (;;) {
        struct guard *next = &f->guards[s->first];
        for (size_t i = s->first; i < f->count; i += f->threads)
            next = f->guards[i].due < next->due ? &f->guards[i] : next;
        (void)!clock_sleep_until(next->due);
        guard_round(f, next);
    }
    return NULL;
}

static bool fleet_run(char **argv, struct err *e)
{
    struct fleet f = {.path = argv[2], .ca = argv[4], .told = -1};
    struct share shares[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    size_t interval;
    if (!number_read(&f.count, argv[3], GUARDS_MAX, e) ||
        !number_read(&interval, argv[5], 3600000, e) ||
        !number_read(&f.threads, argv[6], THREADS_MAX, e))
        return false;
    f.interval = (int64_t)interval;
    f.guards = calloc(f.count, sizeof *f.guards);
    (void)pthread_mutex_init(&f.lock, NULL);
    for (size_t n = 0; n < f.count; n++)
        if (!guard_open(&f.guards[n], &f, n, e))
            return false;
    for (size_t i = 0; i < f.threads; i++) {
        shares[i] = (struct share){.fleet = &f, .first = i};
        if (pthread_create(&threads[i], NULL, share_go, &shares[i]) != 0)
            return err_set(e, ERR_IO, "cannot start a thread");
    }
    for (size_t i = 0; i < f.threads; i++)
        (void)pthread_join(threads[i], NULL);
    return true;
}

int main(int argc, char **argv)
{
    struct err e;
    (void)signal(SIGPIPE, SIG_IGN);
    bool is_run = argc == 7 && strcmp(argv[1], "run") == 0;
    if (!is_run && (argc != 7 || strcmp(argv[1], "make") != 0)) {
        (void)fprintf(stderr, "guards make|run ... (see the source)\n");
        return 2;
    }
    if (is_run ? fleet_run(argv, &e) : fleet_make(argv, &e))
        return 0;
    (void)fprintf(stderr, "guards: %s: %s\n", e.message, e.cause);
    return 1;
}
