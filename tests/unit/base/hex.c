#include "unit/ok.h"

#include "base/hex.h"

static const uint8_t sample[] = {0x00, 0x01, 0x7f, 0x80, 0xab, 0xff};

static void it_is_written_in_lower_case(void **state)
{
    AUTO_VALUE(buf) b = BUF(100);
    char text[2 * sizeof sample + 1];
    (void)state;
    hex_put(&b, BYTES_OF(sample));
    ok_text(buf_bytes(&b), "00017f80abff");
    assert_string_equal(hex_string(text, BYTES_OF(sample)), "00017f80abff");
    assert_string_equal(hex_string(text, BYTES_NONE), "");
}

static void what_was_written_is_read(void **state)
{
    uint8_t bytes[sizeof sample];
    struct err e;
    (void)state;
    ok_call(hex_decode(bytes, sizeof bytes, bytes_text("00017f80abff"), &e), e);
    assert_memory_equal(bytes, sample, sizeof sample);
    ok_call(hex_decode(bytes, 0, BYTES_NONE, &e), e);
}

static void other_texts_are_refused_and_change_nothing(void **state)
{
    static const char *const wrong[] = {"0",    "000",  "00000", "000000", "AB00", "0g00",
                                        "00 0", "0x00", "00\n0", "-100",   "",     "00:0"};
    uint8_t bytes[2] = {7, 7};
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ok_err(hex_decode(bytes, 2, bytes_text(wrong[i]), &e), e, ERR_INPUT, "hex: ");
        assert_int_equal(bytes[0] + bytes[1], 14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_written_in_lower_case),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(other_texts_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
