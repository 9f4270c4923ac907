/* Files of certificates: DER, PEM, and what is neither. */
#include "hierarchy.h"

#include "base/base64.h"
#include "pki/pem.h"

static void block_put(struct buf *b, struct bytes der, const char *end)
{
    AUTO_VALUE(buf) text = BUF(1 << 16);
    base64_put(&text, der);
    buf_printf(b, "-----BEGIN CERTIFICATE-----%s", end);
    for (size_t i = 0; i < text.size; i += 64) {
        size_t size = text.size - i < 64 ? text.size - i : 64;
        buf_put(b, bytes_make(text.data + i, size));
        buf_put_text(b, end);
    }
    buf_printf(b, "-----END CERTIFICATE-----%s", end);
}

static void der_is_taken_as_it_is(void **state)
{
    (void)state;
    static const uint8_t der[] = {0x30, 0};
    struct bytes list[2];
    size_t count = 0;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    ok_call(pem_certificates(list, 2, &count, BYTES_OF(der), &a, &e), e);
    assert_int_equal(count, 1);
    ok_bytes(list[0], BYTES_OF(der));
}

static void several_blocks_among_other_text_are_read_in_order(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n"};
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    for (size_t i = 0; i < 2; i++) {
        struct bytes list[2];
        size_t count = 0;
        struct err e;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        AUTO_VALUE(buf) text = BUF(1 << 16);
        buf_put_text(&text, "subject=CN = Example Root\n");
        block_put(&text, buf_bytes(&h.ders[ROOT]), ends[i]);
        buf_put_text(&text, "\n");
        block_put(&text, buf_bytes(&h.ders[CA]), ends[i]);
        ok_call(pem_certificates(list, 2, &count, buf_bytes(&text), &a, &e), e);
        assert_int_equal(count, 2);
        ok_bytes(list[0], buf_bytes(&h.ders[ROOT]));
        ok_bytes(list[1], buf_bytes(&h.ders[CA]));
    }
}

static void what_is_no_file_of_certificates_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
        const char *says;
    } rows[] = {
        {"", ERR_INPUT, "no certificate"},
        {"hello\n", ERR_INPUT, "no certificate"},
        {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", ERR_INPUT,
         "PRIVATE KEY"},
        {"-----BEGIN CERTIFICATE-----\nMAA=\n", ERR_INPUT, "no end"},
        {"-----BEGIN CERTIFICATE-----\nMA!=\n-----END CERTIFICATE-----\n", ERR_INPUT, "base64"},
        {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
         "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
         "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
         ERR_LIMIT, "more than 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes list[2] = {BYTES_NONE, BYTES_NONE};
        size_t count = 77;
        struct err e;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        ok_err(pem_certificates(list, 2, &count, bytes_text(rows[i].text), &a, &e), e, rows[i].code,
               rows[i].says);
        assert_int_equal(count, 77);
        assert_null(list[0].data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_is_taken_as_it_is),
        cmocka_unit_test(several_blocks_among_other_text_are_read_in_order),
        cmocka_unit_test(what_is_no_file_of_certificates_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
