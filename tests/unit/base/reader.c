#include "unit/ok.h"

#include "base/reader.h"

static const uint8_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void integers_are_big_endian(void **state)
{
    struct reader r = reader_make(BYTES_OF(numbers));
    struct err e;
    (void)state;
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u32(&r), 0x04050607);
    assert_true(reader_u64(&r) == 0x08090a0b0c0d0e0f);
    ok_call(reader_done(&r, "it", &e), e);
}

static void a_read_over_the_end_fails_for_good(void **state)
{
    struct reader r = reader_make(bytes_make(numbers, 3));
    uint8_t copy[2] = {9, 9};
    struct err e;
    (void)state;
    assert_int_equal(reader_u32(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
    assert_null(reader_bytes(&r, 1).data);
    reader_copy(&r, copy, sizeof copy);
    assert_int_equal(copy[0] | copy[1], 0);
    ok_err(reader_done(&r, "frame", &e), e, ERR_INPUT, "frame is cut short");
}

static void bytes_that_are_left_are_an_error(void **state)
{
    struct reader r = reader_make(BYTES_OF(numbers));
    struct err e;
    (void)state;
    (void)reader_bytes(&r, 13);
    ok_err(reader_done(&r, "frame", &e), e, ERR_INPUT, "frame has 2 bytes too many");
}

static void a_view_points_into_the_source(void **state)
{
    struct reader r = reader_make(BYTES_OF(numbers));
    uint8_t copy[2];
    (void)state;
    struct bytes view = reader_bytes(&r, 2);
    assert_ptr_equal(view.data, numbers);
    reader_copy(&r, copy, sizeof copy);
    assert_memory_equal(copy, numbers + 2, 2);
    assert_int_equal(r.rest.size, sizeof numbers - 4);
}

static void a_string_has_its_length_before_it(void **state)
{
    static const uint8_t ssh[] = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0};
    struct reader r = reader_make(BYTES_OF(ssh));
    struct err e;
    (void)state;
    ok_text(reader_string32(&r, 3), "abc");
    assert_int_equal(reader_string32(&r, 0).size, 0);
    ok_call(reader_done(&r, "it", &e), e);
}

static void a_string_over_its_maximum_fails(void **state)
{
    static const uint8_t ssh[] = {0, 0, 0, 3, 'a', 'b', 'c'};
    static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 'a'};
    struct reader r = reader_make(BYTES_OF(ssh));
    struct reader h = reader_make(BYTES_OF(huge));
    struct err e;
    (void)state;
    assert_int_equal(reader_string32(&r, 2).size, 0);
    ok_err(reader_done(&r, "it", &e), e, ERR_INPUT, "a length over its limit");
    assert_int_equal(reader_string32(&h, SIZE_MAX).size, 0);
    ok_err(reader_done(&h, "it", &e), e, ERR_INPUT, "cut short");
}

static void nothing_can_be_read_from_nothing(void **state)
{
    struct reader r = reader_make(BYTES_NONE);
    struct err e;
    (void)state;
    assert_int_equal(reader_bytes(&r, 0).size, 0);
    ok_call(reader_done(&r, "it", &e), e);
    (void)reader_u8(&r);
    assert_false(reader_done(&r, "it", &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(a_read_over_the_end_fails_for_good),
        cmocka_unit_test(bytes_that_are_left_are_an_error),
        cmocka_unit_test(a_view_points_into_the_source),
        cmocka_unit_test(a_string_has_its_length_before_it),
        cmocka_unit_test(a_string_over_its_maximum_fails),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
