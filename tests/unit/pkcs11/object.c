/* Objects, their attributes, and finding them. */
#include "unit/pkcs11/helper.h"

static CK_SESSION_HANDLE session;

static int start(void **state)
{
    (void)state;
    helper_start();
    ok_rv(C_Initialize(NULL), CKR_OK);
    session = module_session();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    ok_rv(C_Finalize(NULL), CKR_OK);
    helper_stop();
    return 0;
}

static CK_ULONG found_count(CK_ATTRIBUTE *template, CK_ULONG size)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    ok_rv(C_FindObjectsInit(session, template, size), CKR_OK);
    ok_rv(C_FindObjects(session, found, 64, &count), CKR_OK);
    ok_rv(C_FindObjectsFinal(session), CKR_OK);
    return count;
}

/* The attribute's bytes are these. */
static void ok_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, struct bytes want)
{
    uint8_t value[1024];
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    ok_rv(C_GetAttributeValue(session, object, &attribute, 1), CKR_OK);
    assert_int_equal(attribute.ulValueLen, want.size);
    attribute.pValue = value;
    ok_rv(C_GetAttributeValue(session, object, &attribute, 1), CKR_OK);
    ok_bytes(bytes_make(value, attribute.ulValueLen), want);
}

static void ok_flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BBOOL want)
{
    ok_attribute(object, type, bytes_make(&want, 1));
}

static void ok_number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG want)
{
    ok_attribute(object, type, bytes_make(&want, sizeof want));
}

