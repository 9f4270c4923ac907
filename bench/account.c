/*
 * bench/account: blast radius and what-if over an index of many signatures.
 *
 *   account FOLDER COUNT
 *
 * One key has signed all of them, 16 in a request, over four release paths and three years. Prints
 * {"count", "fill", "radius", "workload", "certificate", "whatif_half", "whatif_most", "page"}:
 * milliseconds, medians.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "pki/digest.h"
#include "service/account.h"
#include "service/signature.h"

enum { ROUNDS = 9, ITEMS = 16, PATHS = 4, GRANT_REQUESTS = 64, BATCH = 4096 };
#define BEGIN INT64_C(1700000000000)
#define SPAN (INT64_C(3) * 365 * 86400000)
#define ANSWER_MAX (32u << 20)

static const char key_hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct bench {
    struct index *index;
    struct search *search;
    int64_t requests;
    int64_t entry; /* the next one */
    uint8_t key[32];
    uint8_t grant[32];
};

static _Noreturn void fail(const struct err *e)
{
    (void)fprintf(stderr, "bench-account: %s\n", e->message);
    exit(1);
}

static void must(bool ok, const struct err *e)
{
    if (!ok)
        fail(e);
}

static int64_t time_of(const struct bench *b, int64_t request)
{
    return BEGIN + SPAN / b->requests * request;
}

static void hash_of(uint8_t ret[32], const char *what, int64_t n)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s %" PRId64, what, n);
    digest_sha256(ret, bytes_text(text));
}

static void entry_put(struct bench *b, const char *type, int64_t time, uint8_t leaf[32],
                      const struct index_mark *marks, size_t count)
{
    static const char text[] =
        "{\"body\":{},\"as\":\"long as the shortest request is in the record\"}";
    struct err e;
    hash_of(leaf, "leaf", b->entry);
    struct index_entry entry = {.number = b->entry++,
                                .time_ms = time,
                                .type = bytes_text(type),
                                .summary = bytes_text("what happened"),
                                .bytes = bytes_text(text)};
    memcpy(entry.leaf, leaf, sizeof entry.leaf);
    must(b->index->driver->put(b->index, &entry, marks, count, &e), &e);
}

static void grant_put(struct bench *b, int64_t number, int64_t time)
{
    char path[16];
    uint8_t digest[32];
    struct err e;
    (void)snprintf(path, sizeof path, "path-%d", (int)(number % PATHS));
    hash_of(digest, "artifact", number);
    struct index_artifact artifact = {.name = bytes_text("app.exe"),
                                      .format = bytes_text("pe"),
                                      .algorithm = bytes_text("sha256"),
                                      .digest = BYTES_OF(digest)};
    struct index_mark mark = {.kind = INDEX_PATH, .key = bytes_text(path)};
    entry_put(b, "grant", time, b->grant, &mark, 1);
    struct index_grant grant = {.entry = b->entry - 1,
                                .leaf = BYTES_OF(b->grant),
                                .path = bytes_text(path),
                                .signer = bytes_text("package"),
                                .actor = bytes_text("workload/ci"),
                                .artifacts = &artifact,
                                .count = 1};
    must(b->index->driver->put_grant(b->index, &grant, &e), &e);
}

static void request_put(struct bench *b, int64_t number, int64_t time)
{
    struct index_item items[ITEMS];
    uint8_t digests[ITEMS][32];
    uint8_t leaf[32];
    struct moment at = {.month = 1};
    struct err e;
    struct index_mark mark = {.kind = INDEX_KEY, .key = BYTES_OF(b->key)};
    (void)!text_moment_split(&at, time);
    for (int i = 0; i < ITEMS; i++) {
        hash_of(digests[i], "digest", number * ITEMS + i);
        items[i] = (struct index_item){.tbs = BYTES_OF(digests[i]),
                                       .id = signature_number(b->key, BYTES_OF(digests[i])),
                                       .artifact = 0};
    }
    entry_put(b, "request", time, leaf, &mark, 1);
    struct index_signatures signatures = {.entry = b->entry - 1,
                                          .time_ms = time,
                                          .month = INDEX_MONTH(at.year, at.month),
                                          .grant = BYTES_OF(b->grant),
                                          .key = BYTES_OF(b->key),
                                          .certificate = 1,
                                          .items = items,
                                          .count = ITEMS};
    must(b->index->driver->put_signatures(b->index, &signatures, &e), &e);
}

