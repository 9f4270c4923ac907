#include "unit/ok.h"

#include "guard/pace.h"

static void after_a_success_it_is_the_interval_a_tenth_more_or_less(void **state)
{
    (void)state;
    assert_int_equal(pace_wait(30000, 0, 0), 27000);
    assert_int_equal(pace_wait(30000, 0, 6000), 33000);
    for (uint32_t random = 0; random < 100000; random += 37) {
        int64_t wait = pace_wait(30000, 0, random);
        assert_true(wait >= 27000 && wait <= 33000);
    }
}

static void failures_double_it_up_to_the_interval(void **state)
{
    (void)state;
    assert_int_equal(pace_wait(30000, 1, 0), 500);
    assert_int_equal(pace_wait(30000, 1, 500), 1000);
    assert_int_equal(pace_wait(30000, 3, 0), 2000);
    assert_int_equal(pace_wait(30000, 6, 0), 15000);
    assert_int_equal(pace_wait(30000, UINT32_MAX, 15000), 30000);
    assert_int_equal(pace_wait(1, 1, 7), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_success_it_is_the_interval_a_tenth_more_or_less),
        cmocka_unit_test(failures_double_it_up_to_the_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
