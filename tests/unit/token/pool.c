#include "unit/ok.h"

#include "unit/token/bench.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void two_hundred_signatures_by_two_workers(enum key_kind kind, enum mechanism mechanism)
{
    AUTO_VALUE(bench) b;
    struct pool_stats stats;
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, kind);
    bench_sign_many(&b, 200, mechanism, NULL);
    pool_stats(&stats, b.pool, 0);
    assert_int_equal(stats.workers, 2);
    assert_int_equal(stats.died, 0);
    assert_int_equal(stats.waiting + stats.running, 0);
}

static void softhsm_signs_200_times_with_p256(void **state)
{
    (void)state;
    two_hundred_signatures_by_two_workers(KEY_P256, MECHANISM_ECDSA_SHA256);
}

static void softhsm_signs_200_times_with_rsa(void **state)
{
    (void)state;
    two_hundred_signatures_by_two_workers(KEY_RSA, MECHANISM_RSA_PKCS1_SHA256);
}

static void softhsm_signs_a_message_with_ed25519(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    uint8_t message[300] = {9};
    uint64_t job;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 1);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_ED25519);
    ok_call(pool_sign(&job, b.pool, 0, BYTES_OF(b.id), MECHANISM_ED25519, BYTES_OF(message),
                      clock_monotonic_ms(), &e),
            e);
    ok_call(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e);
    ok_call(pubkey_verify(b.key, MECHANISM_ED25519, BYTES_OF(message), answer.signature, &e), e);
}

static void kill_one(struct bench *b)
{
    pid_t pids[4];
    assert_true(pool_workers(pids, 4, b->pool, 0) >= 1);
    assert_int_equal(kill(pids[0], SIGKILL), 0);
}

static void workers_killed_from_outside_lose_no_job(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_stats stats;
    (void)state;
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    for (unsigned i = 0; i < 5; i++)
        bench_sign_many(&b, 400, MECHANISM_ECDSA_SHA256, kill_one);
    bench_sign(&b);
    pool_stats(&stats, b.pool, 0);
    assert_true(stats.died >= 4);
}

static void a_worker_that_dies_in_a_signature_is_replaced(const char *order)
{
    AUTO_VALUE(bench) b;
    struct pool_stats stats;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 1);
    config.job_ms = 1500;
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    place_write(&b.place, "do-C_Sign.once", order);
    bench_sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
    assert_int_equal(place_count(&b.place, "count-C_Sign"), 21);
    pool_stats(&stats, b.pool, 0);
    assert_int_equal(stats.died, 1);
    assert_int_equal(stats.workers, 1);
}

static void a_module_that_crashes_takes_one_worker_with_it(void **state)
{
    (void)state;
    a_worker_that_dies_in_a_signature_is_replaced("crash");
}

/* The signature was made, but nobody heard of it: it is made again, and given once. */
static void a_signature_whose_answer_was_lost_is_given_once(void **state)
{
    (void)state;
    a_worker_that_dies_in_a_signature_is_replaced("after");
}

static void a_module_that_hangs_is_killed(void **state)
{
    (void)state;
    a_worker_that_dies_in_a_signature_is_replaced("hang");
}

static void a_job_that_always_crashes_fails_after_its_tries(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    struct err e;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    place_write(&b.place, "do-C_Sign", "crash");
    ok_err(
        pool_wait(&answer, b.pool, bench_submit(&b, 1, MECHANISM_ECDSA_SHA256), BENCH_WAIT_MS, &e),
        e, ERR_TOKEN, "3 workers ended");
    assert_int_equal(place_count(&b.place, "count-C_Sign"), 3);
    place_delete(&b.place, "do-C_Sign");
    bench_sign(&b);
}

