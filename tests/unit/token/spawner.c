#include "unit/ok.h"

#include "unit/token/bench.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

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
    ok_err(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e, ERR_REFUSED, "CKR_PIN_INCORRECT");
    assert_string_equal(e.rule, "token.pin");
    assert_null(strstr(e.message, PLACE_PIN));
    assert_null(strstr(e.hint, PLACE_PIN));
    assert_null(strstr(e.cause, PLACE_PIN));
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
    ok_err(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e, ERR_STATE, "/nonexistent.so");
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
    ok_err(pool_wait(&answer, b.pool, job, BENCH_WAIT_MS, &e), e, ERR_STATE, "PIN of token mock");
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
        int64_t end = clock_monotonic_ms() + BENCH_WAIT_MS;
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
    bench_sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
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
    ok_err(
        pool_wait(&answer, b.pool, bench_submit(&b, 1, MECHANISM_ECDSA_SHA256), BENCH_WAIT_MS, &e),
        e, ERR_STATE, "has ended");
    for (unsigned i = 0; i < 100 && kill(pids[count - 1], 0) == 0; i++)
        (void)usleep(20000);
    assert_int_not_equal(kill(pids[count - 1], 0), 0);
}

/* As a terminal's Ctrl-C or a service manager's stop reach them. */
static void signals_to_the_whole_group_leave_the_workers_alone(void **state)
{
    AUTO_VALUE(bench) b;
    pid_t pids[4];
    struct pool_stats stats;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 2);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    bench_sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
    size_t count = pool_workers(pids, 4, b.pool, 0);
    assert_int_equal(kill(parent_of(pids[0]), SIGTERM), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kill(pids[i], SIGINT), 0);
        assert_int_equal(kill(pids[i], SIGTERM), 0);
        assert_int_equal(kill(pids[i], SIGHUP), 0);
    }
    bench_sign_many(&b, 20, MECHANISM_ECDSA_SHA256, NULL);
    pool_stats(&stats, b.pool, 0);
    assert_int_equal(stats.died, 0);
}

static void a_module_that_the_jail_stops_is_named(void **state)
{
    AUTO_VALUE(bench) b;
    struct pool_stats stats;
    (void)state;
    place_mock(&b.place);
    struct pool_config config = place_config(&b.place, 1);
    bench_start(&b, &config);
    bench_generate(&b, 0, KEY_P256);
    place_write(&b.place, "do-C_Sign.once", "act exec");
    bench_sign(&b);
    pool_stats(&stats, b.pool, 0);
    assert_int_equal(stats.died, 1);
    assert_non_null(strstr(stats.last.message, "signal 31"));
    assert_string_equal(stats.last.hint, "the module tried what its jail forbids");
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
        cmocka_unit_test(a_wrong_pin_is_tried_once_by_all_workers_together),
        cmocka_unit_test(a_missing_module_is_told),
        cmocka_unit_test(a_pin_that_cannot_be_read_ends_the_pool),
        cmocka_unit_test(a_configuration_out_of_limits_is_refused),
        cmocka_unit_test(many_workers_of_softhsm_start_together),
        cmocka_unit_test(the_pin_is_in_no_command_line_and_no_environment),
        cmocka_unit_test(the_death_of_the_spawner_is_told_and_ends_the_workers),
        cmocka_unit_test(signals_to_the_whole_group_leave_the_workers_alone),
        cmocka_unit_test(a_module_that_the_jail_stops_is_named),
        cmocka_unit_test(freeing_the_pool_ends_its_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
