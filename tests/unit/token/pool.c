#include "unit/ok.h"

#include "place.h"
#include "base/clock.h"
#include "pki/key.h"
#include "token/pool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WAIT_MS 60000
#define LABEL "0a0b0c"

struct bench {
    struct place place;
    struct pool *pool;
    uint8_t id[32];
    struct pubkey *key;
};

static void bench_start(struct bench *b, const struct pool_config *config)
{
    struct err e;
    b->pool = NULL;
    b->key = NULL;
    ok_call(pool_start(&b->pool, config, &e), e);
}

static void bench_generate(struct bench *b, size_t token, enum key_kind kind)
{
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    ok_call(pool_generate(&job, b->pool, token, kind, bytes_text(LABEL), clock_monotonic_ms(), &e),
            e);
    ok_call(pool_wait(&answer, b->pool, job, WAIT_MS, &e), e);
    assert_int_equal(answer.keys.count, 1);
    memcpy(b->id, answer.keys.items[0].id.data, sizeof b->id);
    pubkey_free(b->key);
    b->key = NULL;
    ok_call(pubkey_parse(&b->key, answer.keys.items[0].spki, &e), e);
}

static void bench_done(struct bench *b)
{
    pool_free(b->pool);
    pubkey_free(b->key);
    place_remove(&b->place);
}
AUTO_DONE(bench)

static void number_digest(uint8_t ret[32], uint64_t number)
{
    digest_sha256(ret, bytes_make(&number, sizeof number));
}

static uint64_t submit(struct bench *b, uint64_t number, enum mechanism mechanism)
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

static void sign_one(struct bench *b)
{
    struct pool_answer answer;
    uint8_t digest[32];
    struct err e;
    number_digest(digest, 1);
    ok_call(pool_wait(&answer, b->pool, submit(b, 1, MECHANISM_ECDSA_SHA256), WAIT_MS, &e), e);
    ok_call(pubkey_verify_digest(b->key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), answer.signature,
                                 &e),
            e);
}

/* As the keeper's loop does it: submits `count` jobs, and takes each answer once. `midway` is
 * called when a quarter is in. */
static void sign_many(struct bench *b, unsigned count, enum mechanism mechanism,
                      void (*midway)(struct bench *b))
{
    bool *answered = calloc(count, sizeof *answered);
    uint64_t first = submit(b, 0, mechanism);
    int64_t end = clock_monotonic_ms() + WAIT_MS;
    unsigned taken = 0;
    struct err e;
    for (unsigned i = 1; i < count; i++)
        assert_int_equal(submit(b, i, mechanism), first + i);
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

static void two_hundred_signatures_by_two_workers(enum key_kind kind, enum mechanism mechanism)
{
    AUTO_VALUE(bench) b;
    struct pool_stats stats;
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, kind);
    sign_many(&b, 200, mechanism, NULL);
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
    ok_call(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e);
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
        sign_many(&b, 400, MECHANISM_ECDSA_SHA256, kill_one);
    sign_one(&b);
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
    sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
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
    ok_err(pool_wait(&answer, b.pool, submit(&b, 1, MECHANISM_ECDSA_SHA256), WAIT_MS, &e), e,
           ERR_TOKEN, "3 workers ended");
    assert_int_equal(place_count(&b.place, "count-C_Sign"), 3);
    place_delete(&b.place, "do-C_Sign");
    sign_one(&b);
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
    ok_call(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e);
    assert_int_equal(answer.keys.count, 1);
    ok_bytes(answer.keys.items[0].id, BYTES_OF(b.id));
    ok_text(answer.keys.items[0].label, LABEL);
    sign_one(&b);
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
        ok_err(pool_wait(&answer, b.pool, submit(&b, 1, MECHANISM_ECDSA_SHA256), WAIT_MS, &e), e,
               ERR_NOT_FOUND, "no token has the label");
    place_delete(&b.place, "away");
    (void)usleep(300000);
    sign_one(&b);
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
    ok_err(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e, ERR_NOT_FOUND,
           "no token has the label");
    place_delete(&b.place, "away");
    for (unsigned i = 0; i < 20; i++) {
        ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
        if (pool_wait(&answer, b.pool, job, WAIT_MS, &e))
            break;
    }
    bench_generate(&b, 0, KEY_P256);
    sign_one(&b);
}

