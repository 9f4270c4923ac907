#include "unit/ok.h"

#include <errno.h>

#include "base/text.h"

static void a_set_error_has_code_and_message_and_nothing_else(void **state)
{
    struct err e;
    (void)state;
    memset(&e, 'x', sizeof e);
    assert_false(err_set(&e, ERR_INPUT, "byte %d", 7));
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.message, "byte 7");
    assert_string_equal(e.rule, "");
    assert_string_equal(e.hint, "");
    assert_string_equal(e.cause, "");
}

static void a_refusal_names_its_rule(void **state)
{
    struct err e;
    (void)state;
    assert_false(err_refuse(&e, "grant.window", "the window is over"));
    assert_int_equal(e.code, ERR_REFUSED);
    assert_string_equal(e.rule, "grant.window");
    assert_false(err_hint(&e, "open a new grant"));
    assert_string_equal(e.message, "the window is over");
    assert_string_equal(e.hint, "open a new grant");
}

static void errno_becomes_the_cause(void **state)
{
    struct err e;
    (void)state;
    errno = ENOENT;
    assert_false(err_errno(&e, "cannot open it"));
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.cause, "No such file or directory");
}

static void context_goes_before_the_message(void **state)
{
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_INPUT, "wrong type");
    (void)err_hint(&e, "a number");
    assert_false(err_wrap(&e, "member %s", "a"));
    assert_false(err_wrap(&e, "grant"));
    assert_string_equal(e.message, "grant: member a: wrong type");
    assert_string_equal(e.hint, "a number");
    assert_int_equal(e.code, ERR_INPUT);
}

static void wrapping_without_end_keeps_the_outermost_context(void **state)
{
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_INPUT, "inner");
    for (int i = 0; i < 200; i++)
        (void)err_wrap(&e, "level %d", i);
    assert_true(strnlen(e.message, sizeof e.message) < sizeof e.message);
    assert_memory_equal(e.message, "level 199: level 198: ", 22);
}

static void because_moves_the_message_into_the_cause(void **state)
{
    struct err e;
    (void)state;
    (void)err_refuse(&e, "quorum", "one of two");
    assert_false(err_because(&e, "cannot approve"));
    assert_string_equal(e.message, "cannot approve");
    assert_string_equal(e.cause, "one of two");
    assert_string_equal(e.rule, "quorum");
}

static void outside_text_cannot_forge_a_second_line(void **state)
{
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_INPUT, "name \"%s\"", "a\nok: all is well\x1b[2J\x7f");
    assert_string_equal(e.message, "name \"a ok: all is well [2J \"");
}

static void every_text_is_plain_even_where_it_was_cut(void **state)
{
    char text[sizeof(struct err)];
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_INPUT, "%s",
                  "\xff\xc2\x9b"
                  "31m \xe2\x80\xae"
                  "end");
    assert_string_equal(e.message, "?  31m    end");
    for (size_t size = 380; size < 420; size++) {
        for (size_t i = 0; i < size; i += 2)
            memcpy(text + i, "\xc3\xbc", 3);
        (void)err_set(&e, ERR_INPUT, "%.*s", (int)size, text);
        assert_true(text_is_plain(bytes_text(e.message)));
        (void)err_wrap(&e, "%.*s", (int)(size % 17), text);
        assert_true(text_is_plain(bytes_text(e.message)));
        (void)err_because(&e, "outer");
        assert_true(text_is_plain(bytes_text(e.cause)));
    }
}

static void long_texts_are_cut(void **state)
{
    char text[1000];
    struct err e;
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)err_set(&e, ERR_INPUT, "%s", text);
    (void)err_hint(&e, "%s", text);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
    (void)err_because(&e, "%s", text);
    assert_int_equal(strlen(e.cause), sizeof e.cause - 1);
}

static void each_code_has_a_word_and_comes_back_from_it(void **state)
{
    (void)state;
    for (int code = ERR_NONE; code <= ERR_INTERNAL; code++) {
        const char *name = err_code_name((enum err_code)code);
        assert_int_equal(err_code_from_name(name), code);
        if (code != ERR_INTERNAL)
            assert_string_not_equal(name, "internal");
    }
    assert_string_equal(err_code_name((enum err_code)99), "internal");
    assert_int_equal(err_code_from_name("no such code"), ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_error_has_code_and_message_and_nothing_else),
        cmocka_unit_test(a_refusal_names_its_rule),
        cmocka_unit_test(errno_becomes_the_cause),
        cmocka_unit_test(context_goes_before_the_message),
        cmocka_unit_test(wrapping_without_end_keeps_the_outermost_context),
        cmocka_unit_test(because_moves_the_message_into_the_cause),
        cmocka_unit_test(outside_text_cannot_forge_a_second_line),
        cmocka_unit_test(every_text_is_plain_even_where_it_was_cut),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(each_code_has_a_word_and_comes_back_from_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
