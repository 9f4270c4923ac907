#include "unit/ok.h"

#include "base/file.h"
#include "base/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX 16

/* A pipe that holds the text and then ends. */
static int pipe_with(const char *text, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, size), (ssize_t)size);
    close(ends[1]);
    return ends[0];
}

static bool from_text(struct secret **ret, const char *text, size_t size, struct err *e)
{
    int end = pipe_with(text, size);
    bool ok = secret_from_descriptor(ret, end, MAX, "PIN", e);
    close(end);
    return ok;
}

static void one_trailing_newline_is_cut(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(secret) plain = NULL;
    AUTO(secret) line = NULL;
    AUTO(secret) two = NULL;
    ok_call(from_text(&plain, "1234", 4, &e), e);
    ok_text(secret_bytes(plain), "1234");
    ok_call(from_text(&line, "1234\n", 5, &e), e);
    ok_text(secret_bytes(line), "1234");
    ok_call(from_text(&two, "12\n\n", 4, &e), e);
    ok_text(secret_bytes(two), "12\n");
}

static void empty_and_too_long_secrets_are_refused_and_the_result_is_untouched(void **state)
{
    (void)state;
    struct err e = {0};
    struct secret *poison = (struct secret *)(uintptr_t)16;
    struct secret *s = poison;
    ok_err(from_text(&s, "", 0, &e), e, ERR_INPUT, "the PIN is empty");
    ok_err(from_text(&s, "\n", 1, &e), e, ERR_INPUT, "the PIN is empty");
    ok_err(from_text(&s, "0123456789abcdefg", 17, &e), e, ERR_LIMIT, "longer than 16 bytes");
    ok_err(from_text(&s, "0123456789abcdef\n\n", 18, &e), e, ERR_LIMIT, "longer than 16 bytes");
    ok_err(from_text(&s, "0123456789abcdefgh more", 23, &e), e, ERR_LIMIT, "longer than 16");
    ok_err(secret_from_descriptor(&s, -1, MAX, "PIN", &e), e, ERR_IO, "cannot read the PIN");
    assert_ptr_equal(s, poison);
    AUTO(secret) longest = NULL;
    ok_call(from_text(&longest, "0123456789abcdef\n", 17, &e), e);
    assert_int_equal(secret_bytes(longest).size, 16);
}

static void messages_never_quote_the_secret(void **state)
{
    (void)state;
    struct err e = {0};
    struct secret *s = NULL;
    assert_false(from_text(&s, "correct-horse-battery", 21, &e));
    assert_null(strstr(e.message, "horse"));
    assert_null(strstr(e.hint, "horse"));
    assert_null(strstr(e.cause, "horse"));
}

static void file_must_be_readable_by_its_owner_alone(void **state)
{
    (void)state;
    struct err e = {0};
    char path[] = "/tmp/sealward-secret-test.XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "5678\n", 5), 5);
    AUTO(secret) s = NULL;
    static const mode_t refused[] = {0644, 0640, 0604, 0660, 0700, 0620};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(fchmod(descriptor, refused[i]), 0);
        ok_err(secret_from_file(&s, path, MAX, "PIN", &e), e, ERR_INPUT, path);
    }
    assert_int_equal(fchmod(descriptor, 0400), 0);
    ok_call(secret_from_file(&s, path, MAX, "PIN", &e), e);
    ok_text(secret_bytes(s), "5678");
    if (geteuid() == 0) {
        AUTO(secret) other = NULL;
        assert_int_equal(fchown(descriptor, 12345, 12345), 0);
        ok_err(secret_from_file(&other, path, MAX, "PIN", &e), e, ERR_INPUT, "somebody else");
    }
    close(descriptor);
    assert_int_equal(unlink(path), 0);
}

static void missing_file_and_folder_are_told_apart_from_empty_secrets(void **state)
{
    (void)state;
    struct err e = {0};
    struct secret *s = NULL;
    ok_err(secret_from_file(&s, "/nonexistent/pin", MAX, "PIN", &e), e, ERR_NOT_FOUND,
           "PIN: cannot open /nonexistent/pin");
    ok_err(secret_from_file(&s, "/", MAX, "PIN", &e), e, ERR_INPUT, "folder");
    assert_null(s);
}

static void comparison_knows_equal_and_different(void **state)
{
    (void)state;
    assert_true(secret_equal(bytes_text("abc"), bytes_text("abc")));
    assert_false(secret_equal(bytes_text("abc"), bytes_text("abd")));
    assert_false(secret_equal(bytes_text("bbc"), bytes_text("abc")));
    assert_false(secret_equal(bytes_text("abc"), bytes_text("ab")));
    assert_true(secret_equal(BYTES_NONE, BYTES_NONE));
}

/* The flags that the kernel keeps for the mapping around an address ("dd" is: not in dumps). */
static bool mapping_has(const void *address, const char *flag)
{
    struct err e = {0};
    AUTO_VALUE(buf) maps = BUF(64u << 20);
    ok_call(file_read(&maps, "/proc/self/smaps", FILE_ANY, &e), e);
    bool inside = false;
    for (char *line = strtok((char *)(uintptr_t)buf_string(&maps), "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        uint64_t from = 0;
        uint64_t to = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2) {
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        }
        if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            return strstr(line, flag) != NULL;
        }
    }
    return false;
}

static void secret_stays_out_of_core_dumps(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(secret) s = NULL;
    ok_call(secret_new(&s, 32, &e), e);
    assert_true(mapping_has(secret_data(s), " dd"));
    assert_false(mapping_has(s, " dd"));
}

static void wiping_leaves_zeros(void **state)
{
    (void)state;
    uint8_t text[5] = "1234";
    secret_wipe(text, sizeof text);
    static const uint8_t zeros[5];
    ok_bytes(BYTES_OF(text), BYTES_OF(zeros));
    secret_wipe(NULL, 0);
    secret_free(NULL);
}

static void secret_of_no_bytes_cannot_be_made(void **state)
{
    (void)state;
    struct err e = {0};
    struct secret *s = NULL;
    ok_err(secret_new(&s, 0, &e), e, ERR_LIMIT, "0 bytes");
    ok_err(secret_new(&s, SIZE_MAX, &e), e, ERR_LIMIT, "bytes");
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trailing_newline_is_cut),
        cmocka_unit_test(empty_and_too_long_secrets_are_refused_and_the_result_is_untouched),
        cmocka_unit_test(messages_never_quote_the_secret),
        cmocka_unit_test(file_must_be_readable_by_its_owner_alone),
        cmocka_unit_test(missing_file_and_folder_are_told_apart_from_empty_secrets),
        cmocka_unit_test(comparison_knows_equal_and_different),
        cmocka_unit_test(secret_stays_out_of_core_dumps),
        cmocka_unit_test(wiping_leaves_zeros),
        cmocka_unit_test(secret_of_no_bytes_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
