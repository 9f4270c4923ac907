#include "unit/ok.h"

#include "artifact/manifest.h"
#include "base/buf.h"

/* Every item as "section/name=value;" in one text. */
static const char *items_text(struct buf *b, const char *text, struct arena *a)
{
    struct manifest m;
    struct err e;
    ok_call(manifest_parse(&m, bytes_text(text), a, &e), e);
    buf_reset(b);
    for (size_t i = 0; i < m.count; i++) {
        buf_put(b, m.items[i].section);
        buf_put_text(b, "/");
        buf_put(b, m.items[i].name);
        buf_put_text(b, "=");
        buf_put(b, m.items[i].value);
        buf_put_text(b, ";");
    }
    return buf_string(b);
}

static void attributes_come_in_order_without_what_signers_write(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) b = BUF(1 << 16);
    assert_string_equal(
        items_text(&b,
                   "Manifest-Version: 1.0\r\nMain-Class: a.B\r\n"
                   "Created-By: 17\r\nClass-Path: x.jar\r\n\r\n"
                   "Name: b/C.class\r\nSHA-256-Digest: AAAA=\r\nSealed: true\r\n"
                   "SHA-Digest-de: x\r\nMagic: m\r\n\r\n"
                   "Name: a\r\nJava-Bean: True\r\n\r\n",
                   &a),
        "/class-path=x.jar;/main-class=a.B;a/java-bean=True;b/C.class/sealed=true;");
}

static void folding_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Main-Class: abcdef\nX: 1\n\n\nName: n\nY: 2\n",
        "Main-Class: abc\r\n def\r\nX: 1\r\n\r\nName: \r\n n\r\nY: 2\r\n\r\n",
        "X: 1\rMAIN-CLASS: a\r b\r cdef\r\rName: n\rY: 2\r",
    };
    for (size_t i = 0; i < 3; i++) {
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        AUTO_VALUE(buf) b = BUF(1 << 16);
        assert_string_equal(items_text(&b, texts[i], &a), "/main-class=abcdef;/x=1;n/y=2;");
    }
}

static void created_by_counts_outside_the_main_section(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) b = BUF(1 << 16);
    assert_string_equal(items_text(&b, "A: 1\n\nName: n\nCreated-By: x\n", &a),
                        "/a=1;n/created-by=x;");
    assert_string_equal(items_text(&b, "", &a), "");
}

static void a_text_that_is_no_manifest_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"Main-Class: x", "does not end"},
        {"nonsense\n", "not \"Name: value\""},
        {"A:b\n", "not \"Name: value\""},
        {" A: b\n", "not \"Name: value\""},
        {": b\n", "not \"Name: value\""},
        {"A: \xff\n", "not \"Name: value\""},
        {"A: 1\na: 2\n", "\"a\" twice"},
        {"A: 1\n\nB: 2\n", "does not begin with its name"},
        {"A: 1\n\nName: n\nB: 1\n\nName: n\nB: 2\n", "\"b\" twice"},
        {"A: 1\n\nName: \n", "does not begin with its name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct manifest m = {.count = 77};
        struct err e = {0};
        ok_err(manifest_parse(&m, bytes_text(cases[i].text), &a, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(m.count, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_come_in_order_without_what_signers_write),
        cmocka_unit_test(folding_and_line_ends_do_not_matter),
        cmocka_unit_test(created_by_counts_outside_the_main_section),
        cmocka_unit_test(a_text_that_is_no_manifest_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
