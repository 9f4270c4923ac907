/*
 * Load for bench/sign: one thread a client, each with a connection and a grant of its own, each
 * signing its requests with its session key and posting them one after the other.
 *
 *   load SERVER CA AUTHORITY-HEX KEY-HEX MECHANISM DIGESTS REQUESTS < grants
 *
 * A line of standard input is a client: the grant's leaf hash in hex, a space, and its session key
 * as PKCS #8 in base64. Prints one JSON object: signatures, seconds, and the median latency of a
 * request in microseconds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"
#include "client/http.h"
#include "pki/digest.h"
#include "pki/session_key.h"
#include "rules/requests.h"

enum { CLIENTS_MAX = 256, ITEMS_MAX = 256 };

struct plan {
    const char *server;
    const char *ca;
    uint8_t authority[32];
    uint8_t key[32];
    int mechanism;
    size_t digests;
    size_t requests;
};

struct worker {
    const struct plan *plan;
    pthread_t thread;
    uint8_t grant[32];
    struct session_key *session;
    int64_t *latencies;
    bool failed;
    struct err err;
};

/* The digest of one item: different for every client, request and item. */
static void item_digest(uint8_t ret[32], const struct worker *w, size_t request, size_t item)
{
    uint64_t name[3] = {(uint64_t)(uintptr_t)w, request, item};
    digest_sha256_pair(ret, bytes_make(w->grant, 32), bytes_make(name, sizeof name));
}

static bool body_make(struct buf *ret, const struct worker *w, size_t n, struct err *e)
{
    uint8_t digests[ITEMS_MAX][32];
    struct request_item items[ITEMS_MAX];
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) text = BUF(2 * LIMIT_ENTRY);
    const struct plan *p = w->plan;
    for (size_t i = 0; i < p->digests; i++) {
        item_digest(digests[i], w, n, i);
        items[i] = (struct request_item){.digest = BYTES_OF(digests[i]), .artifact = -1};
    }
    struct request request = {.grant = BYTES_OF(w->grant),
                              .key = BYTES_OF(p->key),
                              .mechanism = p->mechanism,
                              .items = {.items = items, .count = p->digests}};
    request_text(&text, BYTES_OF(p->authority), &request);
    if (!buf_ok(&text, "request", e) ||
        !session_key_sign(w->session, signature, buf_bytes(&text), e))
        return false;
    request.signature = BYTES_OF(signature);
    buf_put_text(ret, "{\"type\":\"request\",\"body\":");
    fields_write(ret, &request_fields, &request);
    buf_put_text(ret, "}");
    return buf_ok(ret, "request", e);
}

static bool worker_go(struct worker *w, struct err *e)
{
    AUTO(http) http = NULL;
    if (!http_new(&http, HTTP_OURS, w->plan->server, w->plan->ca, e))
        return false;
    for (size_t n = 0; n < w->plan->requests; n++) {
        AUTO_VALUE(buf) body = BUF(4 * LIMIT_ENTRY);
        AUTO_VALUE(buf) answer = BUF(8 * LIMIT_ENTRY);
        int64_t start = clock_monotonic_us();
        if (!body_make(&body, w, n, e))
            return false;
        struct http_call call = {.method = "POST", .path = "/v1/entries", .body = buf_bytes(&body)};
        if (!http_do(http, &call, &answer, e))
            return false;
        w->latencies[n] = clock_monotonic_us() - start;
    }
    return true;
}

static void *worker_main(void *context)
{
    struct worker *w = context;
    w->failed = !worker_go(w, &w->err);
    return NULL;
}

static bool worker_read(struct worker *w, const struct plan *plan, char *line, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4096);
    struct bytes pkcs8;
    *w = (struct worker){.plan = plan};
    struct bytes text = bytes_text(line);
    while (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size < 66)
        return err_set(e, ERR_INPUT, "a line is a grant and its session key");
    if (!hex_decode(w->grant, 32, bytes_make(text.data, 64), e) ||
        !base64_decode(&pkcs8, bytes_make(text.data + 65, text.size - 65), &arena, e) ||
        !session_key_import(&w->session, pkcs8, e))
        return false;
    w->latencies = calloc(plan->requests, sizeof *w->latencies);
    return w->latencies != NULL ? true : err_set(e, ERR_MEMORY, "out of memory");
}

static bool number(size_t *ret, const char *text, uint64_t max, struct err *e)
{
    uint64_t value;
    if (!text_read_number(&value, bytes_text(text), max, e))
        return false;
    *ret = (size_t)value;
    return true;
}

static bool plan_read(struct plan *ret, char **argv, struct err *e)
{
    enum mechanism mechanism;
    struct plan p = {.server = argv[1], .ca = argv[2]};
    if (!hex_decode(p.authority, 32, bytes_text(argv[3]), e) ||
        !hex_decode(p.key, 32, bytes_text(argv[4]), e) ||
        !mechanism_from_name(&mechanism, bytes_text(argv[5]), e) ||
        !number(&p.digests, argv[6], ITEMS_MAX, e) || !number(&p.requests, argv[7], 1000000, e))
        return false;
    p.mechanism = (int)mechanism;
    *ret = p;
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void report(const struct plan *p, const struct worker *workers, size_t count, int64_t us)
{
    size_t total = count * p->requests;
    int64_t *all = calloc(total + 1, sizeof *all);
    if (all == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * p->requests, workers[i].latencies, p->requests * sizeof *all);
    qsort(all, total, sizeof *all, compare);
    (void)printf("{\"signatures\":%zu,\"seconds\":%.6f,\"median_us\":%lld}\n", total * p->digests,
                 (double)us / 1e6, (long long)all[total / 2]);
    free(all);
}

static bool run(const struct plan *p, struct err *e)
{
    static struct worker workers[CLIENTS_MAX];
    size_t count = 0;
    char line[4096];
    while (count < CLIENTS_MAX && fgets(line, sizeof line, stdin) != NULL)
        if (!worker_read(&workers[count++], p, line, e))
            return false;
    int64_t start = clock_monotonic_us();
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
            return err_set(e, ERR_IO, "cannot start a thread");
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(workers[i].thread, NULL);
    int64_t us = clock_monotonic_us() - start;
    for (size_t i = 0; i < count; i++)
        if (workers[i].failed) {
            *e = workers[i].err;
            return false;
        }
    report(p, workers, count, us);
    return true;
}

int main(int argc, char **argv)
{
    struct err e;
    struct plan plan;
    if (argc != 8) {
        (void)fprintf(stderr, "load SERVER CA AUTHORITY KEY MECHANISM DIGESTS REQUESTS\n");
        return 2;
    }
    if (!plan_read(&plan, argv, &e) || !run(&plan, &e)) {
        (void)fprintf(stderr, "load: %s: %s (%s)\n", err_code_name(e.code), e.message, e.hint);
        return 1;
    }
    return 0;
}
