#include "unit/ok.h"

#include "artifact/artifact.h"
#include "proof/format.h"

static void every_format_of_the_record_can_be_read_and_no_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FORMAT_COUNT; i++)
        assert_true(artifact_has_format(bytes_text(format_names[i])));
    size_t count = 0;
    while (artifact_format_name(count) != NULL) {
        enum format format;
        struct err e;
        ok_call(format_from_name(&format, bytes_text(artifact_format_name(count)), &e), e);
        count++;
    }
    assert_int_equal(count, FORMAT_COUNT);
    assert_false(artifact_has_format(bytes_text("apk")));
}

static void a_plain_file_is_known_by_its_hash(void **state)
{
    (void)state;
    static const char *const formats[] = {"cms", "raw"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t digest[DIGEST_MAX];
        uint8_t want[DIGEST_MAX];
        struct err e;
        size_t size = digest_compute(want, DIGEST_SHA384, bytes_text("contents"));
        ok_call(artifact_identify(digest, bytes_text(formats[i]), DIGEST_SHA384,
                                  bytes_text("contents"), &e),
                e);
        assert_memory_equal(digest, want, size);
    }
}

static void an_unknown_format_is_refused_with_those_that_are_known(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_MAX];
    struct err e = {0};
    ok_err(artifact_identify(digest, bytes_text("exe"), DIGEST_SHA256, BYTES_NONE, &e), e,
           ERR_NOT_FOUND, "\"exe\"");
    assert_non_null(strstr(e.hint, "pe, cms, raw, jar"));
}

static void a_signature_file_beside_may_be_absent_but_not_pem(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    struct artifact_signatures found;
    struct err e;
    ok_call(artifact_signatures(&found, bytes_text("cms"), bytes_text("x"), BYTES_NONE, &a, &e), e);
    assert_int_equal(found.count, 0);
    ok_call(artifact_signatures(&found, bytes_text("raw"), bytes_text("x"), BYTES_NONE, &a, &e), e);
    assert_int_equal(found.count, 0);
    ok_err(artifact_signatures(&found, bytes_text("cms"), bytes_text("x"),
                               bytes_text("-----BEGIN CMS-----"), &a, &e),
           e, ERR_INPUT, "PEM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_of_the_record_can_be_read_and_no_other),
        cmocka_unit_test(a_plain_file_is_known_by_its_hash),
        cmocka_unit_test(an_unknown_format_is_refused_with_those_that_are_known),
        cmocka_unit_test(a_signature_file_beside_may_be_absent_but_not_pem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