static void a_wrong_pin_is_tried_once_by_all_workers_together(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    struct pool_stats stats;
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&b.place);
    place_write(&b.place, "pin", "another");
    struct pool_config config = place_config(&b.place, 8);
    bench_start(&b, &config);
    ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
    ok_err(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e, ERR_REFUSED, "CKR_PIN_INCORRECT");
    assert_string_equal(e.rule, "token.pin");
    ok_err(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e, ERR_REFUSED,
           "CKR_PIN_INCORRECT");
    (void)usleep(300000);
    ok_call(pool_step(b.pool, clock_monotonic_ms(), &e), e);
    pool_stats(&stats, b.pool, 0);
    assert_true(stats.refused);
    assert_int_equal(place_count(&b.place, "count-C_Login"), 1);
}

static void a_missing_module_is_told(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 1);
    config.tokens[0].module = "/nonexistent.so";
    bench_start(&b, &config);
    ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
    ok_err(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e, ERR_STATE, "/nonexistent.so");
}

static void a_pin_that_cannot_be_read_ends_the_pool(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_answer answer;
    uint64_t job;
    struct err e;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 1);
    (void)close(config.tokens[0].pin);
    config.tokens[0].pin = place_pin_descriptor("");
    bench_start(&b, &config);
    ok_call(pool_ping(&job, b.pool, 0, clock_monotonic_ms(), &e), e);
    ok_err(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e, ERR_STATE, "PIN of token mock");
}

static void a_configuration_out_of_limits_is_refused(void **state)
{
    struct place p;
    struct pool *pool = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    struct pool_config config = place_config(&p, 0);
    ok_err(pool_start(&pool, &config, &e), e, ERR_INPUT, "1 to 64 workers");
    config.tokens[0].workers = 65;
    ok_err(pool_start(&pool, &config, &e), e, ERR_INPUT, "1 to 64 workers");
    config.tokens[0].workers = 1;
    config.tries = 0;
    ok_err(pool_start(&pool, &config, &e), e, ERR_INPUT, "1 to 10 tries");
    config.tries = 1;
    config.job_ms = 0;
    ok_err(pool_start(&pool, &config, &e), e, ERR_INPUT, "100 to 600000 ms");
    config.token_count = 0;
    ok_err(pool_start(&pool, &config, &e), e, ERR_INPUT, "1 to 4 tokens");
    assert_null(pool);
    (void)close(config.tokens[0].pin);
    place_remove(&p);
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
    ok_call(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e);
    ok_call(pubkey_verify(b.key, MECHANISM_ED25519, BYTES_OF(message), answer.signature, &e), e);
    bench_generate(&b, 0, KEY_P256);
    sign_many(&b, 50, MECHANISM_ECDSA_SHA256, NULL);
    ok_call(pool_destroy(&job, b.pool, 0, BYTES_OF(b.id), clock_monotonic_ms(), &e), e);
    ok_call(pool_wait(&answer, b.pool, job, WAIT_MS, &e), e);
    assert_true(answer.found);
    for (unsigned i = 0; i < 4; i++)
        ok_err(pool_wait(&answer, b.pool, submit(&b, 1, MECHANISM_ECDSA_SHA256), WAIT_MS, &e), e,
               ERR_NOT_FOUND, "no private key with that id");
}

