#include "unit/ok.h"

#include "base/json.h"
#include "base/limits.h"

static bool accepts(const char *text)
{
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct json *value = NULL;
    struct err e;
    return json_parse(&value, bytes_text(text), &a, &e);
}

/* Refused with this message, and the result untouched. */
static void ok_refused_bytes(struct bytes text, enum err_code code, const char *why)
{
    AUTO_VALUE(arena) a = ARENA(16 << 20);
    struct json untouched;
    struct json *value = &untouched;
    struct err e;
    ok_err(json_parse(&value, text, &a, &e), e, code, why);
    assert_ptr_equal(value, &untouched);
}

static void ok_refused(const char *text, const char *why)
{
    ok_refused_bytes(bytes_text(text), ERR_INPUT, why);
}

static void a_tree_has_all_that_the_text_says(void **state)
{
    const char *text = " {\"a\" : [1, \"x\\ny\"] ,\"b\":{\"c\":true,\"d\":null}} ";
    AUTO_VALUE(arena) a = ARENA(10000);
    struct json *value = NULL;
    struct err e;
    (void)state;
    ok_call(json_parse(&value, bytes_text(text), &a, &e), e);
    assert_int_equal(value->type, JSON_OBJECT);
    assert_int_equal(value->count, 2);
    const struct json *list = json_member(value, "a");
    assert_int_equal(list->type, JSON_ARRAY);
    assert_int_equal(list->count, 2);
    ok_text(list->raw, "[1, \"x\\ny\"]");
    assert_true(list->first->is_integer);
    assert_int_equal(list->first->integer, 1);
    ok_text(list->first->next->text, "x\ny");
    assert_null(list->first->next->next);
    const struct json *object = json_member(value, "b");
    ok_text(object->name, "b");
    assert_true(json_member(object, "c")->boolean);
    assert_int_equal(json_member(object, "d")->type, JSON_NULL);
    assert_null(json_member(object, "e"));
    assert_null(json_member(list, "a"));
    assert_null(json_member(NULL, "a"));
}

static void a_text_without_escapes_is_a_view(void **state)
{
    const char *text = "\"abc\"";
    AUTO_VALUE(arena) a = ARENA(1000);
    struct json *value = NULL;
    struct err e;
    (void)state;
    ok_call(json_parse(&value, bytes_text(text), &a, &e), e);
    assert_ptr_equal(value->text.data, text + 1);
}

static void ok_integer(const char *text, bool is_integer, int64_t integer)
{
    AUTO_VALUE(arena) a = ARENA(1000);
    struct json *value = NULL;
    struct err e;
    ok_call(json_parse(&value, bytes_text(text), &a, &e), e);
    assert_int_equal(value->type, JSON_NUMBER);
    ok_text(value->raw, text);
    assert_int_equal(value->is_integer, is_integer);
    assert_true(value->integer == integer);
}

static void only_plain_integers_are_integers(void **state)
{
    (void)state;
    ok_integer("0", true, 0);
    ok_integer("-1", true, -1);
    ok_integer("9007199254740991", true, JSON_INTEGER_MAX);
    ok_integer("-9007199254740991", true, -JSON_INTEGER_MAX);
    ok_integer("9007199254740992", false, 0);
    ok_integer("-9007199254740992", false, 0);
    ok_integer("99999999999999999999999999999999", false, 0);
    ok_integer("-0", false, 0);
    ok_integer("1.0", false, 0);
    ok_integer("1e3", false, 0);
    ok_integer("1E+3", false, 0);
    ok_integer("0.5e-7", false, 0);
}

static void escapes_become_utf8(void **state)
{
    const char *text = "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20aC\\ud834\\udd1e\\u0001\"";
    AUTO_VALUE(arena) a = ARENA(1000);
    struct json *value = NULL;
    struct err e;
    (void)state;
    ok_call(json_parse(&value, bytes_text(text), &a, &e), e);
    ok_text(value->text, "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\x01");
}