static void a_key_cut_short_by_a_crash_is_made_once(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&b.place);
    place_write(&b.place, "do-C_SetAttributeValue.once", "crash");
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    ok_call(pool_list(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
    ok_call(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e);
    assert_int_equal(answer.keys.count, 1);
    ok_bytes(answer.keys.items[0].id, BYTES_OF(b.id));
    ok_text(answer.keys.items[0].label, BENCH_LABEL);
    bench_sign(&b);
}

static void a_token_that_goes_away_and_comes_back_is_survived(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    struct pool_stats stats;
    struct err e;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    place_write(&b.place, "away", "");
    for (unsigned i = 0; i < 8; i++)
        ok_err(pool_wait(&answer, b.pool, bench_submit(&b, 1, MECHANISM_ECDSA_SHA256),
                         BENCH_WAIT_MS, &e),
               e, ERR_TOKEN, "no token has the label");
    place_delete(&b.place, "away");
    (void)usleep(300000);
    bench_sign(&b);
    pool_stats(&stats, b.pool, 0);
    assert_int_equal(stats.died, 0);
}

static void a_token_that_is_away_at_the_start_is_waited_for(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&b.place);
    place_write(&b.place, "away", "");
    struct pool_config config = place_config(&b.place, 2);
    config.job_ms = 1000;
    bench_start(&b, &config);
    ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
    ok_err(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e, ERR_TOKEN,
           "no token has the label");
    place_delete(&b.place, "away");
    for (unsigned i = 0; i < 20; i++) {
        ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
        if (pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e))
            break;
    }
    bench_generate(&b, 0, KEY_P256);
    bench_sign(&b);
}

/* A signing token and a log token, each with its own module, PIN and workers. */
static void two_tokens_are_served_by_one_spawner(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(bench) log;
    struct pool_answer answer;
    uint8_t message[200] = {3};
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&log.place);
    place_write(&log.place, "pin", "log-token-pin");
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    struct pool_config second = place_config(&log.place, 1);
    (void)close(second.tokens[0].pin);
    config.tokens[1] = second.tokens[0];
    config.tokens[1].pin = place_pin_descriptor("log-token-pin");
    config.token_count = 2;
    bench_start(&b, &config);
    log.pool = NULL;
    log.key = NULL;
    bench_generate(&b, 1, KEY_ED25519);
    ok_call(pool_sign(&job, b.pool, 1, BYTES_OF(b.id), MECHANISM_ED25519, BYTES_OF(message),
                      clock_monotonic_ms(), &e),
            e);
    ok_call(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e);
    ok_call(pubkey_verify(b.key, MECHANISM_ED25519, BYTES_OF(message), answer.signature, &e), e);
    bench_generate(&b, 0, KEY_P256);
    bench_sign_many(&b, 50, MECHANISM_ECDSA_SHA256, NULL);
    ok_call(pool_destroy(&job, b.pool, 0, BYTES_OF(b.id), bytes_text(BENCH_LABEL),
                         clock_monotonic_ms(), &e),
            e);
    ok_call(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e);
    assert_true(answer.found);
    for (unsigned i = 0; i < 4; i++)
        ok_err(pool_wait(&answer, b.pool, bench_submit(&b, 1, MECHANISM_ECDSA_SHA256),
                         BENCH_WAIT_MS, &e),
               e, ERR_NOT_FOUND, "no private key with that id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softhsm_signs_200_times_with_p256),
        cmocka_unit_test(softhsm_signs_200_times_with_rsa),
        cmocka_unit_test(softhsm_signs_a_message_with_ed25519),
        cmocka_unit_test(workers_killed_from_outside_lose_no_job),
        cmocka_unit_test(a_module_that_crashes_takes_one_worker_with_it),
        cmocka_unit_test(a_signature_whose_answer_was_lost_is_given_once),
        cmocka_unit_test(a_module_that_hangs_is_killed),
        cmocka_unit_test(a_job_that_always_crashes_fails_after_its_tries),
        cmocka_unit_test(a_key_cut_short_by_a_crash_is_made_once),
        cmocka_unit_test(a_token_that_goes_away_and_comes_back_is_survived),
        cmocka_unit_test(a_token_that_is_away_at_the_start_is_waited_for),
        cmocka_unit_test(two_tokens_are_served_by_one_spawner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
