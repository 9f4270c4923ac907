/* The targets of requests, their parameters, and the table of routes. */
#include "unit/ok.h"

#include "http/parameters.h"
#include "http/routes.h"
#include "http/target.h"

#include <string.h>

static struct target target_of(const char *text)
{
    struct target t;
    struct err e;
    ok_call(target_read(&t, bytes_text(text), &e), e);
    return t;
}

static void a_target_is_segments_and_pairs(void **state)
{
    (void)state;
    struct target t = target_of("/v1/entries/12?wait=30&seen=a-1_b~c.d");
    assert_int_equal(t.count, 3);
    ok_text(t.path, "/v1/entries/12");
    ok_text(t.segments[0], "v1");
    ok_text(t.segments[2], "12");
    ok_text(target_parameter(&t, "wait"), "30");
    ok_text(target_parameter(&t, "seen"), "a-1_b~c.d");
    assert_null(target_parameter(&t, "see").data);
}

static void what_is_out_of_form_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "*",
                                        "v1",
                                        "http://x/v1",
                                        "/",
                                        "//",
                                        "/a/",
                                        "/a//b",
                                        "/.",
                                        "/..",
                                        "/a/../b",
                                        "/a/.b",
                                        "/a%20b",
                                        "/a b",
                                        "/a\\b",
                                        "/a;b",
                                        "/a:b",
                                        "/\xc3\xa4",
                                        "/a?",
                                        "/a?b",
                                        "/a?b=",
                                        "/a?=b",
                                        "/a?b=c&",
                                        "/a?&",
                                        "/a?b=c&b=d",
                                        "/a?b=c=d",
                                        "/a?b=%",
                                        "/a?b=c?d",
                                        "/a#b",
                                        "/1/2/3/4/5/6/7/8/9/10/11/12/13",
                                        "/a?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1"};
    char big[TARGET_MAX + 2];
    memset(big, 'a', sizeof big);
    big[0] = '/';
    for (size_t i = 0; i <= sizeof cases / sizeof cases[0]; i++) {
        bool last = i == sizeof cases / sizeof cases[0];
        struct target t = {.count = 99};
        struct err e;
        struct bytes text = last ? bytes_make(big, TARGET_MAX + 1) : bytes_text(cases[i]);
        if (target_read(&t, text, &e))
            fail_msg("\"%s\" was taken", last ? "a long one" : cases[i]);
        assert_int_equal(e.code, ERR_INPUT);
        assert_int_equal(t.count, 99);
    }
}

static void numbers_have_bounds(void **state)
{
    (void)state;
    struct target t = target_of("/a?limit=5&before=0&wait=30001&bad=07&other=x");
    struct err e;
    int64_t value = -7;
    size_t limit = 7;
    ok_call(parameter_limit(&limit, &t, 10, 3, &e), e);
    assert_int_equal(limit, 5);
    ok_call(parameter_number(&value, &t, "none", 0, 10, 4, &e), e);
    assert_int_equal(value, 4);
    ok_call(parameter_number(&value, &t, "before", 0, 10, 4, &e), e);
    assert_int_equal(value, 0);
    ok_err(parameter_number(&value, &t, "before", 1, 10, 4, &e), e, ERR_INPUT, "before");
    ok_err(parameter_number(&value, &t, "wait", 0, 30000, 4, &e), e, ERR_INPUT, "wait");
    ok_err(parameter_number(&value, &t, "bad", 0, 30000, 4, &e), e, ERR_INPUT, "bad");
    ok_err(parameter_number(&value, &t, "other", 0, 30000, 4, &e), e, ERR_INPUT, "other");
    ok_err(parameter_limit(&limit, &t, 4, 3, &e), e, ERR_INPUT, "limit");
    assert_int_equal(value, 0);
    assert_int_equal(limit, 5);
}

static void entries_have_two_names(void **state)
{
    (void)state;
    struct err e;
    struct entry_name name = {.number = 99};
    static const char leaf[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    ok_err(parameter_entry(&name, bytes_text("x"), &e), e, ERR_INPUT, "number");
    ok_err(parameter_entry(&name, bytes_text("9007199254740992"), &e), e, ERR_INPUT, "number");
    ok_err(parameter_entry(&name,
                           bytes_make("A0112233445566778899aabbccddeeff00112233445566778899"
                                      "aabbccddeeff",
                                      64),
                           &e),
           e, ERR_INPUT, "leaf hash");
    assert_int_equal(name.number, 99);
    ok_call(parameter_entry(&name, bytes_text("812"), &e), e);
    assert_true(!name.by_leaf && name.number == 812);
    ok_call(parameter_entry(&name, bytes_text(leaf), &e), e);
    assert_true(name.by_leaf && name.leaf[1] == 0x11);
}

static const char *route_of(const char *method, const char *text)
{
    struct target t = target_of(text);
    const struct route *route = NULL;
    const char *allow = NULL;
    struct err e;
    return route_find(&route, method, &t, false, &allow, &e) ? route->name
           : allow != NULL                                   ? allow
                                                             : err_code_name(e.code);
}

static void each_path_finds_its_row(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *text;
        const char *found;
    } cases[] = {
        {"GET", "/v1/entries", "entries"},
        {"HEAD", "/v1/entries", "entries"},
        {"POST", "/v1/entries", "submit"},
        {"PUT", "/v1/entries", "GET, HEAD, POST"},
        {"get", "/v1/entries", "GET, HEAD, POST"},
        {"GET", "/v1/entries/5", "entry"},
        {"GET", "/v1/entries/5/receipt", "receipt"},
        {"GET", "/v1/entries/5/other", "not-found"},
        {"GET", "/v1/entries/5/receipt/6", "not-found"},
        {"GET", "/v1", "not-found"},
        {"GET", "/v2/entries", "not-found"},
        {"GET", "/log/tile/0/000", "file"},
        {"GET", "/log/checkpoint", "file"},
        {"GET", "/log", "not-found"},
        {"POST", "/log/checkpoint", "GET, HEAD"},
        {"DELETE", "/v1/names/x", "GET, HEAD, PUT"},
        {"GET", "/v1/again", "POST"},
        {"GET", "/metrics", "metrics"},
        {"GET", "/v1/entries?limit=1&type=a&before=5", "entries"},
        {"GET", "/v1/entries?wait=1", "input"},
        {"GET", "/healthz?x=1", "input"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(route_of(cases[i].method, cases[i].text), cases[i].found);
    for (size_t i = 0; i < route_count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(routes[i].name, routes[j].name);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_segments_and_pairs),
        cmocka_unit_test(what_is_out_of_form_is_refused),
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(entries_have_two_names),
        cmocka_unit_test(each_path_finds_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