static void wrong_strings_are_refused(void **state)
{
    (void)state;
    ok_refused("\"abc", "does not end");
    ok_refused("\"abc\\", "does not end");
    ok_refused("\"abc\\\"", "does not end");
    ok_refused("\"a\nb\"", "control character");
    ok_refused("\"\\x\"", "unknown escape");
    ok_refused("\"\\\n\"", "unknown escape");
    ok_refused("\"\\u12\"", "four hex digits");
    ok_refused("\"\\u12g4\"", "four hex digits");
    ok_refused("\"\\u0000\"", "U+0000");
    ok_refused("\"\\ud834\"", "surrogate");
    ok_refused("\"\\ud834\\u0041\"", "surrogate");
    ok_refused("\"\\ud834\\n\"", "surrogate");
    ok_refused("\"\\udd1e\\ud834\"", "surrogate");
    ok_refused("\"\xff\"", "UTF-8");
    ok_refused("\"\xed\xa0\x80\"", "UTF-8");
    ok_refused("'a'", "value is expected");
    ok_refused_bytes(bytes_make("\"a\0b\"", 5), ERR_INPUT, "control character");
}

static void errors_tell_the_place(void **state)
{
    (void)state;
    ok_refused("", "empty at byte 0");
    ok_refused("  ", "empty at byte 2");
    ok_refused("[1,]", "value is expected at byte 3");
    ok_refused("[1 2]", "comma or ] is expected at byte 3");
    ok_refused("{\"a\"1}", "colon is expected at byte 4");
    ok_refused("{\"a\":1,}", "string with its quotes is expected at byte 7");
    ok_refused("{a:1}", "string with its quotes is expected at byte 1");
    ok_refused("{\"a\":1", "comma or } is expected at byte 6");
    ok_refused("1 1", "behind the value at byte 2");
    ok_refused("01", "behind the value at byte 1");
    ok_refused("1.", "behind the decimal point at byte 2");
    ok_refused("1e", "exponent at byte 2");
    ok_refused("-", "value is expected at byte 1");
    ok_refused("tru", "value is expected at byte 0");
    ok_refused("\xef\xbb\xbf{}", "value is expected at byte 0");
    ok_refused_bytes(BYTES_NONE, ERR_INPUT, "empty");
    ok_refused_bytes(bytes_make("1\0", 2), ERR_INPUT, "behind the value");
}

static void a_doubled_member_is_refused_however_it_is_spelt(void **state)
{
    (void)state;
    ok_refused("{\"a\":1,\"a\":1}", "member \"a\" is doubled");
    ok_refused("{\"a\":1,\"b\":2,\"\\u0061\":3}", "member \"a\" is doubled");
    ok_refused("[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]", "member \"c\" is doubled");
    assert_true(accepts("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"));
    assert_true(accepts("{\"\":1,\"a\":1,\"aa\":1,\"A\":1}"));
}

static void nesting_has_a_limit(void **state)
{
    char text[2 * LIMIT_JSON_DEPTH + 3];
    (void)state;
    memset(text, '[', LIMIT_JSON_DEPTH);
    memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    text[2 * LIMIT_JSON_DEPTH] = '\0';
    assert_true(accepts(text));
    memset(text, '[', LIMIT_JSON_DEPTH + 1);
    ok_refused_bytes(bytes_text(text), ERR_LIMIT, "nested more than 32 deep at byte 32");
}

static void put_members(struct buf *b, int count)
{
    buf_put_text(b, "{");
    for (int i = 0; i < count; i++)
        buf_printf(b, "%s\"%d\":0", i == 0 ? "" : ",", i);
    buf_put_text(b, "}");
}

static void members_have_a_limit(void **state)
{
    AUTO_VALUE(buf) most = BUF(100000);
    AUTO_VALUE(buf) more = BUF(100000);
    (void)state;
    put_members(&most, LIMIT_JSON_MEMBERS);
    put_members(&more, LIMIT_JSON_MEMBERS + 1);
    assert_true(accepts(buf_string(&most)));
    ok_refused_bytes(buf_bytes(&more), ERR_LIMIT, "more than 1024 members");
}

