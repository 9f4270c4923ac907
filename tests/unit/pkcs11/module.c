/* The module as a whole: its list of functions, beginning and end of its use, slot and token. */
#include "unit/pkcs11/helper.h"

#include <stdlib.h>

/* Every function but those that begin and end the use, with arguments that are wrong in every
 * place but the session. */
#define CALLS(X)                                                                                   \
    X(C_GetInfo, NULL)                                                                             \
    X(C_GetSlotList, 77, NULL, NULL)                                                               \
    X(C_GetSlotInfo, 77, NULL)                                                                     \
    X(C_GetTokenInfo, 77, NULL)                                                                    \
    X(C_WaitForSlotEvent, 77, NULL, NULL)                                                          \
    X(C_GetMechanismList, 77, NULL, NULL)                                                          \
    X(C_GetMechanismInfo, 77, 77, NULL)                                                            \
    X(C_InitToken, 77, NULL, 77, NULL)                                                             \
    X(C_InitPIN, session, NULL, 77)                                                                \
    X(C_SetPIN, session, NULL, 77, NULL, 77)                                                       \
    X(C_OpenSession, 77, 77, NULL, NULL, NULL)                                                     \
    X(C_CloseSession, session)                                                                     \
    X(C_CloseAllSessions, 77)                                                                      \
    X(C_GetSessionInfo, session, NULL)                                                             \
    X(C_GetOperationState, session, NULL, NULL)                                                    \
    X(C_SetOperationState, session, NULL, 77, 77, 77)                                              \
    X(C_Login, session, 77, NULL, 77)                                                              \
    X(C_Logout, session)                                                                           \
    X(C_CreateObject, session, NULL, 77, NULL)                                                     \
    X(C_CopyObject, session, 77, NULL, 77, NULL)                                                   \
    X(C_DestroyObject, session, 77)                                                                \
    X(C_GetObjectSize, session, 77, NULL)                                                          \
    X(C_GetAttributeValue, session, 77, NULL, 77)                                                  \
    X(C_SetAttributeValue, session, 77, NULL, 77)                                                  \
    X(C_FindObjectsInit, session, NULL, 77)                                                        \
    X(C_FindObjects, session, NULL, 77, NULL)                                                      \
    X(C_FindObjectsFinal, session)                                                                 \
    X(C_EncryptInit, session, NULL, 77)                                                            \
    X(C_Encrypt, session, NULL, 77, NULL, NULL)                                                    \
    X(C_EncryptUpdate, session, NULL, 77, NULL, NULL)                                              \
    X(C_EncryptFinal, session, NULL, NULL)                                                         \
    X(C_DecryptInit, session, NULL, 77)                                                            \
    X(C_Decrypt, session, NULL, 77, NULL, NULL)                                                    \
    X(C_DecryptUpdate, session, NULL, 77, NULL, NULL)                                              \
    X(C_DecryptFinal, session, NULL, NULL)                                                         \
    X(C_DigestInit, session, NULL)                                                                 \
    X(C_Digest, session, NULL, 77, NULL, NULL)                                                     \
    X(C_DigestUpdate, session, NULL, 77)                                                           \
    X(C_DigestKey, session, 77)                                                                    \
    X(C_DigestFinal, session, NULL, NULL)                                                          \
    X(C_SignInit, session, NULL, 77)                                                               \
    X(C_Sign, session, NULL, 77, NULL, NULL)                                                       \
    X(C_SignUpdate, session, NULL, 77)                                                             \
    X(C_SignFinal, session, NULL, NULL)                                                            \
    X(C_SignRecoverInit, session, NULL, 77)                                                        \
    X(C_SignRecover, session, NULL, 77, NULL, NULL)                                                \
    X(C_VerifyInit, session, NULL, 77)                                                             \
    X(C_Verify, session, NULL, 77, NULL, 77)                                                       \
    X(C_VerifyUpdate, session, NULL, 77)                                                           \
    X(C_VerifyFinal, session, NULL, 77)                                                            \
    X(C_VerifyRecoverInit, session, NULL, 77)                                                      \
    X(C_VerifyRecover, session, NULL, 77, NULL, NULL)                                              \
    X(C_DigestEncryptUpdate, session, NULL, 77, NULL, NULL)                                        \
    X(C_DecryptDigestUpdate, session, NULL, 77, NULL, NULL)                                        \
    X(C_SignEncryptUpdate, session, NULL, 77, NULL, NULL)                                          \
    X(C_DecryptVerifyUpdate, session, NULL, 77, NULL, NULL)                                        \
    X(C_GenerateKey, session, NULL, NULL, 77, NULL)                                                \
    X(C_GenerateKeyPair, session, NULL, NULL, 77, NULL, 77, NULL, NULL)                            \
    X(C_WrapKey, session, NULL, 77, 77, NULL, NULL)                                                \
    X(C_UnwrapKey, session, NULL, 77, NULL, 77, NULL, 77, NULL)                                    \
    X(C_DeriveKey, session, NULL, 77, NULL, 77, NULL)                                              \
    X(C_SeedRandom, session, NULL, 77)                                                             \
    X(C_GenerateRandom, session, NULL, 77)                                                         \
    X(C_GetFunctionStatus, session)                                                                \
    X(C_CancelFunction, session)

