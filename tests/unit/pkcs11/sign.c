/* Signatures: what the helper is asked, what comes back, and what goes wrong. */
#include "unit/pkcs11/helper.h"

#include <stdlib.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE p256;
static CK_OBJECT_HANDLE rsa;

static int start(void **state)
{
    (void)state;
    helper_start();
    ok_rv(C_Initialize(NULL), CKR_OK);
    session = module_session();
    p256 = module_find(session, CKO_PRIVATE_KEY, "p256");
    rsa = module_find(session, CKO_PRIVATE_KEY, "rsa");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    ok_rv(C_Finalize(NULL), CKR_OK);
    helper_stop();
    return 0;
}

static CK_RV init(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    return C_SignInit(session, &mechanism, key);
}

static CK_RV sign(const void *data, size_t size, uint8_t *ret, CK_ULONG *ret_size)
{
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, data, size);
    CK_RV rv = C_Sign(session, copy, size, ret, ret_size);
    free(copy);
    return rv;
}

static void ok_signature(const uint8_t *got, size_t size, enum module_family family,
                         enum module_digest digest, struct bytes whole)
{
    uint8_t want[MODULE_SIGNATURE_MAX];
    helper_signature(want, size, family, digest, whole);
    assert_memory_equal(got, want, size);
}

static void a_digest_is_signed_as_it_is(void **state)
{
    (void)state;
    static const size_t sizes[] = {20, 32, 48, 64};
    uint8_t digest[64] = {1, 2, 3};
    for (size_t i = 0; i < 4; i++) {
        uint8_t got[100];
        CK_ULONG size = sizeof got;
        ok_rv(init(CKM_ECDSA, p256), CKR_OK);
        ok_rv(sign(digest, sizes[i], got, &size), CKR_OK);
        assert_int_equal(size, 64);
        ok_signature(got, size, MODULE_HASHED, MODULE_DIGEST_UNKNOWN, bytes_make(digest, sizes[i]));
    }
    struct module_sign last = helper_last();
    assert_int_equal(last.mechanism, MODULE_ECDSA);
    assert_memory_equal(last.key, helper_keys.keys[0].id, 32);
    assert_int_equal(helper_connections(), 1);
}

static void a_digest_info_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        enum module_digest digest;
        size_t size;
        uint8_t length;
        uint8_t oid;
    } kinds[] = {
        {MODULE_SHA256, 32, 0x31, 1}, {MODULE_SHA384, 48, 0x41, 2}, {MODULE_SHA512, 64, 0x51, 3}};
    uint8_t got[256];
    for (size_t i = 0; i < 3; i++) {
        uint8_t info[83] = {0x30, kinds[i].length,
                            0x30, 0x0d,
                            0x06, 0x09,
                            0x60, 0x86,
                            0x48, 0x01,
                            0x65, 0x03,
                            0x04, 0x02,
                            0,    0x05,
                            0x00, 0x04,
                            0,    0xaa};
        CK_ULONG size = sizeof got;
        info[14] = kinds[i].oid;
        info[18] = (uint8_t)kinds[i].size;
        ok_rv(init(CKM_RSA_PKCS, rsa), CKR_OK);
        ok_rv(sign(info, 19 + kinds[i].size, got, &size), CKR_OK);
        assert_int_equal(size, 256);
        ok_signature(got, size, MODULE_HASHED, kinds[i].digest,
                     bytes_make(info + 19, kinds[i].size));
        assert_int_equal(helper_last().mechanism, MODULE_RSA_PKCS1);
    }
}

static void what_is_no_digest_info_goes_to_the_helper_to_be_refused_with_a_reason(void **state)
{
    (void)state;
    uint8_t sha1[35] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                        0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
    uint8_t got[256];
    CK_ULONG size = sizeof got;
    ok_rv(init(CKM_RSA_PKCS, rsa), CKR_OK);
    ok_rv(sign(sha1, sizeof sha1, got, &size), CKR_OK);
    ok_signature(got, size, MODULE_HASHED, MODULE_DIGEST_UNKNOWN, BYTES_OF(sha1));
    helper_mode(HELPER_UNFIT);
    ok_rv(init(CKM_RSA_PKCS, rsa), CKR_OK);
    ok_rv(sign(sha1, sizeof sha1, got, &size), CKR_DATA_INVALID);
}

