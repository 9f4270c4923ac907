#include "unit/ok.h"

#include "pki/algorithm.h"
#include "pki/der.h"

static void every_mechanism_has_one_identifier(void **state)
{
    (void)state;
    for (unsigned m = 0; m < MECHANISM_COUNT; m++) {
        enum mechanism read = MECHANISM_COUNT;
        struct err e;
        AUTO_VALUE(buf) der = BUF(64);
        algorithm_put_signature(&der, (enum mechanism)m);
        ok_call(algorithm_parse_signature(&read, buf_bytes(&der), &e), e);
        assert_int_equal(read, m);
    }
}

static void identifier_put(struct buf *b, const char *oid, bool null)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, oid);
    if (null)
        der_put_null(b);
    der_end(b, all);
}

static void other_identifiers_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *oid;
        bool null;
        const char *says;
    } cases[] = {
        {"1.2.840.113549.1.1.5", true, "1.2.840.113549.1.1.5 is not accepted"}, /* SHA-1 */
        {"1.2.840.113549.1.1.10", false, "is not accepted"},                    /* PSS */
        {"1.2.840.113549.1.1.11", false, "must be NULL"},
        {"1.2.840.10045.4.3.2", true, "must be absent"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum mechanism m = MECHANISM_ED25519;
        struct err e = {0};
        AUTO_VALUE(buf) der = BUF(64);
        identifier_put(&der, cases[i].oid, cases[i].null);
        ok_err(algorithm_parse_signature(&m, buf_bytes(&der), &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(m, MECHANISM_ED25519);
    }
}

static void a_hash_may_have_its_null_parameter(void **state)
{
    (void)state;
    for (int null = 0; null < 2; null++) {
        enum digest_alg alg = DIGEST_SHA256;
        struct err e;
        AUTO_VALUE(buf) der = BUF(64);
        identifier_put(&der, digest_oid(DIGEST_SHA512), null);
        ok_call(algorithm_parse_digest(&alg, buf_bytes(&der), &e), e);
        assert_int_equal(alg, DIGEST_SHA512);
    }
}

static void cms_names_a_key_type_or_a_full_algorithm(void **state)
{
    (void)state;
    static const struct {
        const char *oid;
        bool null;
        enum digest_alg alg;
        bool ok;
        enum mechanism m;
    } cases[] = {
        {"1.2.840.113549.1.1.1", true, DIGEST_SHA384, true, MECHANISM_RSA_PKCS1_SHA384},
        {"1.2.840.10045.2.1", false, DIGEST_SHA256, true, MECHANISM_ECDSA_SHA256},
        {"1.2.840.10045.4.3.2", false, DIGEST_SHA256, true, MECHANISM_ECDSA_SHA256},
        {"1.2.840.113549.1.1.11", true, DIGEST_SHA256, true, MECHANISM_RSA_PKCS1_SHA256},
        {"1.2.840.10045.4.3.2", false, DIGEST_SHA384, false, MECHANISM_ED25519},
        {"1.3.101.112", false, DIGEST_SHA512, true, MECHANISM_ED25519},
        {"1.3.101.112", false, DIGEST_SHA256, false, MECHANISM_ED25519},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum mechanism m = MECHANISM_ED25519;
        struct err e;
        AUTO_VALUE(buf) der = BUF(64);
        identifier_put(&der, cases[i].oid, cases[i].null);
        assert_int_equal(algorithm_parse_cms(&m, buf_bytes(&der), cases[i].alg, &e), cases[i].ok);
        assert_int_equal(m, cases[i].m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mechanism_has_one_identifier),
        cmocka_unit_test(other_identifiers_are_refused_by_name),
        cmocka_unit_test(a_hash_may_have_its_null_parameter),
        cmocka_unit_test(cms_names_a_key_type_or_a_full_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
