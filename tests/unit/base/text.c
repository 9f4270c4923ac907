#include "unit/ok.h"

#include <time.h>

#include "base/limits.h"
#include "base/text.h"

static void utf8_is_the_shortest_form_without_surrogates(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "gr\xc3\xbc\xc3\x9f"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xc2\xc2",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "a\xe2\x82",
                                      "\xe2\x82\x28"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(text_is_utf8(bytes_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(text_is_utf8(bytes_text(bad[i])));
        assert_false(text_is_plain(bytes_text(bad[i])));
    }
    assert_true(text_is_utf8(bytes_make("\0", 1)));
    assert_true(text_is_utf8(BYTES_NONE));
}

static void plain_text_cannot_steer_a_terminal_or_turn_the_reading(void **state)
{
    static const char *const steering[] = {"\x01",         "a\nb",
                                           "\x1b[2J",      "\x7f",
                                           "\xc2\x80",     "\xc2\x9b",
                                           "\xc2\x9f",     "\xe2\x80\xa8",
                                           "\xe2\x80\xa9", "\xe2\x80\xaa",
                                           "\xe2\x80\xae", "\xe2\x81\xa6",
                                           "\xe2\x81\xa9", "\t"};
    static const char *const plain[] = {"",
                                        "a b",
                                        "\xc2\xa0",
                                        "\xe2\x80\xa7",
                                        "\xe2\x80\xaf",
                                        "\xe2\x81\xa5",
                                        "\xe2\x81\xaa",
                                        "\xd7\xa9\xd7\x9c"};
    (void)state;
    for (size_t i = 0; i < sizeof steering / sizeof steering[0]; i++)
        assert_false(text_is_plain(bytes_text(steering[i])));
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_true(text_is_plain(bytes_text(plain[i])));
    assert_false(text_is_plain(bytes_make("\0", 1)));
    AUTO_VALUE(buf) b = BUF(64);
    buf_put_text(&b, "as it is\n");
    text_put_plain(&b, "\x1b[2J\xff\n");
    text_put_plain(&b, "");
    ok_text(buf_bytes(&b), "as it is\n [2J? ");
}

static void a_name_is_safe_everywhere(void **state)
{
    char longest[64];
    (void)state;
    memset(longest, 'a', sizeof longest);
    assert_true(text_is_name(bytes_text("release-engineer")));
    assert_true(text_is_name(bytes_text("0")));
    assert_true(text_is_name(bytes_text("v1.2-x.")));
    assert_true(text_is_name(bytes_make(longest, 63)));
    assert_false(text_is_name(bytes_make(longest, 64)));
    static const char *const bad[] = {"",    ".",   "..",  "-rf", ".a",      "A",
                                      "a_b", "a/b", "a b", "a\n", "\xc3\xbc"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_name(bytes_text(bad[i])));
}

static bool fits(const char *text, const char *pattern)
{
    return text_fits(bytes_text(text), bytes_text(pattern));
}

static void a_pattern_fits_the_whole_text(void **state)
{
    (void)state;
    assert_true(fits("", ""));
    assert_true(fits("app.exe", "app.exe"));
    assert_false(fits("app.exe", "app"));
    assert_false(fits("app", "app.exe"));
    assert_true(fits("app-1.2.tar.gz", "app-*.tar.gz"));
    assert_true(fits("app-.tar.gz", "app-*.tar.gz"));
    assert_true(fits("", "*"));
    assert_true(fits("a", "**"));
    assert_false(fits("", "?"));
    assert_true(fits("abcbcd", "a*bcd"));
    assert_true(fits("aab", "*?b"));
    assert_false(fits("ab", "a?b"));
    assert_false(fits("App", "app"));
}

static void neither_star_nor_question_mark_crosses_a_slash(void **state)
{
    (void)state;
    assert_false(fits("dist/app", "*"));
    assert_false(fits("a/b", "a?b"));
    assert_true(fits("dist/app", "*/*"));
    assert_true(fits("x/y/zb", "*/*/*b"));
    assert_false(fits("x/y/zb", "*/*b"));
    assert_false(fits("../../etc", "*etc"));
}

static void a_question_mark_is_one_character_of_any_length(void **state)
{
    (void)state;
    assert_true(fits("gr\xc3\xbcn", "gr?n"));
    assert_false(fits("gr\xc3\xbcn", "gr??n"));
    assert_true(fits("\xf0\x9d\x84\x9e", "?"));
}

static void a_pattern_of_stars_stays_cheap(void **state)
{
    char text[20000];
    char pattern[LIMIT_PATTERN_SIZE + 1];
    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 == 0 ? 'a' : '*';
    assert_true(text_fits(bytes_make(text, sizeof text), bytes_make(pattern, 254)));
    pattern[254] = 'b';
    assert_false(text_fits(bytes_make(text, sizeof text), bytes_make(pattern, 255)));
    assert_false(text_fits(bytes_make(text, sizeof text), bytes_make(pattern, 256)));
}

static void numbers_are_digits_within_their_range(void **state)
{
    uint64_t n = 7;
    struct err e;
    (void)state;
    ok_call(text_read_number(&n, bytes_text("0"), 0, &e), e);
    assert_int_equal(n, 0);
    ok_call(text_read_number(&n, bytes_text("255"), 255, &e), e);
    assert_int_equal(n, 255);
    ok_call(text_read_number(&n, bytes_text("18446744073709551615"), UINT64_MAX, &e), e);
    assert_true(n == UINT64_MAX);
}

static void other_numbers_are_refused_and_change_nothing(void **state)
{
    static const char *const bad[] = {
        "",   "-1", "+1",  "00",  "01",   " 1",   "1 ",
        "1.", "1e", "0x1", "256", "2560", "1\n2", "18446744073709551871"};
    uint64_t n = 7;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ok_err(text_read_number(&n, bytes_text(bad[i]), 255, &e), e, ERR_INPUT, "not a number");
        assert_int_equal(n, 7);
    }
    ok_err(text_read_number(&n, bytes_text("18446744073709551616"), UINT64_MAX, &e), e, ERR_INPUT,
           "not a number");
}