static void fill(struct bench *b)
{
    struct err e;
    struct index_certificate certificate = {
        .number = 1, .serial = bytes_text("serial"), .key = BYTES_OF(b->key)};
    for (int64_t n = 0; n < b->requests; n++) {
        if (n % BATCH == 0)
            must(b->index->driver->begin(b->index, &e), &e);
        if (n == 0)
            must(b->index->driver->put_certificate(b->index, &certificate, &e), &e);
        if (n % GRANT_REQUESTS == 0)
            grant_put(b, n / GRANT_REQUESTS, time_of(b, n));
        request_put(b, n, time_of(b, n));
        if (n % BATCH == BATCH - 1 || n == b->requests - 1)
            must(b->index->driver->commit(b->index, &e), &e);
    }
}

static int double_compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, double_compare);
    return values[ROUNDS / 2];
}

typedef bool question(struct bench *b, const struct account_query *query, struct buf *answer,
                      struct err *e);

static bool radius(struct bench *b, const struct account_query *query, struct buf *answer,
                   struct err *e)
{
    return account_radius(b->search, query, bytes_text("[]"), answer, e);
}

static bool what_if(struct bench *b, const struct account_query *query, struct buf *answer,
                    struct err *e)
{
    return account_what_if(b->search, query, answer, e);
}

static void ask(struct bench *b, const char *name, question *q, const struct account_query *query)
{
    double times[ROUNDS];
    struct err e;
    for (int i = 0; i < ROUNDS; i++) {
        AUTO_VALUE(buf) answer = BUF(ANSWER_MAX);
        int64_t begin = clock_monotonic_us();
        must(q(b, query, &answer, &e), &e);
        times[i] = (double)(clock_monotonic_us() - begin) / 1000;
    }
    (void)printf(", \"%s\": %.3f", name, median(times));
}

static struct account_query query_of(const char *kind, const char *id, int64_t effective)
{
    return (struct account_query){.kind = bytes_text(kind),
                                  .id = bytes_text(id),
                                  .effective = effective,
                                  .before = INDEX_FROM_NEWEST,
                                  .limit = 100};
}

static void measure(struct bench *b)
{
    struct account_query key = query_of("key", key_hex, 0);
    struct account_query workload = query_of("workload", "ci", 0);
    struct account_query certificate = query_of("certificate", "1", 0);
    struct account_query half = query_of("key", key_hex, BEGIN + SPAN / 2);
    struct account_query most = query_of("key", key_hex, BEGIN + SPAN / 100);
    struct account_query page = key;
    page.before = (struct index_hit){.entry = b->entry / 2, .item = 0};
    ask(b, "radius", radius, &key);
    ask(b, "workload", radius, &workload);
    ask(b, "certificate", radius, &certificate);
    ask(b, "whatif_half", what_if, &half);
    ask(b, "whatif_most", what_if, &most);
    ask(b, "page", radius, &page);
}

int main(int argc, char **argv)
{
    struct bench b = {.entry = 0};
    char path[4096];
    uint64_t count = 0;
    struct err e;
    if (argc != 3 || !text_read_number(&count, bytes_text(argv[2]), UINT32_MAX, &e) ||
        count < ITEMS)
        return 2;
    b.requests = (int64_t)(count / ITEMS);
    for (size_t i = 0; i < sizeof b.key; i++)
        b.key[i] = (uint8_t)i;
    (void)snprintf(path, sizeof path, "%s/index.db", argv[1]);
    must(index_sqlite.open(&b.index, path, INDEX_WRITER, &e), &e);
    int64_t begin = clock_monotonic_ms();
    fill(&b);
    (void)printf("{\"count\": %" PRId64 ", \"fill\": %" PRId64, b.requests * ITEMS,
                 clock_monotonic_ms() - begin);
    must(search_open(&b.search, path, 1, &e), &e);
    measure(&b);
    (void)printf("}\n");
    search_free(b.search);
    index_free(b.index);
    return 0;
}
