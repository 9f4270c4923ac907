#include "unit/ok.h"

#include "base/clock.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static void wall_time_is_milliseconds_since_1970(void **state)
{
    (void)state;
    int64_t low = (int64_t)time(NULL) * 1000;
    int64_t now = clock_wall_ms();
    /* time() may lag behind by a tick. */
    assert_in_range(now, low, low + 2000);
}

static void boot_and_monotonic_time_go_forward(void **state)
{
    (void)state;
    int64_t boot = clock_boot_ms();
    int64_t monotonic = clock_monotonic_ms();
    int64_t fine = clock_monotonic_us();
    assert_true(clock_boot_ms() >= boot);
    assert_true(clock_monotonic_ms() >= monotonic);
    assert_true(clock_monotonic_us() >= fine);
    assert_in_range(fine / 1000, monotonic, monotonic + 1000);
    assert_true(boot >= monotonic - 1);
}

static void sleep_lasts_until_the_time_given(void **state)
{
    (void)state;
    int64_t until = clock_monotonic_ms() + 30;
    assert_true(clock_sleep_until(until));
    assert_true(clock_monotonic_ms() >= until);
}

static void sleep_until_the_past_returns_at_once(void **state)
{
    (void)state;
    assert_true(clock_sleep_until(clock_monotonic_ms() - 1000));
    assert_true(clock_sleep_until(0));
}

static void ignore_signal(int number)
{
    (void)number;
}

static void sleep_ends_early_when_a_signal_handler_ran(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = ignore_signal};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval soon = {.it_value = {.tv_usec = 20000}};
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    int64_t begin = clock_monotonic_ms();
    assert_false(clock_sleep_until(begin + 20000));
    assert_true(clock_monotonic_ms() < begin + 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_time_is_milliseconds_since_1970),
        cmocka_unit_test(boot_and_monotonic_time_go_forward),
        cmocka_unit_test(sleep_lasts_until_the_time_given),
        cmocka_unit_test(sleep_until_the_past_returns_at_once),
        cmocka_unit_test(sleep_ends_early_when_a_signal_handler_ran),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