static void ok_no_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_RV want)
{
    uint8_t value[8];
    CK_ATTRIBUTE attribute = {type, value, sizeof value};
    ok_rv(C_GetAttributeValue(session, object, &attribute, 1), want);
    assert_int_equal(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void a_key_its_public_half_and_its_certificate_share_id_and_label(void **state)
{
    (void)state;
    static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_CERTIFICATE};
    assert_int_equal(found_count(NULL, 0), 9);
    for (size_t i = 0; i < 3; i++) {
        CK_OBJECT_HANDLE object = module_find(session, classes[i], "rsa");
        ok_number(object, CKA_CLASS, classes[i]);
        ok_attribute(object, CKA_ID, BYTES_OF(helper_keys.keys[1].id));
        ok_flag(object, CKA_TOKEN, CK_TRUE);
        ok_flag(object, CKA_COPYABLE, CK_FALSE);
    }
    CK_OBJECT_HANDLE ca = module_find(session, CKO_CERTIFICATE, "Issuing CA");
    ok_attribute(ca, CKA_ID, BYTES_OF(helper_keys.authorities[0].id));
}

static void a_private_key_is_sensitive_for_ever(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE key = module_find(session, CKO_PRIVATE_KEY, "rsa");
    static const CK_ATTRIBUTE_TYPE yes[] = {CKA_PRIVATE,          CKA_SIGN,
                                            CKA_SENSITIVE,        CKA_LOCAL,
                                            CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE};
    static const CK_ATTRIBUTE_TYPE no[] = {CKA_EXTRACTABLE, CKA_ALWAYS_AUTHENTICATE,
                                           CKA_DECRYPT,     CKA_SIGN_RECOVER,
                                           CKA_UNWRAP,      CKA_DERIVE};
    static const CK_ATTRIBUTE_TYPE secret[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
                                               CKA_EXPONENT_1,       CKA_VALUE,   CKA_COEFFICIENT};
    for (size_t i = 0; i < 6; i++) {
        ok_flag(key, yes[i], CK_TRUE);
        ok_flag(key, no[i], CK_FALSE);
        ok_no_attribute(key, secret[i], CKR_ATTRIBUTE_SENSITIVE);
    }
}

static void an_rsa_key_shows_modulus_and_exponent_on_both_halves(void **state)
{
    (void)state;
    static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
    static const CK_MECHANISM_TYPE allowed[] = {CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS,
                                                CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS};
    for (size_t i = 0; i < 2; i++) {
        CK_OBJECT_HANDLE key = module_find(session, classes[i], "rsa");
        ok_number(key, CKA_KEY_TYPE, CKK_RSA);
        ok_attribute(key, CKA_MODULUS, helper_keys.keys[1].modulus);
        ok_attribute(key, CKA_PUBLIC_EXPONENT, helper_keys.keys[1].exponent);
        ok_no_attribute(key, CKA_EC_PARAMS, CKR_ATTRIBUTE_TYPE_INVALID);
    }
    ok_number(module_find(session, CKO_PUBLIC_KEY, "rsa"), CKA_MODULUS_BITS, 2048);
    ok_attribute(module_find(session, CKO_PRIVATE_KEY, "rsa"), CKA_ALLOWED_MECHANISMS,
                 bytes_make(allowed, sizeof allowed));
}

static void an_elliptic_key_shows_curve_and_point(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE private = module_find(session, CKO_PRIVATE_KEY, "p384");
    CK_OBJECT_HANDLE public = module_find(session, CKO_PUBLIC_KEY, "p384");
    ok_number(private, CKA_KEY_TYPE, CKK_EC);
    ok_attribute(private, CKA_EC_PARAMS, helper_keys.keys[2].params);
    ok_attribute(public, CKA_EC_PARAMS, helper_keys.keys[2].params);
    ok_attribute(public, CKA_EC_POINT, helper_keys.keys[2].point);
    ok_no_attribute(public, CKA_MODULUS_BITS, CKR_ATTRIBUTE_TYPE_INVALID);
    ok_no_attribute(private, CKA_MODULUS, CKR_ATTRIBUTE_TYPE_INVALID);
}

static void a_certificate_shows_its_der_and_names(void **state)
{
    (void)state;
    const struct module_cert *cert = &helper_keys.keys[0].cert;
    CK_OBJECT_HANDLE object = module_find(session, CKO_CERTIFICATE, "p256");
    ok_number(object, CKA_CERTIFICATE_TYPE, CKC_X_509);
    ok_attribute(object, CKA_VALUE, cert->der);
    ok_attribute(object, CKA_SUBJECT, cert->subject);
    ok_attribute(object, CKA_ISSUER, cert->issuer);
    ok_attribute(object, CKA_SERIAL_NUMBER, cert->number);
    ok_flag(object, CKA_TRUSTED, CK_FALSE);
    ok_flag(object, CKA_PRIVATE, CK_FALSE);
}

static void unknown_attributes_are_marked_and_the_others_filled(void **state)
{
    (void)state;
    CK_ULONG class = 0;
    uint8_t value[8];
    uint8_t id[32] = {0};
    uint8_t small[1];
    CK_OBJECT_HANDLE key = module_find(session, CKO_PRIVATE_KEY, "p256");
    CK_ATTRIBUTE template[] = {
        {CKA_VENDOR_DEFINED + 7, value, sizeof value},
        {CKA_CLASS, &class, sizeof class},
        {CKA_PRIVATE_EXPONENT, value, sizeof value},
        {CKA_LABEL, small, sizeof small},
        {CKA_ID, id, sizeof id},
    };
    CK_RV rv = C_GetAttributeValue(session, key, template, 5);
    assert_true(rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
                rv == CKR_BUFFER_TOO_SMALL);
    assert_int_equal(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(class, CKO_PRIVATE_KEY);
    assert_int_equal(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(template[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(template[4].ulValueLen, 32);
    assert_int_equal(id[0], 1);
}

static void handles_that_nobody_gave_out_are_refused(void **state)
{
    (void)state;
    CK_ULONG class = 0;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    ok_rv(C_GetAttributeValue(session, 0, &template, 1), CKR_OBJECT_HANDLE_INVALID);
    ok_rv(C_GetAttributeValue(session, 10, &template, 1), CKR_OBJECT_HANDLE_INVALID);
    ok_rv(C_GetAttributeValue(session + 1, 1, &template, 1), CKR_SESSION_HANDLE_INVALID);
    ok_rv(C_GetAttributeValue(session, 1, NULL, 1), CKR_ARGUMENTS_BAD);
}

static void a_vendors_class_is_found_nowhere_and_is_no_error(void **state)
{
    (void)state;
    CK_OBJECT_CLASS class = 0xce534353;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE vendor[] = {{CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, sizeof yes}};
    CK_ATTRIBUTE unknown[] = {{0xce536351, &yes, sizeof yes}};
    assert_int_equal(found_count(vendor, 2), 0);
    assert_int_equal(found_count(unknown, 1), 0);
}

static void searches_go_by_any_attribute(void **state)
{
    (void)state;
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_EC;
    uint8_t id[32];
    uint8_t subject[3];
    memcpy(id, helper_keys.keys[0].id, sizeof id);
    memcpy(subject, helper_keys.authorities[0].cert.subject.data, sizeof subject);
    CK_ATTRIBUTE by_id[] = {{CKA_ID, id, sizeof id}};
    CK_ATTRIBUTE by_use[] = {
        {CKA_CLASS, &class, sizeof class}, {CKA_ID, id, sizeof id}, {CKA_SIGN, &yes, sizeof yes}};
    CK_ATTRIBUTE by_type[] = {{CKA_CLASS, &class, sizeof class},
                              {CKA_KEY_TYPE, &type, sizeof type}};
    CK_ATTRIBUTE by_subject[] = {{CKA_SUBJECT, subject, sizeof subject}};
    CK_ATTRIBUTE secret[] = {{CKA_PRIVATE_EXPONENT, id, sizeof id}};
    assert_int_equal(found_count(by_id, 1), 3);
    assert_int_equal(found_count(by_use, 3), 1);
    assert_int_equal(found_count(by_type, 2), 2);
    assert_int_equal(found_count(by_subject, 1), 1);
    assert_int_equal(found_count(secret, 1), 0);
    by_id[0].ulValueLen = 31;
    assert_int_equal(found_count(by_id, 1), 0);
}

static void a_search_can_be_read_one_by_one(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE found = 0;
    CK_OBJECT_HANDLE last = 0;
    CK_ULONG count = 1;
    CK_ULONG all = 0;
    ok_rv(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ok_rv(C_FindObjects(session, NULL, 0, &count), CKR_OK);
    assert_int_equal(count, 0);
    for (;;) {
        ok_rv(C_FindObjects(session, &found, 1, &count), CKR_OK);
        if (count == 0)
            break;
        assert_true(found > last);
        last = found;
        all++;
    }
    assert_int_equal(all, 9);
    ok_rv(C_FindObjectsFinal(session), CKR_OK);
}

static void a_search_has_a_beginning_and_an_end(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE found;
    CK_ULONG count;
    CK_ATTRIBUTE bad = {CKA_ID, NULL, 32};
    CK_SESSION_HANDLE other = module_session();
    ok_rv(C_FindObjects(session, &found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
    ok_rv(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    ok_rv(C_FindObjectsInit(session, &bad, 1), CKR_ARGUMENTS_BAD);
    ok_rv(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    ok_rv(C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    ok_rv(C_FindObjects(session, &found, 1, NULL), CKR_ARGUMENTS_BAD);
    ok_rv(C_FindObjects(session, NULL, 1, &count), CKR_ARGUMENTS_BAD);
    ok_rv(C_FindObjectsInit(other, NULL, 0), CKR_OK);
    ok_rv(C_FindObjectsFinal(session), CKR_OK);
    ok_rv(C_FindObjectsFinal(other), CKR_OK);
}

static void the_helper_is_asked_for_its_keys_once(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        CK_SESSION_HANDLE other = module_session();
        assert_int_equal(found_count(NULL, 0), 9);
        ok_rv(C_CloseSession(other), CKR_OK);
    }
    assert_int_equal(helper_connections(), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_key_its_public_half_and_its_certificate_share_id_and_label),
        CASE(a_private_key_is_sensitive_for_ever),
        CASE(an_rsa_key_shows_modulus_and_exponent_on_both_halves),
        CASE(an_elliptic_key_shows_curve_and_point),
        CASE(a_certificate_shows_its_der_and_names),
        CASE(unknown_attributes_are_marked_and_the_others_filled),
        CASE(handles_that_nobody_gave_out_are_refused),
        CASE(a_vendors_class_is_found_nowhere_and_is_no_error),
        CASE(searches_go_by_any_attribute),
        CASE(a_search_can_be_read_one_by_one),
        CASE(a_search_has_a_beginning_and_an_end),
        CASE(the_helper_is_asked_for_its_keys_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
