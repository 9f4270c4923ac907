/* Settings, standing and holding: the examples of docs/protocol/guard.md, and what is none. */
#include "unit/page.h"

#include "guard/holding.h"

static void example(struct buf *ret, const char *name)
{
    AUTO_VALUE(buf) page = BUF(65536);
    size_t place = 0;
    page_read(&page, "guard.md");
    struct bytes block = page_block(&page, name, &place);
    assert_non_null(block.data);
    buf_put(ret, block);
}

static void settings_are_as_the_page_has_them(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = SETTINGS_ARENA;
    AUTO_VALUE(buf) text = BUF(SETTINGS_MAX);
    AUTO_VALUE(buf) again = BUF(SETTINGS_MAX);
    struct settings s;
    struct err e;
    example(&text, "json settings");
    buf_put_text(&text, "\n");
    ok_call(settings_read(&s, buf_bytes(&text), &a, &e), e);
    ok_text(s.endpoint, "edge-7");
    ok_text(s.url, "https://sealward.example");
    assert_int_equal(s.rules.stale, STALE_REFUSE);
    assert_int_equal(s.rules.grace, 86400);
    settings_write(&again, &s);
    ok_bytes(buf_bytes(&again), buf_bytes(&text));
}

static void a_standing_is_as_the_page_has_it(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(SETTINGS_MAX);
    AUTO_VALUE(buf) again = BUF(SETTINGS_MAX);
    struct standing s;
    struct err e;
    example(&text, "json standing");
    buf_put_text(&text, "\n");
    ok_call(standing_read(&s, buf_bytes(&text), &e), e);
    assert_int_equal(s.number, 41);
    assert_int_equal(s.doubt, DOUBT_NONE);
    standing_write(&again, &s);
    ok_bytes(buf_bytes(&again), buf_bytes(&text));
}

static void what_is_neither_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = SETTINGS_ARENA;
    static const char *const texts[] = {"", "{}\n", "{}", "\n\n"};
    static const uint8_t large[SETTINGS_MAX + 1];
    struct settings settings = {.rules = {.grace = 7}};
    struct standing standing = {.number = 7};
    struct err e;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ok_err(settings_read(&settings, bytes_text(texts[i]), &a, &e), e, ERR_INPUT, "");
        ok_err(standing_read(&standing, bytes_text(texts[i]), &e), e, ERR_INPUT, "");
    }
    ok_err(settings_read(&settings, BYTES_OF(large), &a, &e), e, ERR_LIMIT, "4097 bytes");
    ok_err(standing_read(&standing, BYTES_OF(large), &e), e, ERR_LIMIT, "4097 bytes");
    assert_int_equal(settings.rules.grace, 7);
    assert_int_equal(standing.number, 7);
}

static void a_holding_is_as_the_page_has_it(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = HOLDING_ARENA;
    AUTO_VALUE(buf) text = BUF(HOLDING_MAX);
    AUTO_VALUE(buf) again = BUF(HOLDING_MAX);
    static const uint8_t large[HOLDING_MAX + 1];
    struct holding h;
    struct err e;
    example(&text, "json holding");
    ok_call(holding_read(&h, buf_bytes(&text), &a, &e), e);
    assert_int_equal(h.number, 41);
    assert_int_equal(h.trouble.size, 0);
    holding_write(&again, &h);
    ok_bytes(buf_bytes(&again), buf_bytes(&text));
    h.number = 7;
    ok_err(holding_read(&h, bytes_text("{}"), &a, &e), e, ERR_INPUT, "");
    ok_err(holding_read(&h, BYTES_OF(large), &a, &e), e, ERR_LIMIT, "8193 bytes");
    assert_int_equal(h.number, 7);
}

/* A list of number 5 that expires at 100,000, with ten seconds of grace. */
static struct holding holding_at(int64_t now, int stale)
{
    return (struct holding){
        .stale = stale, .grace = 10, .now = now, .number = 5, .issued = 0, .expires = 100000};
}

static void a_list_counts_until_it_expires_and_the_grace_is_over(void **state)
{
    (void)state;
    struct holding h = holding_at(100000, STALE_REFUSE);
    struct err note;
    struct err e;
    ok_call(holding_trust(&h, &note, &e), e);
    assert_int_equal(note.code, ERR_NONE);
    h.now = 100001;
    ok_call(holding_trust(&h, &note, &e), e);
    assert_string_equal(note.rule, "guard.stale");
    h.now = 110000;
    ok_call(holding_trust(&h, &note, &e), e);
    h.now = 110001;
    ok_err(holding_trust(&h, &note, &e), e, ERR_REFUSED, "expired");
    assert_string_equal(e.rule, "guard.stale");
}

static void a_class_that_warns_goes_on(void **state)
{
    (void)state;
    struct holding h = holding_at(500000, STALE_WARN);
    struct err note;
    struct err e;
    ok_call(holding_trust(&h, &note, &e), e);
    assert_string_equal(note.rule, "guard.stale");
    h.number = -1;
    ok_call(holding_trust(&h, &note, &e), e);
    assert_string_equal(note.rule, "guard.none");
}

static void no_list_and_heads_that_disagree_have_no_grace(void **state)
{
    (void)state;
    struct holding h = holding_at(50000, STALE_REFUSE);
    struct err note;
    struct err e;
    h.doubt = DOUBT_SUSPECTED;
    ok_err(holding_trust(&h, &note, &e), e, ERR_REFUSED, "two histories (suspected)");
    assert_string_equal(e.rule, "guard.split");
    h.doubt = DOUBT_NONE;
    h.number = -1;
    ok_err(holding_trust(&h, &note, &e), e, ERR_REFUSED, "no distrust list");
    assert_string_equal(e.rule, "guard.none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_as_the_page_has_them),
        cmocka_unit_test(a_standing_is_as_the_page_has_it),
        cmocka_unit_test(what_is_neither_is_refused_and_leaves_the_result),
        cmocka_unit_test(a_holding_is_as_the_page_has_it),
        cmocka_unit_test(a_list_counts_until_it_expires_and_the_grace_is_over),
        cmocka_unit_test(a_class_that_warns_goes_on),
        cmocka_unit_test(no_list_and_heads_that_disagree_have_no_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
