#include "unit/pki/hierarchy.h"

static void a_certificate_is_verified_by_its_issuers_key_alone(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct err e = {0};
    for (unsigned i = 0; i < HIERARCHY_COUNT; i++) {
        AUTO(pubkey) key = NULL;
        ok_call(pubkey_parse(&key, session_key_spki(h.keys[i]), &e), e);
        for (unsigned n = 0; n < HIERARCHY_COUNT; n++) {
            bool issued = i == (n == ROOT ? ROOT : n - 1);
            assert_int_equal(x509_verify(&h.certs[n], key, &e), issued);
            if (!issued)
                assert_int_equal(e.code, ERR_AUTH);
        }
    }
}

static void a_certificate_holds_from_its_first_to_the_end_of_its_last_second(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    const struct x509 *leaf = &h.certs[LEAF];
    struct err e;
    ok_call(x509_check_time(leaf, leaf->not_before, &e), e);
    ok_call(x509_check_time(leaf, leaf->not_after + 999, &e), e);
    assert_false(x509_check_time(leaf, leaf->not_before - 1, &e));
    assert_string_equal(e.rule, "x509.validity");
    assert_false(x509_check_time(leaf, leaf->not_after + 1000, &e));
    assert_non_null(strstr(e.message, "2027-01-15T08:00:00"));
}

static void every_cut_and_every_byte_behind_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct bytes der = h.certs[LEAF].der;
    struct x509 cert, before;
    struct err e;
    memset(&before, 0xa5, sizeof before);
    cert = before;
    for (size_t size = 0; size < der.size; size++) {
        assert_false(x509_parse(&cert, bytes_make(der.data, size), &e));
        assert_memory_equal(&cert, &before, sizeof cert);
    }
    buf_put_u8(&h.ders[LEAF], 0);
    ok_err(x509_parse(&cert, buf_bytes(&h.ders[LEAF]), &e), e, ERR_INPUT, "too many at its end");
    assert_memory_equal(&cert, &before, sizeof cert);
}

static void a_flipped_bit_never_verifies(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    AUTO(pubkey) key = NULL;
    struct err e;
    ok_call(pubkey_parse(&key, session_key_spki(h.keys[CA]), &e), e);
    for (size_t i = 0; i < h.ders[LEAF].size; i++) {
        struct x509 cert;
        h.ders[LEAF].data[i] ^= 1;
        assert_false(x509_parse(&cert, buf_bytes(&h.ders[LEAF]), &e) &&
                     x509_verify(&cert, key, &e));
        h.ders[LEAF].data[i] ^= 1;
    }
}

static void a_planned_certificate_has_no_signature_to_verify(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct x509 cert;
    struct err e;
    AUTO(pubkey) key = NULL;
    ok_call(pubkey_parse(&key, session_key_spki(h.keys[CA]), &e), e);
    ok_call(x509_parse_tbs(&cert, h.certs[LEAF].tbs, &e), e);
    ok_err(x509_verify(&cert, key, &e), e, ERR_INPUT, "no signature");
}

static void the_number_is_found_only_under_its_own_arc(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    uint8_t authority[X509_AUTHORITY_SIZE] = {7};
    uint64_t number = 77;
    struct err e;
    ok_err(x509_number(&h.certs[LEAF], bytes_text("1.3.6.1.4.1.3247"), authority, &number, &e), e,
           ERR_NOT_FOUND, "1.3.6.1.4.1.3247.1");
    assert_int_equal(number, 77);
    assert_int_equal(authority[0], 7);
}

static void the_number_is_found_by_the_authority_that_it_names(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    uint8_t other[X509_AUTHORITY_SIZE] = {7};
    uint64_t number = 77;
    struct err e;
    ok_err(x509_number_under(&h.certs[LEAF], other, &number, &e), e, ERR_NOT_FOUND,
           "does not name this authority");
    assert_int_equal(number, 77);
    ok_call(x509_number_under(&h.certs[LEAF], hierarchy_authority, &number, &e), e);
    assert_int_equal(number, LEAF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_verified_by_its_issuers_key_alone),
        cmocka_unit_test(a_certificate_holds_from_its_first_to_the_end_of_its_last_second),
        cmocka_unit_test(every_cut_and_every_byte_behind_is_refused),
        cmocka_unit_test(a_flipped_bit_never_verifies),
        cmocka_unit_test(a_planned_certificate_has_no_signature_to_verify),
        cmocka_unit_test(the_number_is_found_only_under_its_own_arc),
        cmocka_unit_test(the_number_is_found_by_the_authority_that_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
