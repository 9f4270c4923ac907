#include "unit/ok.h"

#include "cli/arguments.h"
#include "cli/moment.h"

#define NOW INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

static void times_are_taken_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t past;
        int64_t ahead;
    } rows[] = {
        {"now", NOW, NOW},
        {"always", 0, 0},
        {"2026-03-01T12:00:00Z", NOW, NOW},
        {"2026-03-01", NOW - 43200000, NOW - 43200000},
        {"1772366400000", NOW, NOW},
        {"36h", NOW - 129600000, NOW + 129600000},
        {"90d", NOW - INT64_C(7776000000), NOW + INT64_C(7776000000)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;
        int64_t time = -1;
        ok_call(moment_take(&time, "--effective", rows[i].text, NOW, &e), e);
        assert_int_equal(time, rows[i].past);
        ok_call(moment_take_ahead(&time, "--at", rows[i].text, NOW, &e), e);
        assert_int_equal(time, rows[i].ahead);
    }
}

static void what_is_no_time_is_a_wrong_call_that_says_what_is_one(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "soon", "2026-02-30", "12", "1h2m", "-1h"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct err e;
        int64_t time = 5;
        ok_err(moment_take(&time, "--effective", texts[i], NOW, &e), e, ERR_INPUT, "not a time");
        assert_string_equal(e.rule, CLI_USAGE);
        assert_non_null(strstr(e.hint, "36h"));
        assert_int_equal(time, 5);
        ok_err(moment_duration(&time, "--within", texts[i], &e), e, ERR_INPUT, "not a duration");
        assert_int_equal(time, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_taken_as_people_write_them),
        cmocka_unit_test(what_is_no_time_is_a_wrong_call_that_says_what_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
