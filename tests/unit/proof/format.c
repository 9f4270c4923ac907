#include "unit/ok.h"

#include "pki/attributes.h"
#include "pki/der.h"
#include "proof/format.h"

static const uint8_t digest[DIGEST_MAX] = {1, 2, 3};

static void names_and_families_are_what_the_record_says(void **state)
{
    (void)state;
    enum format format = FORMAT_CMS;
    struct err e = {0};
    ok_call(format_from_name(&format, bytes_text("jar"), &e), e);
    assert_int_equal(format, FORMAT_JAR);
    assert_int_equal(format_get(FORMAT_RAW)->family, FORMAT_BARE_HASH);
    assert_int_equal(format_get(FORMAT_PE)->family, FORMAT_ATTRIBUTES);
    assert_int_equal(format_get(FORMAT_JAR)->family, FORMAT_ATTRIBUTES);
    assert_null(format_get(FORMAT_JAR)->check);
    ok_err(format_from_name(&format, bytes_text("PE"), &e), e, ERR_NOT_FOUND, "\"PE\"");
    assert_int_equal(format, FORMAT_JAR);
}

static void the_keeper_builds_the_attributes_of_cms_and_of_nothing_else(void **state)
{
    (void)state;
    struct attributes attributes;
    struct err e = {0};
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    struct bytes known = bytes_make(digest, digest_size(DIGEST_SHA256));
    ok_call(format_attributes_build(&set, FORMAT_CMS, DIGEST_SHA256, known, 1800000000123, &e), e);
    ok_call(attributes_parse(&attributes, buf_bytes(&set), &e), e);
    assert_true(der_oid_is(attributes.content_type, ATTRIBUTES_ID_DATA));
    ok_bytes(attributes.message_digest, known);
    assert_true(attributes.signing_time == 1800000000000);
    ok_err(format_attributes_build(&set, FORMAT_CMS, DIGEST_SHA384, known, 0, &e), e, ERR_INPUT,
           "32 bytes instead of 48");
    static const enum format others[] = {FORMAT_PE, FORMAT_RAW, FORMAT_JAR};
    for (size_t i = 0; i < 3; i++)
        ok_err(format_attributes_build(&set, others[i], DIGEST_SHA256, known, 0, &e), e, ERR_STATE,
               "more than the digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_families_are_what_the_record_says),
        cmocka_unit_test(the_keeper_builds_the_attributes_of_cms_and_of_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