#define CALLER(name, ...)                                                                          \
    static CK_RV call_##name(CK_SESSION_HANDLE session)                                            \
    {                                                                                              \
        (void)session;                                                                             \
        return module_list()->name(__VA_ARGS__);                                                   \
    }
CALLS(CALLER)

#define ROW(name, ...) {#name, call_##name},
static const struct {
    const char *name;
    CK_RV (*call)(CK_SESSION_HANDLE session);
} calls[] = {CALLS(ROW)};

enum { CALLS_COUNT = sizeof calls / sizeof calls[0] };

static int start(void **state)
{
    (void)state;
    helper_start();
    ok_rv(C_Initialize(NULL), CKR_OK);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)C_Finalize(NULL);
    helper_stop();
    return 0;
}

static void the_list_has_all_68_functions(void **state)
{
    (void)state;
    CK_FUNCTION_LIST *list = module_list();
    void *const *pointers = (void *const *)(const void *)&list->C_Initialize;
    assert_int_equal(list->version.major, 2);
    assert_int_equal(list->version.minor, 40);
    assert_int_equal(sizeof *list, offsetof(CK_FUNCTION_LIST, C_Initialize) + 68 * sizeof(void *));
    for (size_t i = 0; i < 68; i++)
        assert_non_null(pointers[i]);
    assert_int_equal(CALLS_COUNT, 65);
    ok_rv(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}

static void nothing_works_before_initialize_and_after_finalize(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < CALLS_COUNT; i++)
            if (calls[i].call(1) != CKR_CRYPTOKI_NOT_INITIALIZED)
                fail_msg("%s", calls[i].name);
        ok_rv(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
        ok_rv(C_Initialize(NULL), CKR_OK);
        ok_rv(C_Finalize(NULL), CKR_OK);
    }
}

static void wrong_arguments_are_refused_by_every_function(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = module_session();
    CK_SESSION_HANDLE sessions[] = {0, session, session + 1000, CK_UNAVAILABLE_INFORMATION};
    for (size_t s = 0; s < 4; s++)
        for (size_t i = 0; i < CALLS_COUNT; i++) {
            CK_RV rv = calls[i].call(sessions[s]);
            bool closes = strcmp(calls[i].name, "C_CloseSession") == 0;
            if (closes && sessions[s] == session)
                sessions[s] = session = module_session();
            else if (rv == CKR_OK || rv > CKR_FUNCTION_REJECTED)
                fail_msg("%s: 0x%lx", calls[i].name, rv);
        }
    assert_int_equal(helper_signs(), 0);
}

