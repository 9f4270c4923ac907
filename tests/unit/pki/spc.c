#include "unit/ok.h"

#include "pki/der.h"
#include "pki/spc.h"

static const uint8_t digest[48] = {9, 8, 7};

static void content_put(struct buf *b, const char *type, const char *alg, size_t size)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    size_t first = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, type);
    der_put(b, DER_SEQUENCE, BYTES_NONE);
    der_end(b, first);
    size_t info = der_begin(b, DER_SEQUENCE);
    size_t algorithm = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, alg);
    der_put_null(b);
    der_end(b, algorithm);
    der_put_octets(b, bytes_make(digest, size));
    der_end(b, info);
    der_end(b, all);
}

static void the_digest_and_the_octets_that_are_hashed_are_given(void **state)
{
    (void)state;
    struct spc spc;
    struct err e;
    AUTO_VALUE(buf) der = BUF(SPC_MAX);
    content_put(&der, "1.3.6.1.4.1.311.2.1.15", digest_oid(DIGEST_SHA384), 48);
    ok_call(spc_parse(&spc, buf_bytes(&der), &e), e);
    assert_int_equal(spc.alg, DIGEST_SHA384);
    ok_bytes(spc.digest, BYTES_OF(digest));
    ok_bytes(spc.value, bytes_make(der.data + 2, der.size - 2));
}

static void what_is_not_about_a_pe_image_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *type, *alg;
        size_t size;
        const char *says;
    } cases[] = {
        {"1.3.6.1.4.1.311.2.1.25", "2.16.840.1.101.3.4.2.1", 32, "not about a PE image"},
        {"1.3.6.1.4.1.311.2.1.15", "1.3.14.3.2.26", 20, "1.3.14.3.2.26 is not accepted"},
        {"1.3.6.1.4.1.311.2.1.15", "2.16.840.1.101.3.4.2.1", 31, "digest of 31 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct spc spc, before;
        struct err e = {0};
        memset(&before, 0xa5, sizeof before);
        spc = before;
        AUTO_VALUE(buf) der = BUF(SPC_MAX);
        content_put(&der, cases[i].type, cases[i].alg, cases[i].size);
        ok_err(spc_parse(&spc, buf_bytes(&der), &e), e, ERR_INPUT, cases[i].says);
        assert_memory_equal(&spc, &before, sizeof spc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_and_the_octets_that_are_hashed_are_given),
        cmocka_unit_test(what_is_not_about_a_pe_image_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