static void durations_are_a_number_and_a_unit(void **state)
{
    int64_t ms = 7;
    struct err e;
    (void)state;
    ok_call(text_read_duration(&ms, bytes_text("30s"), &e), e);
    assert_int_equal(ms, 30000);
    ok_call(text_read_duration(&ms, bytes_text("10m"), &e), e);
    assert_int_equal(ms, 600000);
    ok_call(text_read_duration(&ms, bytes_text("24h"), &e), e);
    assert_int_equal(ms, 86400000);
    ok_call(text_read_duration(&ms, bytes_text("90d"), &e), e);
    assert_true(ms == INT64_C(7776000000));
    ok_call(text_read_duration(&ms, bytes_text("36525d"), &e), e);
    assert_true(ms == LIMIT_DURATION_MS);
    ok_call(text_read_duration(&ms, bytes_text("0s"), &e), e);
    assert_int_equal(ms, 0);
}

static void other_durations_are_refused_and_change_nothing(void **state)
{
    static const char *const bad[] = {"",
                                      "s",
                                      "30",
                                      "30S",
                                      "30 s",
                                      "1w",
                                      "-1s",
                                      "01s",
                                      "1h30m",
                                      "1.5h",
                                      "1ms",
                                      "36526d",
                                      "99999999999999999999s"};
    int64_t ms = 7;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ok_err(text_read_duration(&ms, bytes_text(bad[i]), &e), e, ERR_INPUT, "not a duration");
        assert_int_equal(ms, 7);
    }
    assert_string_not_equal(e.hint, "");
}

static void times_are_written_as_libc_writes_them(void **state)
{
    char text[TEXT_TIME_SIZE];
    char want[64];
    (void)state;
    for (int64_t second = 0; second <= TEXT_TIME_MAX_MS / 1000; second += 86400 * 13 + 4567) {
        time_t t = (time_t)second;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.789Z", &tm), 24);
        assert_string_equal(text_time(text, second * 1000 + 789), want);
    }
}

