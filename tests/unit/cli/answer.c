/* Lists out of answers that are too long for one tree. */
#include "unit/ok.h"

#include "cli/answer.h"
#include "cli/holdings.h"

enum { MANY = 50000 };

struct taken {
    size_t count;
    int64_t sum;
    char last[32];
};

static bool item_take(void *context, const struct json *item, struct err *e)
{
    struct taken *t = context;
    struct bytes name = holdings_text(item, "name");
    t->count++;
    t->sum += answer_number(item, "n", 0);
    if (name.size > 0 && name.size < sizeof t->last) {
        memcpy(t->last, name.data, name.size);
        t->last[name.size] = 0;
    }
    return t->count < 1000000 || err_set(e, ERR_LIMIT, "too many");
}

static struct taken list_of(const char *text, const char *name)
{
    AUTO_VALUE(answer) a = {.text = BUF(1 << 20)};
    struct taken taken = {.count = 0};
    struct err e;
    buf_put_text(&a.text, text);
    ok_call(answer_each(&a, name, item_take, &taken, &e), e);
    return taken;
}

static void items_are_given_one_by_one(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[{\"n\":1,\"name\":\"]},{\"},{\"n\":2,\"name\":\"\\\"x\\\\\",\"more\":[{},[1,2]]}],"
        "\"b\":{\"a\":[{\"n\":9}]},\"c\":[],\"d\":[{\"n\":4,\"name\":\"last\"}]}";
    struct taken a = list_of(text, "a");
    assert_int_equal(a.count, 2);
    assert_int_equal(a.sum, 3);
    assert_string_equal(a.last, "\"x\\");
    assert_int_equal(list_of(text, "c").count, 0);
    struct taken d = list_of(text, "d");
    assert_int_equal(d.count, 1);
    assert_string_equal(d.last, "last");
    assert_int_equal(list_of(text, "e").count, 0);
    assert_int_equal(list_of(text, "n").count, 0);
}

static void a_long_list_needs_no_tree(void **state)
{
    (void)state;
    AUTO_VALUE(answer) a = {.text = BUF(ANSWER_TEXT_MAX)};
    struct taken taken = {.count = 0};
    struct err e;
    buf_put_text(&a.text, "{\"time\":1,\"keys\":[");
    for (int i = 0; i < MANY; i++)
        buf_printf(&a.text, "%s{\"n\":1,\"name\":\"key-%d\",\"state\":\"active\",\"list\":[1,2,3]}",
                   i == 0 ? "" : ",", i);
    buf_put_text(&a.text, "]}");
    ok_call(answer_each(&a, "keys", item_take, &taken, &e), e);
    assert_int_equal(taken.count, MANY);
    assert_int_equal(taken.sum, MANY);
}

static void what_is_cut_or_no_json_is_an_error_or_nothing(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[{\"n\":1,\"name\":\"x\"},{\"n\":2}]}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        AUTO_VALUE(answer) a = {.text = BUF(1 << 20)};
        struct taken taken = {.count = 0};
        struct err e;
        buf_put(&a.text, bytes_make(text, size));
        if (!answer_each(&a, "a", item_take, &taken, &e))
            assert_int_equal(e.code, ERR_INPUT);
        assert_true(taken.count <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_given_one_by_one),
        cmocka_unit_test(a_long_list_needs_no_tree),
        cmocka_unit_test(what_is_cut_or_no_json_is_an_error_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
