#include "unit/ok.h"

#include "cli/arguments.h"
#include "cli/config.h"

#include <stdio.h>
#include <string.h>

static const struct argument_row global[] = {
    {"--server", ARGUMENT_VALUE, "URL", ""},
    {"--json", ARGUMENT_FLAG, 0, ""},
    {0},
};
static const struct argument_row own[] = {
    {"--artifact", ARGUMENT_LIST, "FILE", ""},
    {"--yes", ARGUMENT_FLAG, 0, ""},
    {0},
};

/* Splits at blanks; "" is an empty word. */
static bool take(struct arguments *ret, const char *line, struct err *e)
{
    static char text[16][64];
    static char *argv[17];
    int argc = 0;
    char copy[512];
    char *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        (void)snprintf(text[argc], sizeof text[argc], "%s", strcmp(word, "''") == 0 ? "" : word);
        argv[argc] = text[argc];
        argc++;
    }
    argv[argc] = NULL;
    return arguments_take(ret, argc, argv, global, own, e);
}

static void options_stand_anywhere_among_words(void **state)
{
    (void)state;
    struct arguments a;
    struct err e;
    ok_call(take(&a, "one --server https://a two --artifact x --json --artifact=y three", &e), e);
    assert_int_equal(a.word_count, 3);
    assert_string_equal(a.words[2], "three");
    assert_string_equal(arguments_value(&a, "--server"), "https://a");
    assert_string_equal(arguments_item(&a, "--artifact", 0), "x");
    assert_string_equal(arguments_item(&a, "--artifact", 1), "y");
    assert_null(arguments_item(&a, "--artifact", 2));
    assert_non_null(arguments_value(&a, "--json"));
    assert_null(arguments_value(&a, "--yes"));
    assert_null(a.tool);
}

static void two_dashes_begin_the_tools_own_words(void **state)
{
    (void)state;
    struct arguments a;
    struct err e;
    ok_call(take(&a, "--json -- osslsigncode sign --server x", &e), e);
    assert_int_equal(a.word_count, 0);
    assert_null(arguments_value(&a, "--server"));
    assert_string_equal(a.tool[0], "osslsigncode");
    assert_string_equal(a.tool[3], "x");
    assert_null(a.tool[4]);
}

static void a_lone_dash_and_an_empty_word_are_words(void **state)
{
    (void)state;
    struct arguments a;
    struct err e;
    ok_call(take(&a, "- ''", &e), e);
    assert_int_equal(a.word_count, 2);
    assert_string_equal(a.words[0], "-");
    assert_string_equal(a.words[1], "");
}

static void what_is_wrong_is_a_usage_error_that_names_it(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *part;
    } cases[] = {
        {"--frob", "--frob"},
        {"-j", "-j"},
        {"--server", "--server needs a value"},
        {"--json=1", "--json takes no value"},
        {"--json --json", "--json is given twice"},
        {"--server a --server b", "--server is given twice"},
        {"--serve a", "--serve"},
    };
    struct arguments a = {.word_count = 7};
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ok_err(take(&a, cases[i].line, &e), e, ERR_INPUT, cases[i].part);
        assert_string_equal(e.rule, CLI_USAGE);
        assert_int_equal(a.word_count, 7);
    }
}

/* --- The configuration file --- */

static void lines_of_key_and_value_are_read(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    struct config c;
    struct err e;
    ok_call(config_read(&c,
                        bytes_text("# where\n\n server =  https://a=b \nca=/x y\n\tas = person/p0"),
                        &arena, &e),
            e);
    assert_int_equal(c.count, 3);
    assert_string_equal(config_value(&c, "server"), "https://a=b");
    assert_string_equal(config_value(&c, "ca"), "/x y");
    assert_string_equal(config_value(&c, "as"), "person/p0");
    assert_null(config_value(&c, "key"));
    assert_int_equal(c.lines[1].line, 4);
}

static void a_bad_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"server\n", "line 1"},   {"\n= a\n", "line 2"},   {"a =\n", "line 1"},
        {"a=b\na=c\n", "line 2"}, {"A=b\n", "line 1"},     {"a=\x1b[2J\n", "line 1"},
        {"a=\xff\n", "line 1"},   {"a b = c\n", "line 1"},
    };
    struct config c = {.count = 5};
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 16);
        ok_err(config_read(&c, bytes_text(cases[i].text), &arena, &e), e, ERR_INPUT, cases[i].part);
        assert_int_equal(c.count, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere_among_words),
        cmocka_unit_test(two_dashes_begin_the_tools_own_words),
        cmocka_unit_test(a_lone_dash_and_an_empty_word_are_words),
        cmocka_unit_test(what_is_wrong_is_a_usage_error_that_names_it),
        cmocka_unit_test(lines_of_key_and_value_are_read),
        cmocka_unit_test(a_bad_line_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
