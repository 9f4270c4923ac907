#include "unit/ok.h"

#include "base/base64.h"

static const struct {
    const char *bytes;
    const char *standard;
    const char *url;
} published[] = {
    /* RFC 4648 section 10 */
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    /* The digits in which the alphabets differ; RFC 7515 appendix C has 03 ec ff e0 c1 as below. */
    {"\x03\xec\xff\xe0\xc1", "A+z/4ME=", "A-z_4ME"},
};

static void published_vectors_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        AUTO_VALUE(buf) standard = BUF(100);
        AUTO_VALUE(buf) url = BUF(100);
        base64_put(&standard, bytes_text(published[i].bytes));
        base64url_put(&url, bytes_text(published[i].bytes));
        ok_text(buf_bytes(&standard), published[i].standard);
        ok_text(buf_bytes(&url), published[i].url);
    }
}

static void published_vectors_are_read(void **state)
{
    AUTO_VALUE(arena) a = ARENA(1000);
    struct bytes bytes;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        ok_call(base64_decode(&bytes, bytes_text(published[i].standard), &a, &e), e);
        ok_text(bytes, published[i].bytes);
        assert_non_null(bytes.data);
        ok_call(base64url_decode(&bytes, bytes_text(published[i].url), &a, &e), e);
        ok_text(bytes, published[i].bytes);
    }
}

static void every_length_and_digit_comes_back(void **state)
{
    uint8_t sample[256];
    (void)state;
    for (size_t i = 0; i < sizeof sample; i++)
        sample[i] = (uint8_t)(i * 37);
    for (size_t size = 0; size <= sizeof sample; size++) {
        AUTO_VALUE(arena) a = ARENA(1000);
        AUTO_VALUE(buf) text = BUF(1000);
        struct bytes bytes;
        struct err e;
        base64_put(&text, bytes_make(sample, size));
        ok_call(base64_decode(&bytes, buf_bytes(&text), &a, &e), e);
        ok_bytes(bytes, bytes_make(sample, size));
    }
}

static void other_spellings_are_refused_and_change_nothing(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } wrong[] = {
        {"Zg", "no multiple of four"},   {"Zg=", "no multiple of four"},
        {"Zm8", "no multiple of four"},  {"Zh==", "stray bits"},
        {"Zm9=", "stray bits"},          {"Z===", "wrong character at byte 1"},
        {"====", "wrong character"},     {"=", "no multiple of four"},
        {"Zm8=Zm8=", "wrong character"}, {"Zg==Zg==", "wrong character"},
        {"Zm 8", "wrong character"},     {"Zm8=\n", "no multiple of four"},
        {"Zm9\n", "wrong character"},    {"A-z_", "wrong character at byte 1"},
        {"\xc3\xbc!!", "byte 0"},        {"Zm9v=", "no multiple of four"},
        {"Zm9v====", "wrong character"},
    };
    AUTO_VALUE(arena) a = ARENA(1000);
    struct bytes bytes = BYTES_NONE;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ok_err(base64_decode(&bytes, bytes_text(wrong[i].text), &a, &e), e, ERR_INPUT,
               wrong[i].why);
        assert_null(bytes.data);
    }
}

static void the_url_form_takes_no_padding_and_no_stray_bits(void **state)
{
    static const char *const wrong[] = {"Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "A+z/", "Zg "};
    AUTO_VALUE(arena) a = ARENA(1000);
    struct bytes bytes = BYTES_NONE;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ok_err(base64url_decode(&bytes, bytes_text(wrong[i]), &a, &e), e, ERR_INPUT, "base64: ");
        assert_null(bytes.data);
    }
}

static void a_nul_byte_is_no_digit(void **state)
{
    AUTO_VALUE(arena) a = ARENA(1000);
    struct bytes bytes = BYTES_NONE;
    struct err e;
    (void)state;
    ok_err(base64_decode(&bytes, bytes_make("Zm9\0", 4), &a, &e), e, ERR_INPUT, "byte 3");
}

static void a_full_arena_is_a_limit(void **state)
{
    AUTO_VALUE(arena) a = ARENA(2);
    struct bytes bytes = BYTES_NONE;
    struct err e;
    (void)state;
    ok_err(base64_decode(&bytes, bytes_text("Zm9v"), &a, &e), e, ERR_LIMIT, "no room for 3 bytes");
    assert_null(bytes.data);
}

static void exactly_means_that_size(void **state)
{
    uint8_t bytes[3] = {7, 7, 7};
    struct err e;
    (void)state;
    ok_err(base64_decode_exactly(bytes, 3, bytes_text("Zm8="), &e), e, ERR_INPUT,
           "2 bytes where 3 are expected");
    ok_err(base64_decode_exactly(bytes, 3, bytes_text("Zm9vYg=="), &e), e, ERR_INPUT,
           "4 bytes where 3 are expected");
    ok_err(base64_decode_exactly(bytes, 3, bytes_text("Zm9*"), &e), e, ERR_INPUT, "byte 3");
    assert_int_equal(bytes[0] + bytes[1] + bytes[2], 21);
    ok_call(base64_decode_exactly(bytes, 3, bytes_text("Zm9v"), &e), e);
    assert_memory_equal(bytes, "foo", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_are_written),
        cmocka_unit_test(published_vectors_are_read),
        cmocka_unit_test(every_length_and_digit_comes_back),
        cmocka_unit_test(other_spellings_are_refused_and_change_nothing),
        cmocka_unit_test(the_url_form_takes_no_padding_and_no_stray_bits),
        cmocka_unit_test(a_nul_byte_is_no_digit),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(exactly_means_that_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
