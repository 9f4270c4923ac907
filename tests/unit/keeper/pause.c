#include "unit/ok.h"

#include "keeper/pause.h"

static void it_grows_to_a_minute_and_starts_anew(void **state)
{
    static const int64_t lengths[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct pause p = {.length = 0};
    int64_t now = 5;
    (void)state;
    assert_false(pause_lasts(&p, now));
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        pause_begin(&p, now);
        assert_true(pause_lasts(&p, now));
        assert_true(pause_lasts(&p, now + lengths[i] - 1));
        now += lengths[i];
        assert_false(pause_lasts(&p, now));
    }
    pause_end(&p);
    assert_false(pause_lasts(&p, 0));
    pause_begin(&p, now);
    assert_false(pause_lasts(&p, now + lengths[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_to_a_minute_and_starts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