static void size_and_memory_have_a_limit(void **state)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_JSON_SIZE + 1);
    AUTO_VALUE(arena) small = ARENA(300);
    struct json *value = NULL;
    struct err e;
    (void)state;
    ok_err(json_parse(&value, bytes_text("[1,2,3,4]"), &small, &e), e, ERR_LIMIT, "memory");
    assert_null(value);
    memset(buf_grow(&text, LIMIT_JSON_SIZE + 1), ' ', LIMIT_JSON_SIZE + 1);
    text.data[0] = '1';
    ok_refused_bytes(buf_bytes(&text), ERR_LIMIT, "more than the limit");
}

static void ok_written(const char *source, const char *want)
{
    AUTO_VALUE(arena) a = ARENA(10000);
    AUTO_VALUE(buf) text = BUF(1000);
    struct json *value = NULL;
    struct err e;
    ok_call(json_parse(&value, bytes_text(source), &a, &e), e);
    json_put(&text, value);
    assert_false(text.failed);
    ok_text(buf_bytes(&text), want);
    assert_int_equal(json_canonical(bytes_text(source), &e), strcmp(source, want) == 0);
    ok_call(json_canonical(bytes_text(want), &e), e);
}

static void writing_gives_the_canonical_spelling(void **state)
{
    (void)state;
    ok_written(" { \"b\" : [ ] , \"a\" : { } } ", "{\"b\":[],\"a\":{}}");
    ok_written("[true,false,null,-5,0]", "[true,false,null,-5,0]");
    ok_written("\"\\n\\/\\u001F\\u00fc\\\"\\\\\\u007f\"",
               "\"\\u000a/\\u001f\xc3\xbc\\\"\\\\\x7f\"");
    ok_written("{\"\\u0061\":\"\"}", "{\"a\":\"\"}");
}

static void what_has_no_canonical_spelling_is_not_written(void **state)
{
    static const char *const numbers[] = {"1.0", "-0", "1e2", "[9007199254740992]"};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        AUTO_VALUE(arena) a = ARENA(10000);
        AUTO_VALUE(buf) text = BUF(1000);
        struct json *value = NULL;
        struct err e;
        ok_call(json_parse(&value, bytes_text(numbers[i]), &a, &e), e);
        json_put(&text, value);
        assert_true(text.failed);
        ok_err(json_canonical(bytes_text(numbers[i]), &e), e, ERR_INPUT, "canonical");
    }
}

static void a_string_that_could_not_be_read_back_is_not_written(void **state)
{
    static const struct bytes wrong[] = {{(const uint8_t *)"\xff", 1},
                                         {(const uint8_t *)"a\0b", 3}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_VALUE(buf) text = BUF(100);
        json_put_string(&text, wrong[i]);
        assert_true(text.failed);
    }
    AUTO_VALUE(buf) empty = BUF(100);
    json_put_string(&empty, BYTES_NONE);
    ok_text(buf_bytes(&empty), "\"\"");
}

static void bytes_are_written_as_base64(void **state)
{
    AUTO_VALUE(buf) text = BUF(100);
    (void)state;
    json_put_base64(&text, bytes_text("fo"));
    ok_text(buf_bytes(&text), "\"Zm8=\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_has_all_that_the_text_says),
        cmocka_unit_test(a_text_without_escapes_is_a_view),
        cmocka_unit_test(only_plain_integers_are_integers),
        cmocka_unit_test(escapes_become_utf8),
        cmocka_unit_test(wrong_strings_are_refused),
        cmocka_unit_test(errors_tell_the_place),
        cmocka_unit_test(a_doubled_member_is_refused_however_it_is_spelt),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(members_have_a_limit),
        cmocka_unit_test(size_and_memory_have_a_limit),
        cmocka_unit_test(writing_gives_the_canonical_spelling),
        cmocka_unit_test(what_has_no_canonical_spelling_is_not_written),
        cmocka_unit_test(a_string_that_could_not_be_read_back_is_not_written),
        cmocka_unit_test(bytes_are_written_as_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