static void a_second_initialize_is_told_so(void **state)
{
    (void)state;
    ok_rv(C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    (void)module_session();
    ok_rv(C_Finalize(NULL), CKR_OK);
    ok_rv(C_Initialize(NULL), CKR_OK);
    (void)module_session();
    ok_rv(C_Finalize((void *)&state), CKR_ARGUMENTS_BAD);
}

static unsigned locks;
static unsigned unlocks;
static bool refuse_mutex;

static CK_RV mutex_create(void **ret)
{
    *ret = &locks;
    return refuse_mutex ? CKR_HOST_MEMORY : CKR_OK;
}

static CK_RV mutex_destroy(void *mutex)
{
    assert_ptr_equal(mutex, &locks);
    return CKR_OK;
}

static CK_RV mutex_lock(void *mutex)
{
    assert_ptr_equal(mutex, &locks);
    locks++;
    return CKR_OK;
}

static CK_RV mutex_unlock(void *mutex)
{
    assert_ptr_equal(mutex, &locks);
    unlocks++;
    return CKR_OK;
}

static void initialize_takes_what_hosts_pass(void **state)
{
    (void)state;
    CK_C_INITIALIZE_ARGS args = {.flags = 0};
    for (CK_FLAGS flags = 0; flags <= 3; flags++) {
        args.flags = flags;
        ok_rv(C_Finalize(NULL), CKR_OK);
        ok_rv(C_Initialize(&args), CKR_OK);
        (void)module_session();
    }
    args.CreateMutex = mutex_create;
    ok_rv(C_Finalize(NULL), CKR_OK);
    ok_rv(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.CreateMutex = NULL;
    args.pReserved = &args;
    ok_rv(C_Initialize(&args), CKR_ARGUMENTS_BAD);
}

static void a_hosts_mutex_is_used_where_it_must_be(void **state)
{
    (void)state;
    CK_C_INITIALIZE_ARGS args = {.CreateMutex = mutex_create,
                                 .DestroyMutex = mutex_destroy,
                                 .LockMutex = mutex_lock,
                                 .UnlockMutex = mutex_unlock};
    ok_rv(C_Finalize(NULL), CKR_OK);
    refuse_mutex = true;
    ok_rv(C_Initialize(&args), CKR_CANT_LOCK);
    refuse_mutex = false;
    ok_rv(C_Initialize(&args), CKR_OK);
    (void)module_session();
    assert_true(locks > 0);
    ok_rv(C_Finalize(NULL), CKR_OK);
    assert_int_equal(locks, unlocks);

    unsigned before = locks;
    args.flags = CKF_OS_LOCKING_OK;
    ok_rv(C_Initialize(&args), CKR_OK);
    (void)module_session();
    assert_int_equal(locks, before);
}

static void the_slot_and_its_token_are_described(void **state)
{
    (void)state;
    CK_SLOT_ID slots[2];
    CK_ULONG count = 0;
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;
    CK_INFO info;
    ok_rv(C_GetInfo(&info), CKR_OK);
    assert_int_equal(info.cryptokiVersion.minor, 40);
    ok_rv(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 1);
    count = 0;
    ok_rv(C_GetSlotList(CK_TRUE, slots, &count), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, 1);
    count = 2;
    ok_rv(C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    assert_int_equal(count, 1);
    ok_rv(C_GetSlotInfo(slots[0], &slot), CKR_OK);
    assert_int_equal(slot.flags, CKF_TOKEN_PRESENT);
    ok_rv(C_GetTokenInfo(slots[0], &token), CKR_OK);
    assert_memory_equal(token.label, "test token                      ", 32);
    assert_memory_equal(token.serialNumber, "0123456789abcdef", 16);
    assert_int_equal(token.flags & (CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED | CKF_RNG),
                     CKF_TOKEN_INITIALIZED | CKF_RNG);
    ok_rv(C_GetTokenInfo(slots[0] + 1, &token), CKR_SLOT_ID_INVALID);
    ok_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, slots, NULL), CKR_NO_EVENT);
}

static void hashing_mechanisms_are_always_listed(void **state)
{
    (void)state;
    static const CK_MECHANISM_TYPE want[] = {
        CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS,
        CKM_ECDSA,    CKM_ECDSA_SHA256,    CKM_ECDSA_SHA384,    CKM_ECDSA_SHA512,
    };
    CK_MECHANISM_TYPE got[8] = {0};
    CK_MECHANISM_INFO info;
    CK_ULONG count = 0;
    ok_rv(C_GetMechanismList(1, NULL, &count), CKR_OK);
    assert_int_equal(count, 8);
    count = 7;
    ok_rv(C_GetMechanismList(1, got, &count), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, 8);
    ok_rv(C_GetMechanismList(1, got, &count), CKR_OK);
    assert_memory_equal(got, want, sizeof want);
    for (size_t i = 0; i < 8; i++) {
        ok_rv(C_GetMechanismInfo(1, got[i], &info), CKR_OK);
        assert_true((info.flags & CKF_SIGN) != 0);
    }
    ok_rv(C_GetMechanismInfo(1, CKM_AES_GCM, &info), CKR_MECHANISM_INVALID);
}

static void random_bytes_come_without_the_helper(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    uint8_t zeros[64] = {0};
    CK_SESSION_HANDLE session = module_session();
    ok_rv(C_GenerateRandom(session, bytes, sizeof bytes), CKR_OK);
    assert_memory_not_equal(bytes, zeros, sizeof bytes);
    ok_rv(C_SeedRandom(session, bytes, sizeof bytes), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

/* The slot is there, its token is not. */
static void no_token(CK_RV want)
{
    CK_SLOT_ID slot;
    CK_ULONG count = 1;
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    ok_rv(C_GetSlotList(CK_TRUE, &slot, &count), CKR_OK);
    assert_int_equal(count, 0);
    count = 1;
    ok_rv(C_GetSlotList(CK_FALSE, &slot, &count), CKR_OK);
    assert_int_equal(count, 1);
    ok_rv(C_GetSlotInfo(slot, &info), CKR_OK);
    assert_int_equal(info.flags, 0);
    ok_rv(C_GetTokenInfo(slot, &token), want);
    ok_rv(C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), want);
}

static void without_a_helper_the_slot_is_empty(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("SEALWARD_HELPER"), 0);
    no_token(CKR_TOKEN_NOT_PRESENT);
    assert_int_equal(setenv("SEALWARD_HELPER", "relative/path", 1), 0);
    no_token(CKR_TOKEN_NOT_PRESENT);
    char path[300];
    memset(path, '/', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(setenv("SEALWARD_HELPER", path, 1), 0);
    no_token(CKR_TOKEN_NOT_PRESENT);
    assert_int_equal(setenv("SEALWARD_HELPER", "/nonexistent/helper", 1), 0);
    no_token(CKR_DEVICE_ERROR);
}

static void a_helper_of_another_kind_is_no_token(void **state)
{
    (void)state;
    helper_mode(HELPER_STRANGER);
    no_token(CKR_DEVICE_ERROR);
    helper_mode(HELPER_GARBAGE);
    no_token(CKR_DEVICE_ERROR);
    helper_mode(HELPER_SIGN);
    (void)module_session();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_all_68_functions),
        cmocka_unit_test(nothing_works_before_initialize_and_after_finalize),
        cmocka_unit_test_setup_teardown(wrong_arguments_are_refused_by_every_function, start, stop),
        cmocka_unit_test_setup_teardown(a_second_initialize_is_told_so, start, stop),
        cmocka_unit_test_setup_teardown(initialize_takes_what_hosts_pass, start, stop),
        cmocka_unit_test_setup_teardown(a_hosts_mutex_is_used_where_it_must_be, start, stop),
        cmocka_unit_test_setup_teardown(the_slot_and_its_token_are_described, start, stop),
        cmocka_unit_test_setup_teardown(hashing_mechanisms_are_always_listed, start, stop),
        cmocka_unit_test_setup_teardown(random_bytes_come_without_the_helper, start, stop),
        cmocka_unit_test_setup_teardown(without_a_helper_the_slot_is_empty, start, stop),
        cmocka_unit_test_setup_teardown(a_helper_of_another_kind_is_no_token, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
