#include "unit/ok.h"

#include "base/options.h"

struct given {
    bool flag;
    int mode;
    int number;
    const char *text;
    const char *three[3];
    const char *list[OPTION_LIST_MAX + 1];
    const char *words[OPTION_LIST_MAX + 1];
};

static const struct option rows[] = {
    {"--flag", OPTION_FLAG, offsetof(struct given, flag), 0, 0, "a flag"},
    {"--mode", OPTION_MODE, offsetof(struct given, mode), 0, 7, "a mode"},
    {"--number", OPTION_NUMBER, offsetof(struct given, number), 2, 9, "a number"},
    {"--text", OPTION_TEXT, offsetof(struct given, text), 0, 0, "a text"},
    {"--three", OPTION_THREE, offsetof(struct given, three), 0, 0, "three texts"},
    {"--list", OPTION_LIST, offsetof(struct given, list), 0, 0, "a list"},
    {"WORD", OPTION_WORDS, offsetof(struct given, words), 0, 0, "words"},
};
static const struct option_table table = {.rows = rows, .count = sizeof rows / sizeof rows[0]};

static bool parse(struct given *ret, const char *const *words, int count, struct err *e)
{
    char *argv[64] = {0};
    static char texts[64][32]; /* what is set points into them */
    for (int i = 0; i < count; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%s", words[i]);
        argv[i] = texts[i];
    }
    return options_set(ret, &table, count, argv, e);
}

#define PARSE(given, e, ...)                                                                       \
    parse(given, (const char *const[]){"program", __VA_ARGS__},                                    \
          (int)(sizeof((const char *const[]){"program", __VA_ARGS__}) / sizeof(char *)), e)

static void every_kind_of_option_finds_its_place(void **state)
{
    (void)state;
    struct err e;
    struct given given = {.number = 1};
    assert_true(
        PARSE(&given, &e, "--flag", "--mode", "--number", "5", "--list", "a", "--list", "b"));
    assert_true(given.flag);
    assert_int_equal(given.mode, 7);
    assert_int_equal(given.number, 5);
    assert_null(given.text);
    assert_non_null(given.list[0]);
    assert_non_null(given.list[1]);
    assert_null(given.list[2]);
}

static void words_stand_between_options(void **state)
{
    (void)state;
    struct err e;
    struct given given = {.number = 1};
    assert_true(PARSE(&given, &e, "one", "--text", "value", "two", "--flag", "three"));
    assert_string_equal(given.text, "value");
    assert_string_equal(given.words[0], "one");
    assert_string_equal(given.words[1], "two");
    assert_string_equal(given.words[2], "three");
    assert_null(given.words[3]);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    struct err e;
    struct given given = {.number = 1};
    assert_false(PARSE(&given, &e, "--unknown"));
    assert_non_null(strstr(e.message, "--unknown"));
    assert_false(PARSE(&given, &e, "--text"));
    assert_non_null(strstr(e.message, "needs 1 value"));
    assert_false(PARSE(&given, &e, "--three", "a", "b"));
    assert_non_null(strstr(e.message, "needs 3 values"));
    assert_false(PARSE(&given, &e, "--number", "1"));
    assert_non_null(strstr(e.message, "at least 2"));
    assert_false(PARSE(&given, &e, "--number", "10"));
    assert_false(PARSE(&given, &e, "--number", "x"));
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(given.number, 1);
}

static void a_list_has_an_end(void **state)
{
    (void)state;
    struct err e;
    struct given given = {.number = 1};
    for (int i = 0; i < OPTION_LIST_MAX; i++)
        assert_true(PARSE(&given, &e, "--list", "x"));
    assert_false(PARSE(&given, &e, "--list", "x"));
    assert_int_equal(e.code, ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_option_finds_its_place),
        cmocka_unit_test(words_stand_between_options),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_list_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