static void the_edges_of_time_are_right(void **state)
{
    char text[TEXT_TIME_SIZE];
    (void)state;
    assert_string_equal(text_time(text, 0), "1970-01-01T00:00:00.000Z");
    assert_string_equal(text_time(text, INT64_C(951782399999)), "2000-02-28T23:59:59.999Z");
    assert_string_equal(text_time(text, INT64_C(951782400000)), "2000-02-29T00:00:00.000Z");
    assert_string_equal(text_time(text, TEXT_TIME_MAX_MS), "9999-12-31T23:59:59.999Z");
    assert_string_equal(text_time(text, TEXT_TIME_MAX_MS + 1), "no-time");
    assert_string_equal(text_time(text, -1), "no-time");
    assert_string_equal(text_time(text, INT64_MIN), "no-time");
}

static void every_day_comes_back_from_its_text(void **state)
{
    (void)state;
    for (int64_t ms = 86399999; ms <= TEXT_TIME_MAX_MS; ms += 86400000) {
        char text[TEXT_TIME_SIZE];
        int64_t again = -1;
        struct err e;
        ok_call(text_read_time(&again, bytes_text(text_time(text, ms)), &e), e);
        assert_true(again == ms);
    }
}

static void milliseconds_may_be_left_out(void **state)
{
    int64_t ms = -1;
    struct err e;
    (void)state;
    ok_call(text_read_time(&ms, bytes_text("2001-09-09T01:46:40Z"), &e), e);
    assert_true(ms == INT64_C(1000000000000));
    ok_call(text_read_time(&ms, bytes_text("2001-09-09T01:46:40.001Z"), &e), e);
    assert_true(ms == INT64_C(1000000000001));
}

static void other_times_are_refused_and_change_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "2001-09-09",
        "2001-09-09T01:46:40",
        "2001-09-09T01:46:40+00:00",
        "2001-09-09t01:46:40z",
        "2001-09-09 01:46:40Z",
        "2001-09-09T01:46:40.1Z",
        "2001-09-09T01:46:40.0000Z",
        "2001-09-09T01:46:60Z",
        "2001-09-09T01:60:40Z",
        "2001-09-09T24:00:00Z",
        "2001-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2001-04-31T00:00:00Z",
        "2001-00-01T00:00:00Z",
        "2001-13-01T00:00:00Z",
        "2001-01-00T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2001-09-09T01:46:4aZ",
        "-001-09-09T01:46:40Z",
        "2001-09-09T01:46:40ZZ",
    };
    int64_t ms = -7;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ok_err(text_read_time(&ms, bytes_text(bad[i]), &e), e, ERR_INPUT, "not a time");
        assert_int_equal(ms, -7);
    }
}

static void moments_outside_the_calendar_are_refused(void **state)
{
    struct moment m = {.year = 7};
    int64_t ms = -7;
    (void)state;
    assert_false(text_moment_split(&m, -1));
    assert_false(text_moment_split(&m, TEXT_TIME_MAX_MS + 1));
    assert_int_equal(m.year, 7);
    assert_false(text_moment_join(&ms, &(struct moment){.year = 10000, .month = 1, .day = 1}));
    assert_false(text_moment_join(&ms, &(struct moment){.year = 2000, .month = 1, .day = 32}));
    assert_false(text_moment_join(
        &ms, &(struct moment){.year = 2000, .month = 1, .day = 1, .millisecond = 1000}));
    assert_int_equal(ms, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_the_shortest_form_without_surrogates),
        cmocka_unit_test(plain_text_cannot_steer_a_terminal_or_turn_the_reading),
        cmocka_unit_test(a_name_is_safe_everywhere),
        cmocka_unit_test(a_pattern_fits_the_whole_text),
        cmocka_unit_test(neither_star_nor_question_mark_crosses_a_slash),
        cmocka_unit_test(a_question_mark_is_one_character_of_any_length),
        cmocka_unit_test(a_pattern_of_stars_stays_cheap),
        cmocka_unit_test(numbers_are_digits_within_their_range),
        cmocka_unit_test(other_numbers_are_refused_and_change_nothing),
        cmocka_unit_test(durations_are_a_number_and_a_unit),
        cmocka_unit_test(other_durations_are_refused_and_change_nothing),
        cmocka_unit_test(times_are_written_as_libc_writes_them),
        cmocka_unit_test(the_edges_of_time_are_right),
        cmocka_unit_test(every_day_comes_back_from_its_text),
        cmocka_unit_test(milliseconds_may_be_left_out),
        cmocka_unit_test(other_times_are_refused_and_change_nothing),
        cmocka_unit_test(moments_outside_the_calendar_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
