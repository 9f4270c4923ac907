#include "unit/ok.h"

#include <stdio.h>

static void equal_means_same_size_and_same_bytes(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_text("abc"), bytes_make("abcd", 3)));
    assert_false(bytes_equal(bytes_text("abc"), bytes_text("abd")));
    assert_false(bytes_equal(bytes_text("abc"), bytes_text("ab")));
    assert_true(bytes_equal(BYTES_NONE, bytes_text("")));
    assert_true(bytes_is(bytes_make("a\0b", 1), "a"));
    assert_false(bytes_is(bytes_make("a\0b", 3), "a"));
}

static void order_is_by_bytes_then_by_length(void **state)
{
    static const uint8_t high[] = {0xff};
    (void)state;
    assert_true(bytes_compare(bytes_text("a"), bytes_text("b")) < 0);
    assert_true(bytes_compare(bytes_text("b"), bytes_text("aa")) > 0);
    assert_true(bytes_compare(bytes_text("a"), bytes_text("aa")) < 0);
    assert_true(bytes_compare(BYTES_OF(high), bytes_text("a")) > 0);
    assert_true(bytes_compare(BYTES_NONE, bytes_text("a")) < 0);
    assert_int_equal(bytes_compare(BYTES_NONE, bytes_text("")), 0);
}

static void printing_takes_absent_and_long_bytes(void **state)
{
    char line[400];
    char text[300];
    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(snprintf(line, sizeof line, "%.*s", BYTES_PRINT(BYTES_NONE)), 0);
    assert_int_equal(snprintf(line, sizeof line, "%.*s", BYTES_PRINT(bytes_make(text, 300))), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_means_same_size_and_same_bytes),
        cmocka_unit_test(order_is_by_bytes_then_by_length),
        cmocka_unit_test(printing_takes_absent_and_long_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
