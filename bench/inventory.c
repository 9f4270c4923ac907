/*
 * bench/inventory: the inventory of many keys and certificates, whole and filtered, and the
 * calendar; beside one copy of the whole answer.
 *
 *   inventory CERTIFICATES
 *
 * The state is filled directly: one signer, a key to each certificate. Prints {"certificates",
 * "bytes", "whole", "expiring", "page", "unused", "calendar", "copy"}: milliseconds, medians.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "pki/digest.h"
#include "rules/state.h"
#include "rules/view.h"

enum { ROUNDS = 9, PAGE = 256 };
#define NOW INT64_C(1800000000000)
#define DAY INT64_C(86400000)
#define ANSWER_MAX (256u << 20)

static _Noreturn void fail(const struct err *e)
{
    (void)fprintf(stderr, "bench-inventory: %s\n", e->message);
    exit(1);
}

static void must(bool ok, const struct err *e)
{
    if (!ok)
        fail(e);
}

static void key_put(struct rules_state *s, int64_t n, const uint8_t id[32])
{
    static uint8_t spki[91];
    struct err e;
    struct key_record key = {.id = bytes_make(id, 32),
                             .spki = BYTES_OF(spki),
                             .proposal = bytes_make(id, 32),
                             .token = bytes_text("hsm"),
                             .signer = bytes_text("package"),
                             .algorithm = bytes_text("p-256"),
                             .state = KEY_ACTIVE,
                             .since = NOW - n,
                             .activated = bytes_make(id, 32)};
    struct life life = {.id = bytes_make(id, 32), .last_used = NOW - n * 1000, .uses = n};
    must(state_put_key(s, &key, &e) && state_put_life(s, &life, &e), &e);
}

static void certificate_put(struct rules_state *s, int64_t n, const uint8_t id[32])
{
    static uint8_t der[600];
    static uint8_t issuer[32];
    struct err e;
    struct certificate c = {.number = n,
                            .issuance = bytes_make(id, 32),
                            .key = bytes_make(id, 32),
                            .issuer = BYTES_OF(issuer),
                            .signer = bytes_text("package"),
                            .not_before = NOW - 90 * DAY,
                            .not_after = NOW + n % 365 * DAY,
                            .tbs = BYTES_OF(der),
                            .der = BYTES_OF(der)};
    struct stage stage = {.number = n};
    must(state_put_certificate(s, &c, &e) && state_put_stage(s, &stage, &e), &e);
}

static void object_put(struct rules_state *s, enum object_kind kind, const char *id,
                       const char *value)
{
    static uint8_t digest[32];
    uint8_t key[OBJECT_KEY_MAX];
    struct err e;
    struct object object = {.kind = (int)kind,
                            .id = bytes_text(id),
                            .digest = BYTES_OF(digest),
                            .activated = BYTES_OF(digest),
                            .value = bytes_text(value)};
    must(table_put(state_table(s, TABLE_OBJECTS), object_key(key, kind, bytes_text(id)), &object,
                   &e),
         &e);
}

static void policy_put(struct rules_state *s)
{
    object_put(s, OBJECT_QUORUM, "issuance", "{\"team\":\"officers\",\"count\":2}");
    object_put(s, OBJECT_SIGNER, "package",
               "{\"level\":\"internal-package\",\"subject\":{\"common_name\":\"Example\","
               "\"organization\":\"Example\",\"country\":\"DE\"},\"owner\":\"owner\","
               "\"deputy\":\"deputy\",\"algorithm\":\"p-256\",\"family\":\"attributes\","
               "\"formats\":[\"cms\"]}");
}

static void fill(struct rules_state *s, int64_t count)
{
    s->time = NOW;
    s->rules_version = RULES_VERSION;
    policy_put(s);
    for (int64_t n = 0; n < count; n++) {
        uint8_t id[32];
        digest_sha256(id, bytes_make(&n, sizeof n));
        key_put(s, n, id);
        certificate_put(s, n, id);
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

/* With a filter, the inventory; without, the calendar of thirty days. */
static size_t ask(const char *name, const struct rules_state *s,
                  const struct inventory_filter *filter)
{
    double times[ROUNDS];
    size_t size = 0;
    struct err e;
    for (int i = 0; i < ROUNDS; i++) {
        AUTO_VALUE(buf) b = BUF(ANSWER_MAX);
        int64_t begin = clock_monotonic_us();
        must(filter != NULL ? view_inventory(&b, s, filter, &e)
                            : view_calendar(&b, s, NOW + 30 * DAY, &e),
             &e);
        times[i] = (double)(clock_monotonic_us() - begin) / 1000;
        size = b.size;
    }
    (void)printf(", \"%s\": %.3f", name, median(times));
    return size;
}

static void copy(size_t size)
{
    uint8_t *from = calloc(1, size);
    uint8_t *to = malloc(size);
    double times[ROUNDS];
    if (from == NULL || to == NULL)
        exit(1);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin = clock_monotonic_us();
        memcpy(to, from, size);
        times[i] = (double)(clock_monotonic_us() - begin) / 1000;
    }
    free(from);
    free(to);
    (void)printf(", \"copy\": %.3f", median(times));
}

int main(int argc, char **argv)
{
    AUTO(rules_state) s = NULL;
    uint64_t count = 0;
    struct err e;
    if (argc != 2 || !text_read_number(&count, bytes_text(argv[1]), 10000000, &e) || count == 0)
        return 2;
    must(rules_new(&s, &e), &e);
    fill(s, (int64_t)count);
    struct inventory_filter whole = {.expiring = 0};
    struct inventory_filter expiring = {.expiring = NOW + 30 * DAY};
    struct inventory_filter page = {.expiring = NOW + 30 * DAY, .limit = PAGE};
    struct inventory_filter unused = {.unused = NOW - (int64_t)count * 990};
    (void)printf("{\"certificates\": %" PRIu64, count);
    size_t size = ask("whole", s, &whole);
    (void)ask("expiring", s, &expiring);
    (void)ask("page", s, &page);
    (void)ask("unused", s, &unused);
    (void)ask("calendar", s, NULL);
    copy(size);
    (void)printf(", \"bytes\": %zu}\n", size);
    return 0;
}