static void whole_data_comes_to_the_helper_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 1000, MODULE_PIECE_MAX - 1, MODULE_PIECE_MAX, 300000};
    static const size_t sizes[] = {0, 1, MODULE_PIECE_MAX, MODULE_PIECE_MAX + 1, 300000};
    static uint8_t data[300000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < 5; i++) {
        uint8_t got[64];
        CK_ULONG size = sizeof got;
        ok_rv(init(CKM_ECDSA_SHA384, p256), CKR_OK);
        ok_rv(sign(data, sizes[i], got, &size), CKR_OK);
        ok_signature(got, size, MODULE_WHOLE, MODULE_SHA384, bytes_make(data, sizes[i]));
    }
    for (size_t i = 0; i < 5; i++) {
        uint8_t got[256];
        CK_ULONG size = sizeof got;
        ok_rv(init(CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
        for (size_t at = 0; at < sizeof data; at += steps[i]) {
            size_t part = sizeof data - at < steps[i] ? sizeof data - at : steps[i];
            ok_rv(C_SignUpdate(session, data + at, part), CKR_OK);
        }
        ok_rv(C_SignFinal(session, got, &size), CKR_OK);
        assert_int_equal(size, 256);
        ok_signature(got, size, MODULE_WHOLE, MODULE_SHA256, BYTES_OF(data));
    }
}

static void a_size_is_told_without_asking_the_helper(void **state)
{
    (void)state;
    uint8_t data[32] = {0};
    uint8_t got[64];
    CK_ULONG size = 12345678; /* some hosts pass garbage */
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(sign(data, 32, NULL, &size), CKR_OK);
    assert_int_equal(size, 64);
    size = 63;
    ok_rv(sign(data, 32, got, &size), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(size, 64);
    assert_int_equal(helper_signs(), 0);
    ok_rv(sign(data, 32, got, &size), CKR_OK);

    ok_rv(init(CKM_ECDSA_SHA256, p256), CKR_OK);
    ok_rv(C_SignUpdate(session, data, 32), CKR_OK);
    ok_rv(C_SignFinal(session, NULL, &size), CKR_OK);
    size = 1;
    ok_rv(C_SignFinal(session, got, &size), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(helper_signs(), 1);
    ok_rv(C_SignFinal(session, got, &size), CKR_OK);
    ok_signature(got, size, MODULE_WHOLE, MODULE_SHA256, BYTES_OF(data));
    ok_rv(C_SignFinal(session, got, &size), CKR_OPERATION_NOT_INITIALIZED);
}

static void an_operation_begins_with_a_fitting_key_and_mechanism(void **state)
{
    (void)state;
    uint8_t parameter[4] = {0};
    CK_MECHANISM with_parameter = {CKM_ECDSA, parameter, sizeof parameter};
    CK_OBJECT_HANDLE public = module_find(session, CKO_PUBLIC_KEY, "p256");
    ok_rv(init(CKM_RSA_PKCS_PSS, rsa), CKR_MECHANISM_INVALID);
    ok_rv(init(CKM_ECDSA, rsa), CKR_KEY_TYPE_INCONSISTENT);
    ok_rv(init(CKM_SHA256_RSA_PKCS, p256), CKR_KEY_TYPE_INCONSISTENT);
    ok_rv(init(CKM_ECDSA, public), CKR_KEY_HANDLE_INVALID);
    ok_rv(init(CKM_ECDSA, 99), CKR_KEY_HANDLE_INVALID);
    ok_rv(C_SignInit(session, NULL, p256), CKR_ARGUMENTS_BAD);
    ok_rv(C_SignInit(session, &with_parameter, p256), CKR_MECHANISM_PARAM_INVALID);
    ok_rv(C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(init(CKM_ECDSA, p256), CKR_OPERATION_ACTIVE);
    ok_rv(C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0), CKR_OK);
}

/* After any failure but a size that was too small, the host can begin anew. */
static void failures_end_the_operation(void **state)
{
    (void)state;
    uint8_t data[300] = {0};
    uint8_t got[256];
    CK_ULONG size = sizeof got;
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(C_Sign(session, NULL, 32, got, &size), CKR_ARGUMENTS_BAD);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(C_Sign(session, data, 32, got, NULL), CKR_ARGUMENTS_BAD);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(sign(data, 0, got, &size), CKR_DATA_LEN_RANGE);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(sign(data, 65, got, &size), CKR_DATA_LEN_RANGE);
    ok_rv(init(CKM_RSA_PKCS, rsa), CKR_OK);
    ok_rv(sign(data, 256 - 10, got, &size), CKR_DATA_LEN_RANGE);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(C_SignUpdate(session, data, 32), CKR_FUNCTION_NOT_SUPPORTED);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(C_SignFinal(session, got, &size), CKR_FUNCTION_NOT_SUPPORTED);
    ok_rv(init(CKM_ECDSA_SHA256, p256), CKR_OK);
    ok_rv(C_SignUpdate(session, NULL, 1), CKR_ARGUMENTS_BAD);
    ok_rv(init(CKM_ECDSA_SHA256, p256), CKR_OK);
    ok_rv(C_SignUpdate(session, data, 1), CKR_OK);
    ok_rv(sign(data, 1, got, &size), CKR_OPERATION_NOT_INITIALIZED);
    ok_rv(C_SignFinal(session, got, &size), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(helper_signs(), 0);
}

static void refusals_have_codes_that_hosts_understand(void **state)
{
    (void)state;
    static const struct {
        enum helper_mode mode;
        CK_RV want;
    } cases[] = {
        {HELPER_REJECT, CKR_FUNCTION_REJECTED}, {HELPER_UNAVAILABLE, CKR_DEVICE_ERROR},
        {HELPER_UNFIT, CKR_DATA_INVALID},       {HELPER_CLOSE, CKR_DEVICE_ERROR},
        {HELPER_SHORT, CKR_DEVICE_ERROR},       {HELPER_TWICE, CKR_DEVICE_ERROR},
        {HELPER_GARBAGE, CKR_DEVICE_ERROR},
    };
    uint8_t data[32] = {0};
    uint8_t got[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t before[64];
        CK_ULONG size = sizeof got;
        memset(got, 0x5a, sizeof got);
        memset(before, 0x5a, sizeof before);
        helper_mode(cases[i].mode);
        ok_rv(init(CKM_ECDSA, p256), CKR_OK);
        ok_rv(sign(data, 32, got, &size), cases[i].want);
        assert_memory_equal(got, before, sizeof got);
        helper_mode(HELPER_SIGN);
        ok_rv(init(CKM_ECDSA, p256), CKR_OK);
        ok_rv(sign(data, 32, got, &size), CKR_OK);
    }
}

static void a_helper_that_has_gone_is_a_device_error(void **state)
{
    (void)state;
    uint8_t data[32] = {0};
    uint8_t got[64];
    CK_ULONG size = sizeof got;
    static uint8_t much[100000];
    helper_stop();
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(sign(data, 32, got, &size), CKR_DEVICE_ERROR);
    ok_rv(init(CKM_ECDSA_SHA256, p256), CKR_OK);
    ok_rv(C_SignUpdate(session, much, sizeof much), CKR_DEVICE_ERROR);
    ok_rv(init(CKM_ECDSA_SHA256, p256), CKR_OK);
    helper_start();
    ok_rv(C_SignUpdate(session, much, sizeof much), CKR_OK);
    ok_rv(C_SignFinal(session, got, &size), CKR_OK);
    ok_signature(got, 64, MODULE_WHOLE, MODULE_SHA256, BYTES_OF(much));
}

static void a_helper_of_another_token_is_not_asked(void **state)
{
    (void)state;
    uint8_t data[32] = {0};
    uint8_t got[64];
    CK_ULONG size = sizeof got;
    helper_stop();
    helper_start();
    helper_mode(HELPER_OTHER_ONE);
    ok_rv(init(CKM_ECDSA, p256), CKR_OK);
    ok_rv(sign(data, 32, got, &size), CKR_DEVICE_REMOVED);
    assert_int_equal(helper_signs(), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_digest_is_signed_as_it_is),
        CASE(a_digest_info_is_taken_apart),
        CASE(what_is_no_digest_info_goes_to_the_helper_to_be_refused_with_a_reason),
        CASE(whole_data_comes_to_the_helper_however_it_is_cut),
        CASE(a_size_is_told_without_asking_the_helper),
        CASE(an_operation_begins_with_a_fitting_key_and_mechanism),
        CASE(failures_end_the_operation),
        CASE(refusals_have_codes_that_hosts_understand),
        CASE(a_helper_that_has_gone_is_a_device_error),
        CASE(a_helper_of_another_token_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
