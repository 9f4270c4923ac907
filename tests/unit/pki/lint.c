#include "unit/pki/hierarchy.h"

#include "pki/lint.h"

static bool has_fault(const struct x509 *cert, enum profile profile, const char *name)
{
    struct lint lint;
    lint_certificate(&lint, cert, profile, bytes_text(HIERARCHY_ARC));
    for (size_t i = 0; i < lint.count; i++)
        if (strcmp(lint.faults[i].name, name) == 0)
            return true;
    return false;
}

static void a_certificate_of_one_profile_fails_the_others(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    assert_true(has_fault(&h.certs[ROOT], PROFILE_PRIVATE, "issuer"));
    assert_true(has_fault(&h.certs[ROOT], PROFILE_PRIVATE, "validity"));
    assert_true(has_fault(&h.certs[ROOT], PROFILE_PRIVATE, "basic-constraints"));
    assert_true(has_fault(&h.certs[ROOT], PROFILE_PRIVATE, "purpose"));
    assert_true(has_fault(&h.certs[LEAF], PROFILE_ISSUING_CA, "basic-constraints"));
    assert_true(has_fault(&h.certs[LEAF], PROFILE_ISSUING_CA, "key-usage"));
    assert_true(has_fault(&h.certs[CA], PROFILE_ROOT, "issuer"));
    assert_true(has_fault(&h.certs[CA], PROFILE_ROOT, "authority-key-id"));
    assert_true(has_fault(&h.certs[CA], PROFILE_ROOT, "crl-url"));
}

/* A parsed certificate is plain memory: each fault is put into it by hand. */
static void each_fault_is_named(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    static const uint8_t octets[] = {0x55, 0x1d, 0x36};
    static const char *const names[] = {
        "version",          "serial",           "signature-algorithm",
        "subject",          "validity",         "key",
        "key-usage",        "purpose",          "subject-key-id",
        "authority-key-id", "crl-url",          "unknown-critical",
        "extension",        "basic-constraints"};
    struct x509 certs[sizeof names / sizeof names[0]];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        certs[i] = h.certs[LEAF];
    certs[0].version = 1;
    certs[1].serial.size = 7;
    certs[2].algorithm = bytes_text("x");
    certs[3].subject = bytes_text("x");
    certs[4].not_after += 400 * HIERARCHY_DAY;
    certs[5].spki = bytes_text("x");
    certs[6].key_usage |= X509_KU_CERT_SIGN;
    certs[7].extended_key_usage |= X509_EKU_ANY;
    certs[8].subject_key_id.size = 19;
    certs[9].critical |= X509_EXT_AUTHORITY_KEY_ID;
    certs[10].crl_url = bytes_text("ldap://sign.example");
    certs[11].unknown_critical = BYTES_OF(octets);
    certs[12].present &= ~X509_EXT_CRL_POINTS;
    certs[13].present |= X509_EXT_BASIC_CONSTRAINTS;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!has_fault(&certs[i], PROFILE_PRIVATE, names[i]))
            fail_msg("%s is not found", names[i]);
    }
}

static void time_stamping_and_list_certificates_are_held_to_their_profiles(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    AUTO_VALUE(buf) der = BUF(X509_DER_MAX);
    struct tbs_plan plan = hierarchy_plan(&h, LEAF);
    struct x509 list, spoilt = h.certs[LEAF];
    struct err e;
    plan.profile = PROFILE_LIST;
    hierarchy_issue(&der, &plan, h.keys[CA]);
    ok_call(x509_parse(&list, buf_bytes(&der), &e), e);
    for (unsigned i = CA; i < HIERARCHY_COUNT; i++)
        ok_call(lint_check(&h.certs[i], h.profiles[i], bytes_text(HIERARCHY_ARC), &e), e);
    ok_call(lint_check(&list, PROFILE_LIST, bytes_text(HIERARCHY_ARC), &e), e);
    assert_true(has_fault(&h.certs[LEAF], PROFILE_PRIVATE, "purpose"));
    assert_true(has_fault(&h.certs[CA], PROFILE_ISSUING_CA, "purpose"));
    assert_true(has_fault(&h.certs[LEAF], PROFILE_LIST, "purpose"));
    assert_true(has_fault(&list, PROFILE_TIMESTAMP, "purpose"));
    spoilt.critical &= ~X509_EXT_EXTENDED_KEY_USAGE;
    assert_true(has_fault(&spoilt, PROFILE_TIMESTAMP, "purpose"));
    list.not_after += 1000;
    assert_true(has_fault(&list, PROFILE_LIST, "validity"));
}

static void a_certificate_without_our_extension_is_refused_with_all_that_is_wrong(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct err e = {0};
    struct x509 cert = h.certs[LEAF];
    cert.version = 2;
    assert_false(lint_check(&cert, PROFILE_PRIVATE, bytes_text("1.3.6.1.4.1.1"), &e));
    assert_int_equal(e.code, ERR_REFUSED);
    assert_string_equal(e.rule, "lint.version");
    assert_non_null(strstr(e.message, "profile private"));
    assert_non_null(strstr(e.message, "number is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_of_one_profile_fails_the_others),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(time_stamping_and_list_certificates_are_held_to_their_profiles),
        cmocka_unit_test(a_certificate_without_our_extension_is_refused_with_all_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
