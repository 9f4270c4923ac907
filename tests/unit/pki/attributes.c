#include "unit/ok.h"

#include "pki/attributes.h"
#include "pki/der.h"

#define TIME INT64_C(1800000000000)

static const uint8_t digest[32] = {1, 2, 3};

static void what_is_built_is_read_back_and_in_order(void **state)
{
    (void)state;
    struct attributes read;
    struct err e;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    ok_call(attributes_build(&set, ATTRIBUTES_ID_DATA, BYTES_OF(digest), TIME + 999, &e), e);
    ok_call(attributes_parse(&read, buf_bytes(&set), &e), e);
    assert_true(der_oid_is(read.content_type, ATTRIBUTES_ID_DATA));
    ok_bytes(read.message_digest, BYTES_OF(digest));
    assert_true(read.signing_time == TIME);
}

enum part { TYPE, DIGEST, MOMENT, OTHER };

static void part_put(struct buf *b, enum part part, size_t values)
{
    static const char *const types[] = {"1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4",
                                        "1.2.840.113549.1.9.5", "1.2.3"};
    size_t all = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, types[part]);
    size_t set = der_begin(b, DER_SET);
    for (size_t i = 0; i < values; i++) {
        if (part == TYPE)
            der_put_oid(b, ATTRIBUTES_ID_DATA);
        else if (part == DIGEST)
            der_put_octets(b, BYTES_OF(digest));
        else if (part == MOMENT)
            der_put_time(b, TIME);
        else
            der_put_small(b, i);
    }
    der_end(b, set);
    der_end(b, all);
}

static void a_set_that_is_not_strict_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum part parts[3];
        size_t count;
        size_t values;
        const char *says;
    } cases[] = {
        {{TYPE, MOMENT}, 2, 1, "no messageDigest"},
        {{MOMENT, DIGEST}, 2, 1, "no contentType"},
        {{DIGEST, TYPE}, 2, 1, "not in order"},
        {{TYPE, TYPE, DIGEST}, 3, 1, "twice"},
        {{TYPE, DIGEST, DIGEST}, 3, 1, "twice"},
        {{TYPE, DIGEST}, 2, 2, "more in it than it should"},
        {{TYPE, DIGEST}, 2, 0, "missing"},
        {{OTHER, TYPE, DIGEST}, 3, 0, "missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct attributes read, before;
        struct err e = {0};
        memset(&before, 0xa5, sizeof before);
        read = before;
        AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
        size_t all = der_begin(&set, DER_SET);
        for (size_t n = 0; n < cases[i].count; n++)
            part_put(&set, cases[i].parts[n], cases[i].values);
        der_end(&set, all);
        ok_err(attributes_parse(&read, buf_bytes(&set), &e), e, ERR_INPUT, cases[i].says);
        assert_memory_equal(&read, &before, sizeof read);
    }
}

static void other_attributes_are_left_alone(void **state)
{
    (void)state;
    struct attributes read;
    struct err e;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    size_t all = der_begin(&set, DER_SET);
    part_put(&set, OTHER, 3);
    part_put(&set, TYPE, 1);
    part_put(&set, DIGEST, 1);
    der_end(&set, all);
    ok_call(attributes_parse(&read, buf_bytes(&set), &e), e);
    assert_true(read.signing_time == ATTRIBUTES_NO_TIME);
}

static void the_tag_of_a_signer_info_is_not_taken(void **state)
{
    (void)state;
    struct attributes read;
    struct err e;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    ok_call(attributes_build(&set, ATTRIBUTES_ID_DATA, BYTES_OF(digest), TIME, &e), e);
    set.data[0] = 0xa0;
    ok_err(attributes_parse(&read, buf_bytes(&set), &e), e, ERR_INPUT, "another type");
    set.data[0] = 0x31;
    buf_put_u8(&set, 0);
    ok_err(attributes_parse(&read, buf_bytes(&set), &e), e, ERR_INPUT, "too many");
}

static void an_attribute_is_found_by_its_type_if_it_has_one_value(void **state)
{
    (void)state;
    static const struct {
        size_t times, values;
        enum err_code code;
    } cases[] = {{1, 1, ERR_NONE},
                 {0, 1, ERR_NOT_FOUND},
                 {2, 1, ERR_INPUT},
                 {1, 2, ERR_INPUT},
                 {1, 0, ERR_INPUT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
        struct bytes value = bytes_text("untouched");
        struct err e = {0};
        part_put(&set, TYPE, 1);
        for (size_t n = 0; n < cases[i].times; n++)
            part_put(&set, OTHER, cases[i].values);
        assert_int_equal(attributes_find(&value, buf_bytes(&set), "1.2.3", &e),
                         cases[i].code == ERR_NONE);
        assert_int_equal(e.code, cases[i].code);
        assert_int_equal(bytes_is(value, "untouched"), cases[i].code != ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_built_is_read_back_and_in_order),
        cmocka_unit_test(a_set_that_is_not_strict_is_refused),
        cmocka_unit_test(other_attributes_are_left_alone),
        cmocka_unit_test(the_tag_of_a_signer_info_is_not_taken),
        cmocka_unit_test(an_attribute_is_found_by_its_type_if_it_has_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
