#include "unit/ok.h"

#include "base/buf.h"

static void integers_are_big_endian(void **state)
{
    static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    AUTO_VALUE(buf) b = BUF(100);
    (void)state;
    buf_put_u8(&b, 1);
    buf_put_u16(&b, 0x0203);
    buf_put_u32(&b, 0x04050607);
    buf_put_u64(&b, 0x08090a0b0c0d0e0f);
    ok_bytes(buf_bytes(&b), BYTES_OF(want));
}

static void texts_follow_each_other(void **state)
{
    AUTO_VALUE(buf) b = BUF(1000);
    (void)state;
    buf_put_text(&b, "one");
    buf_put(&b, BYTES_NONE);
    buf_printf(&b, " %d %s", 2, "three");
    assert_string_equal(buf_string(&b), "one 2 three");
    assert_int_equal(b.size, 11);
    for (int i = 0; i < 30; i++)
        buf_printf(&b, "%030d", i);
    assert_int_equal(b.size, 911);
    assert_memory_equal(b.data + 881, "000000000000000000000000000029", 30);
}

static void it_takes_its_maximum_and_not_a_byte_more(void **state)
{
    AUTO_VALUE(buf) b = BUF(4);
    struct err e;
    (void)state;
    buf_put_text(&b, "abcd");
    ok_call(buf_ok(&b, "it", &e), e);
    assert_string_equal(buf_string(&b), "abcd");
    buf_put_u8(&b, 'e');
    ok_err(buf_ok(&b, "it", &e), e, ERR_LIMIT, "it is larger than its limit of 4 bytes");
}

static void numbers_are_written_in_digits(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(100);
    static const int64_t numbers[] = {0, 7, -1, 1000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        buf_put_decimal(&b, numbers[i]);
        buf_put_u8(&b, ' ');
    }
    assert_string_equal(buf_string(&b), "0 7 -1 1000 9223372036854775807 -9223372036854775808 ");
}

static void a_failure_sticks(void **state)
{
    AUTO_VALUE(buf) b = BUF(4);
    (void)state;
    buf_put_text(&b, "ab");
    buf_printf(&b, "%s", "cde");
    buf_put_text(&b, "f");
    assert_null(buf_grow(&b, 1));
    assert_string_equal(buf_string(&b), "");
    ok_text(buf_bytes(&b), "ab");
    assert_true(b.failed);
    buf_reset(&b);
    buf_put_text(&b, "f");
    ok_text(buf_bytes(&b), "f");
    assert_false(b.failed);
}

static void a_size_that_would_wrap_is_refused(void **state)
{
    AUTO_VALUE(buf) b = BUF(100);
    (void)state;
    buf_put_text(&b, "ab");
    assert_null(buf_grow(&b, SIZE_MAX));
    assert_null(buf_grow(&b, SIZE_MAX - 1));
    assert_true(b.failed);
    assert_int_equal(b.size, 2);
}

static void dropping_removes_from_the_front(void **state)
{
    AUTO_VALUE(buf) b = BUF(100);
    (void)state;
    buf_drop(&b, 1);
    buf_put_text(&b, "abcdef");
    buf_drop(&b, 2);
    ok_text(buf_bytes(&b), "cdef");
    buf_drop(&b, 4);
    assert_int_equal(b.size, 0);
}

static void taking_leaves_it_empty_with_its_maximum(void **state)
{
    AUTO_VALUE(buf) b = BUF(5);
    (void)state;
    buf_put_text(&b, "abc");
    AUTO_VALUE(buf) taken = buf_take(&b);
    ok_text(buf_bytes(&taken), "abc");
    assert_int_equal(b.size, 0);
    assert_null(b.data);
    buf_put_text(&b, "12345");
    ok_text(buf_bytes(&b), "12345");
}

static void done_takes_null_and_can_be_called_twice(void **state)
{
    struct buf b = BUF(5);
    (void)state;
    buf_done(NULL);
    buf_put_text(&b, "abc");
    buf_done(&b);
    buf_done(&b);
    assert_null(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(texts_follow_each_other),
        cmocka_unit_test(it_takes_its_maximum_and_not_a_byte_more),
        cmocka_unit_test(numbers_are_written_in_digits),
        cmocka_unit_test(a_failure_sticks),
        cmocka_unit_test(a_size_that_would_wrap_is_refused),
        cmocka_unit_test(dropping_removes_from_the_front),
        cmocka_unit_test(taking_leaves_it_empty_with_its_maximum),
        cmocka_unit_test(done_takes_null_and_can_be_called_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
