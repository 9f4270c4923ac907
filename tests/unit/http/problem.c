/* Problem documents, and dates in headers. */
#include "unit/ok.h"

#include "http/date.h"
#include "http/problem.h"

#include <string.h>

static void each_code_has_its_status(void **state)
{
    (void)state;
    static const struct {
        enum err_code code;
        unsigned status;
    } cases[] = {{ERR_INPUT, 400},    {ERR_AUTH, 401},  {ERR_REFUSED, 403}, {ERR_NOT_FOUND, 404},
                 {ERR_CONFLICT, 409}, {ERR_LIMIT, 413}, {ERR_BUSY, 503},    {ERR_STATE, 503},
                 {ERR_IO, 500},       {ERR_TOKEN, 500}, {ERR_DAMAGED, 500}, {ERR_MEMORY, 500},
                 {ERR_INTERNAL, 500}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(problem_status(cases[i].code), cases[i].status);
        assert_int_equal(problem_may_pass(cases[i].code), cases[i].status == 503);
    }
}

static void a_problem_is_one_object(void **state)
{
    (void)state;
    struct err why;
    AUTO_VALUE(buf) b = BUF(4096);
    (void)err_refuse(&why, "grant.window", "grant \"17\" closed\tlong ago");
    (void)err_hint(&why, "open a new grant");
    problem_write(&b, &why, 403, "https://sign.example", 812);
    ok_text(buf_bytes(&b),
            "{\"type\":\"https://sign.example/errors/refused\",\"title\":\"refused by a rule\","
            "\"status\":403,\"detail\":\"grant \\\"17\\\" closed long ago\",\"code\":\"refused\","
            "\"rule\":\"grant.window\",\"hint\":\"open a new grant\",\"entry\":812}");
    buf_reset(&b);
    (void)err_set(&why, ERR_IO, "x");
    problem_write(&b, &why, 500, "", -1);
    assert_non_null(strstr(buf_string(&b), "{\"type\":\"/errors/io\","));
    assert_non_null(strstr(buf_string(&b), "\"rule\":\"\",\"hint\":\"\",\"entry\":null}"));
}

static void the_longest_texts_fit(void **state)
{
    (void)state;
    struct err why = {.code = ERR_REFUSED};
    char base[513];
    AUTO_VALUE(buf) b = BUF(8192);
    memset(base, 'b', 512);
    base[512] = '\0';
    memset(why.rule, 'r', sizeof why.rule - 1);
    memset(why.message, '"', sizeof why.message - 1);
    memset(why.hint, 'h', sizeof why.hint - 1);
    problem_write(&b, &why, 403, base, -1);
    assert_false(b.failed);
}

static void dates_are_those_of_http(void **state)
{
    (void)state;
    char text[DATE_SIZE];
    assert_string_equal(date_write(text, INT64_C(784111777000)), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_string_equal(date_write(text, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_string_equal(date_write(text, INT64_C(1709164799999)), "Wed, 28 Feb 2024 23:59:59 GMT");
    assert_string_equal(date_write(text, INT64_C(1709251199000)), "Thu, 29 Feb 2024 23:59:59 GMT");
    assert_string_equal(date_write(text, -1), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_has_its_status),
        cmocka_unit_test(a_problem_is_one_object),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(dates_are_those_of_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