/* SoftHSM rewrites its token at each login, so workers that start together disturb each other. */
static void many_workers_of_softhsm_start_together(void **state)
{
    struct place p;
    (void)state;
    place_softhsm(&p);
    for (unsigned round = 0; round < 3; round++) {
        struct pool_config config = place_config(&p, 8);
        struct pool_stats stats = {.workers = 0};
        AUTO(pool) pool = NULL;
        int64_t end = clock_monotonic_ms() + WAIT_MS;
        struct err e;
        ok_call(pool_start(&pool, &config, &e), e);
        while (stats.workers < 8 && clock_monotonic_ms() < end) {
            struct pollfd fds[POOL_POLL_MAX];
            (void)poll(fds, (nfds_t)pool_poll(pool, fds), 50);
            ok_call(pool_step(pool, clock_monotonic_ms(), &e), e);
            pool_stats(&stats, pool, 0);
        }
        assert_int_equal(stats.workers, 8);
        assert_false(stats.refused);
    }
    place_remove(&p);
}

/* --- where the PIN is --- */

static bool file_holds(const char *path, const char *text)
{
    static char content[1 << 16];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t n = fread(content, 1, sizeof content, file);
    (void)fclose(file);
    return memmem(content, n, text, strlen(text)) != NULL;
}

static void process_check(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    assert_false(file_holds(path, PLACE_PIN));
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    assert_false(file_holds(path, PLACE_PIN));
}

static void the_pin_is_in_no_command_line_and_no_environment(void **state)
{
    AUTO_VALUE(bench) b;
    pid_t pids[4];
    char path[64];
    (void)state;
    place_softhsm(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
    size_t count = pool_workers(pids, 4, b.pool, 0);
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        process_check(pids[i]);
    process_check(getpid());
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pids[0]);
    assert_true(file_holds(path, "Seccomp:\t2"));
    assert_true(file_holds(path, "NoNewPrivs:\t1"));
}

/* The spawner is the workers' parent. */
static pid_t parent_of(pid_t pid)
{
    char path[64];
    char line[256];
    int parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "PPid: %d", &parent) != 1)
        continue;
    (void)fclose(file);
    return parent;
}

static void the_death_of_the_spawner_is_told_and_ends_the_workers(void **state)
{
    AUTO_VALUE(bench) b;
    pid_t pids[4];
    struct pool_answer answer;
    struct err e;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    size_t count = pool_workers(pids, 4, b.pool, 0);
    pid_t spawner = parent_of(pids[0]);
    assert_int_equal(parent_of(spawner), getpid());
    process_check(spawner);
    assert_int_equal(kill(spawner, SIGKILL), 0);
    place_write(&b.place, "do-C_Sign", "hang");
    ok_err(pool_wait(&answer, b.pool, submit(&b, 1, MECHANISM_ECDSA_SHA256), WAIT_MS, &e), e,
           ERR_STATE, "has ended");
    for (unsigned i = 0; i < 100 && kill(pids[count - 1], 0) == 0; i++)
        (void)usleep(20000);
    assert_int_not_equal(kill(pids[count - 1], 0), 0);
}

static void freeing_the_pool_ends_its_processes(void **state)
{
    AUTO_VALUE(bench) b;
    pid_t pids[4];
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    size_t count = pool_workers(pids, 4, b.pool, 0);
    pid_t spawner = parent_of(pids[0]);
    pool_free(b.pool);
    b.pool = NULL;
    assert_int_not_equal(kill(spawner, 0), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_not_equal(kill(pids[i], 0), 0);
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
        cmocka_unit_test(a_wrong_pin_is_tried_once_by_all_workers_together),
        cmocka_unit_test(a_missing_module_is_told),
        cmocka_unit_test(a_pin_that_cannot_be_read_ends_the_pool),
        cmocka_unit_test(a_configuration_out_of_limits_is_refused),
        cmocka_unit_test(two_tokens_are_served_by_one_spawner),
        cmocka_unit_test(many_workers_of_softhsm_start_together),
        cmocka_unit_test(the_pin_is_in_no_command_line_and_no_environment),
        cmocka_unit_test(the_death_of_the_spawner_is_told_and_ends_the_workers),
        cmocka_unit_test(freeing_the_pool_ends_its_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
