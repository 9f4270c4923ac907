/*
 * bench/distrust: size and look-ups of a distrust list, beside a bisection of sorted 64-bit hashes
 * of the same certificates, in turns.
 *
 *   distrust RANGE COUNT
 *
 * Prints {"bytes", "overhead" (head, certificate, signature), "memory" (of the index), "build",
 * "open" (milliseconds), "lookup", "bisection" (nanoseconds, medians)}. The certificate and the
 * signature are of the usual sizes, not real ones.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "proof/distrust.h"

enum { ROUNDS = 15, QUESTIONS = 200000, CERTIFICATE = 620 };

static uint64_t seed = 1;

static uint64_t random_next(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The hash by which a certificate would be known. */
static uint64_t hash_of(uint64_t number)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    digest_sha256(hash, bytes_make(&number, sizeof number));
    return distrust_signature_prefix(hash);
}

static int u64_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static struct bench {
    uint64_t range;
    size_t count;
    uint64_t *numbers;
    uint64_t *hashes;
    uint64_t *asked; /* numbers, every other one listed */
    uint64_t *asked_hashes;
    struct buf file;
    struct arena arena;
    struct distrust list;
    double build;
    double open;
    double lookup[ROUNDS];
    double bisection[ROUNDS];
    size_t found; /* so that no look-up is left out */
} b;

static bool memory_get(void)
{
    b.numbers = calloc(b.count, sizeof *b.numbers);
    b.hashes = calloc(b.count, sizeof *b.hashes);
    b.asked = calloc(QUESTIONS, sizeof *b.asked);
    b.asked_hashes = calloc(QUESTIONS, sizeof *b.asked_hashes);
    return b.numbers != NULL && b.hashes != NULL && b.asked != NULL && b.asked_hashes != NULL;
}

/* Every part of that size of the range is as likely. */
static void numbers_choose(void)
{
    size_t chosen = 0;
    for (uint64_t i = 0; i < b.range && chosen < b.count; i++)
        if (random_next() % (b.range - i) < b.count - chosen)
            b.numbers[chosen++] = i;
    for (size_t i = 0; i < b.count; i++)
        b.hashes[i] = hash_of(b.numbers[i]);
    qsort(b.hashes, b.count, sizeof *b.hashes, u64_compare);
    for (size_t i = 0; i < QUESTIONS; i++) {
        b.asked[i] = i % 2 == 0 ? b.numbers[random_next() % b.count] : random_next() % b.range;
        b.asked_hashes[i] = hash_of(b.asked[i]);
    }
}

static bool list_make(struct err *e)
{
    static const uint8_t certificate[CERTIFICATE] = {1};
    static const uint8_t signature[DISTRUST_SIGNATURE] = {1};
    const struct distrust_group group = {.numbers = b.numbers, .count = b.count};
    const struct distrust_plan plan = {
        .head = {.number = 1, .issued = 1, .expires = 2, .size = 1, .certificates = b.range},
        .groups = &group,
        .group_count = 1};
    b.file = BUF(DISTRUST_MAX);
    b.arena = DISTRUST_ARENA;
    int64_t start = clock_monotonic_us();
    if (!distrust_build(&b.file, &plan, e) ||
        !distrust_finish(&b.file, BYTES_OF(certificate), BYTES_OF(signature), e))
        return false;
    int64_t built = clock_monotonic_us();
    if (!distrust_open(&b.list, buf_bytes(&b.file), &b.arena, e))
        return false;
    b.build = (double)(built - start) / 1e3;
    b.open = (double)(clock_monotonic_us() - built) / 1e3;
    return true;
}

static double lookups(void)
{
    int64_t start = clock_monotonic_us();
    int64_t effective;
    for (size_t i = 0; i < QUESTIONS; i++)
        b.found += distrust_certificate(&b.list, b.asked[i], &effective) == DISTRUST_LISTED;
    return (double)(clock_monotonic_us() - start) * 1e3 / QUESTIONS;
}

static bool hash_find(uint64_t hash)
{
    const uint64_t *low = b.hashes;
    for (size_t count = b.count; count > 1; count -= count / 2)
        low += low[count / 2] <= hash ? count / 2 : 0;
    return *low == hash;
}

static double bisections(void)
{
    int64_t start = clock_monotonic_us();
    for (size_t i = 0; i < QUESTIONS; i++)
        b.found -= hash_find(b.asked_hashes[i]);
    return (double)(clock_monotonic_us() - start) * 1e3 / QUESTIONS;
}

static int double_compare(const void *a, const void *c)
{
    double x = *(const double *)a;
    double y = *(const double *)c;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, double_compare);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    struct err e;
    uint64_t count = 0;
    if (argc != 3 || !text_read_number(&b.range, bytes_text(argv[1]), INT64_C(1) << 40, &e) ||
        !text_read_number(&count, bytes_text(argv[2]), DISTRUST_NUMBERS_MAX, &e))
        return 2;
    b.count = (size_t)count;
    if (!memory_get())
        return 1;
    numbers_choose();
    if (!list_make(&e)) {
        (void)fprintf(stderr, "distrust: %s\n", e.message);
        return 1;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        b.lookup[i] = lookups();
        b.bisection[i] = bisections();
    }
    if (b.found != 0) {
        (void)fprintf(stderr, "distrust: the list and the hashes answer differently\n");
        return 1;
    }
    (void)printf("{\"bytes\":%zu,\"overhead\":%zu,\"memory\":%zu,\"build\":%.3f,\"open\":%.3f,"
                 "\"lookup\":%.1f,\"bisection\":%.1f}\n",
                 b.file.size, b.file.size - b.list.groups[0].code.size, b.arena.used, b.build,
                 b.open, median(b.lookup), median(b.bisection));
    return 0;
}
