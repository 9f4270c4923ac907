#include "unit/ok.h"

#include "base/text.h"
#include "client/problem.h"

#include <stdio.h>

static int64_t entry_seen;

static struct err taken(long status, const char *body)
{
    struct err e;
    entry_seen = -7;
    assert_false(problem_read(&e, &entry_seen, status, bytes_text(body)));
    return e;
}

static void a_refusal_comes_as_the_peer_words_it(void **state)
{
    (void)state;
    struct err e = taken(403, "{\"type\":\"https://a/errors/refused\",\"title\":\"refused\","
                              "\"status\":403,\"detail\":\"officer-1 opened this grant\","
                              "\"code\":\"refused\",\"rule\":\"approval.self\","
                              "\"hint\":\"another person must approve it\",\"entry\":812}");
    assert_int_equal(e.code, ERR_REFUSED);
    assert_string_equal(e.rule, "approval.self");
    assert_string_equal(e.message, "officer-1 opened this grant");
    assert_string_equal(e.hint, "another person must approve it");
    assert_int_equal(entry_seen, 812);
}

static void without_a_problem_document_the_status_speaks(void **state)
{
    (void)state;
    assert_int_equal(taken(404, "").code, ERR_NOT_FOUND);
    assert_int_equal(taken(413, "<html>too much</html>").code, ERR_LIMIT);
    assert_int_equal(taken(503, "[]").code, ERR_STATE);
    assert_int_equal(taken(599, "{\"detail\":7}").code, ERR_INTERNAL);
    assert_non_null(strstr(taken(502, "x").message, "502"));
    assert_int_equal(entry_seen, -1);
}

static void a_code_that_nobody_knows_is_a_defect_of_the_peer(void **state)
{
    (void)state;
    assert_int_equal(taken(400, "{\"detail\":\"x\",\"code\":\"sorcery\"}").code, ERR_INTERNAL);
    assert_int_equal(taken(400, "{\"detail\":\"x\",\"code\":4}").code, ERR_INPUT);
}

static void what_steers_a_terminal_is_made_plain(void **state)
{
    (void)state;
    struct err e = taken(400, "{\"detail\":\"a\\u001b[2Jb\\nc\",\"code\":\"input\","
                              "\"rule\":\"\\u202egnp\",\"hint\":\"\\u0007\"}");
    assert_true(text_is_plain(bytes_text(e.message)));
    assert_true(text_is_plain(bytes_text(e.rule)));
    assert_true(text_is_plain(bytes_text(e.hint)));
    assert_null(strchr(e.message, '\n'));
}

static void long_texts_are_cut_and_huge_documents_not_read(void **state)
{
    (void)state;
    static char body[PROBLEM_MAX + 64];
    char detail[1000];
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = '\0';
    (void)snprintf(body, sizeof body, "{\"detail\":\"%s\",\"code\":\"input\"}", detail);
    struct err e = taken(400, body);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    memset(body, ' ', sizeof body - 1);
    memcpy(body, "{\"detail\":\"x\",\"code\":\"input\"}", 29);
    assert_non_null(strstr(taken(400, body).message, "status 400"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_comes_as_the_peer_words_it),
        cmocka_unit_test(without_a_problem_document_the_status_speaks),
        cmocka_unit_test(a_code_that_nobody_knows_is_a_defect_of_the_peer),
        cmocka_unit_test(what_steers_a_terminal_is_made_plain),
        cmocka_unit_test(long_texts_are_cut_and_huge_documents_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
