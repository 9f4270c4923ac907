#include "unit/ok.h"

#include "unit/token/bench.h"

#include "base/clock.h"

#include <stdlib.h>

void bench_start(struct bench *b, const struct pool_config *config)
{
    struct err e;
    b->pool = NULL;
    b->key = NULL;
    ok_call(pool_start(&b->pool, config, &e), e);
}

void bench_generate(struct bench *b, size_t token, enum key_kind kind)
{
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    ok_call(pool_generate(&job, b->pool, token, kind, bytes_text(BENCH_LABEL), clock_monotonic_ms(),
                          &e),
            e);
    ok_call(pool_wait(&answer, b->pool, job, BENCH_WAIT_MS, &e), e);
    assert_int_equal(answer.keys.count, 1);
    memcpy(b->id, answer.keys.items[0].id.data, sizeof b->id);
    pubkey_free(b->key);
    b->key = NULL;
    ok_call(pubkey_parse(&b->key, answer.keys.items[0].spki, &e), e);
}

void bench_done(struct bench *b)
{
    pool_free(b->pool);
    pubkey_free(b->key);
    place_remove(&b->place);
}
static void number_digest(uint8_t ret[32], uint64_t number)
{
    digest_sha256(ret, bytes_make(&number, sizeof number));
}

uint64_t bench_submit(struct bench *b, uint64_t number, enum mechanism mechanism)
{
    uint8_t digest[32];
    uint64_t job = 0;
    struct err e;
    number_digest(digest, number);
    ok_call(pool_sign(&job, b->pool, 0, BYTES_OF(b->id), mechanism, BYTES_OF(digest),
                      clock_monotonic_ms(), &e),
            e);
    return job;
}

void bench_sign(struct bench *b)
{
    struct pool_answer answer;
    uint8_t digest[32];
    struct err e;
    number_digest(digest, 1);
    ok_call(
        pool_wait(&answer, b->pool, bench_submit(b, 1, MECHANISM_ECDSA_SHA256), BENCH_WAIT_MS, &e),
        e);
    ok_call(pubkey_verify_digest(b->key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), answer.signature,
                                 &e),
            e);
}

void bench_sign_many(struct bench *b, unsigned count, enum mechanism mechanism,
                     void (*midway)(struct bench *b))
{
    bool *answered = calloc(count, sizeof *answered);
    uint64_t first = bench_submit(b, 0, mechanism);
    int64_t end = clock_monotonic_ms() + BENCH_WAIT_MS;
    unsigned taken = 0;
    struct err e;
    for (unsigned i = 1; i < count; i++)
        assert_int_equal(bench_submit(b, i, mechanism), first + i);
    while (taken < count && clock_monotonic_ms() < end) {
        struct pollfd fds[POOL_POLL_MAX];
        struct pool_answer answer;
        (void)poll(fds, (nfds_t)pool_poll(b->pool, fds),
                   pool_timeout(b->pool, clock_monotonic_ms()));
        ok_call(pool_step(b->pool, clock_monotonic_ms(), &e), e);
        while (pool_take(&answer, b->pool)) {
            uint8_t digest[32];
            if (!answer.ok)
                fail_msg("job %lu: %s", (unsigned long)answer.job, answer.err.message);
            assert_true(answer.job >= first && answer.job < first + count);
            assert_false(answered[answer.job - first]);
            answered[answer.job - first] = true;
            number_digest(digest, answer.job - first);
            ok_call(pubkey_verify_digest(b->key, mechanism, BYTES_OF(digest), answer.signature, &e),
                    e);
            if (++taken == count / 4 && midway != NULL)
                midway(b);
        }
    }
    assert_int_equal(taken, count);
    free(answered);
}
