/* Sessions, and logging in to a token that has no PIN. */
#include "unit/pkcs11/helper.h"

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
    ok_rv(C_Finalize(NULL), CKR_OK);
    helper_stop();
    return 0;
}

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    ok_rv(C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_equal(info.slotID, 1);
    return info.state;
}

static CK_SESSION_HANDLE rw_session(void)
{
    CK_SESSION_HANDLE session;
    ok_rv(C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), CKR_OK);
    return session;
}

static void reading_and_writing_sessions_are_accepted(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session;
    CK_TOKEN_INFO token;
    assert_int_equal(state_of(module_session()), CKS_RO_PUBLIC_SESSION);
    assert_int_equal(state_of(rw_session()), CKS_RW_PUBLIC_SESSION);
    ok_rv(C_OpenSession(1, 0, NULL, NULL, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    ok_rv(C_OpenSession(2, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_SLOT_ID_INVALID);
    ok_rv(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
    ok_rv(C_GetTokenInfo(1, &token), CKR_OK);
    assert_int_equal(token.ulSessionCount, 2);
    assert_int_equal(token.ulRwSessionCount, 1);
}

static void logging_in_is_accepted_with_anything(void **state)
{
    (void)state;
    uint8_t pin[] = "anything";
    CK_SESSION_HANDLE ro = module_session();
    CK_SESSION_HANDLE rw = rw_session();
    ok_rv(C_Logout(ro), CKR_USER_NOT_LOGGED_IN);
    ok_rv(C_Login(ro, CKU_USER, pin, 8), CKR_OK);
    assert_int_equal(state_of(ro), CKS_RO_USER_FUNCTIONS);
    assert_int_equal(state_of(rw), CKS_RW_USER_FUNCTIONS);
    ok_rv(C_Login(rw, CKU_USER, NULL, 0), CKR_USER_ALREADY_LOGGED_IN);
    ok_rv(C_Login(rw, CKU_SO, pin, 8), CKR_USER_TYPE_INVALID);
    ok_rv(C_Logout(rw), CKR_OK);
    assert_int_equal(state_of(ro), CKS_RO_PUBLIC_SESSION);
    ok_rv(C_Login(ro, CKU_USER, NULL, 0), CKR_OK);
}

static void the_last_session_takes_the_login_with_it(void **state)
{
    (void)state;
    CK_SESSION_HANDLE first = module_session();
    CK_SESSION_HANDLE second = module_session();
    ok_rv(C_Login(first, CKU_USER, NULL, 0), CKR_OK);
    ok_rv(C_CloseSession(first), CKR_OK);
    assert_int_equal(state_of(second), CKS_RO_USER_FUNCTIONS);
    ok_rv(C_CloseSession(second), CKR_OK);
    assert_int_equal(state_of(module_session()), CKS_RO_PUBLIC_SESSION);
}

static void a_closed_session_is_never_found_again(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = module_session();
    CK_SESSION_INFO info;
    ok_rv(C_CloseSession(session), CKR_OK);
    ok_rv(C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    assert_int_not_equal(module_session(), session);
    ok_rv(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);

    session = module_session();
    ok_rv(C_CloseAllSessions(2), CKR_SLOT_ID_INVALID);
    ok_rv(C_CloseAllSessions(1), CKR_OK);
    ok_rv(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);

    session = module_session();
    ok_rv(C_Finalize(NULL), CKR_OK);
    ok_rv(C_Initialize(NULL), CKR_OK);
    assert_int_not_equal(module_session(), session);
    ok_rv(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
}

static void sessions_have_a_limit(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session;
    CK_RV rv = CKR_OK;
    size_t count = 0;
    while (rv == CKR_OK && count <= 4096) {
        rv = C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session);
        count += rv == CKR_OK;
    }
    assert_int_equal(rv, CKR_SESSION_COUNT);
    assert_int_equal(count, 4096);
    ok_rv(C_CloseAllSessions(1), CKR_OK);
    (void)module_session();
}

static void the_token_cannot_be_changed(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = rw_session();
    CK_OBJECT_HANDLE key = module_find(session, CKO_PRIVATE_KEY, "rsa");
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE extractable = {CKA_EXTRACTABLE, &yes, sizeof yes};
    CK_OBJECT_HANDLE made;
    ok_rv(C_SetAttributeValue(session, key, &extractable, 1), CKR_TOKEN_WRITE_PROTECTED);
    ok_rv(C_DestroyObject(session, key), CKR_TOKEN_WRITE_PROTECTED);
    ok_rv(C_CreateObject(session, &extractable, 1, &made), CKR_TOKEN_WRITE_PROTECTED);
    ok_rv(C_CopyObject(session, key, &extractable, 1, &made), CKR_ACTION_PROHIBITED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reading_and_writing_sessions_are_accepted),
        CASE(logging_in_is_accepted_with_anything),
        CASE(the_last_session_takes_the_login_with_it),
        CASE(a_closed_session_is_never_found_again),
        CASE(sessions_have_a_limit),
        CASE(the_token_cannot_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
