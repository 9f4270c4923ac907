#include "unit/ok.h"

#include "unit/token/place.h"
#include "token/module.h"

static void codes_have_their_names(void **state)
{
    char room[MODULE_CODE_ROOM];
    struct err e;
    (void)state;
    assert_string_equal(module_code_name(CKR_DEVICE_REMOVED, room), "CKR_DEVICE_REMOVED");
    assert_string_equal(module_code_name(CKR_PIN_LOCKED, room), "CKR_PIN_LOCKED");
    assert_string_equal(module_code_name(0x80000001UL, room), "CKR 0x80000001");
    assert_false(module_error(&e, "C_Sign", CKR_DEVICE_ERROR));
    assert_string_equal(e.message, "C_Sign: CKR_DEVICE_ERROR");
    assert_int_equal(e.code, ERR_TOKEN);
}

static void what_cannot_be_loaded_is_said(void **state)
{
    struct module *m = (struct module *)(uintptr_t)0x55;
    struct err e;
    (void)state;
    ok_err(module_open(&m, "libsofthsm2.so", &e), e, ERR_STATE, "must be absolute");
    ok_err(module_open(&m, "/nonexistent/module.so", &e), e, ERR_STATE, "/nonexistent/module.so");
    ok_err(module_open(&m, "/lib/x86_64-linux-gnu/libc.so.6", &e), e, ERR_STATE,
           "not a PKCS#11 module");
    assert_ptr_equal(m, (void *)(uintptr_t)0x55);
}

static void a_token_is_found_by_its_whole_label(void **state)
{
    struct place p;
    AUTO(module) m = NULL;
    CK_SLOT_ID slot = 99;
    struct err e;
    (void)state;
    place_softhsm(&p);
    ok_call(module_open(&m, p.module, &e), e);
    ok_err(module_find_token(&slot, m, "moc", 0, &e), e, ERR_NOT_FOUND, "moc");
    ok_err(module_find_token(&slot, m, "mock2", 2, &e), e, ERR_NOT_FOUND, "mock2");
    ok_err(module_find_token(&slot, m, "", 0, &e), e, ERR_INPUT, "1 to 32 bytes");
    ok_err(module_find_token(&slot, m, "123456789012345678901234567890123", 0, &e), e, ERR_INPUT,
           "1 to 32 bytes");
    assert_int_equal(slot, 99);
    ok_call(module_find_token(&slot, m, PLACE_LABEL, 0, &e), e);
    assert_int_not_equal(slot, 99);
    place_remove(&p);
}

static void two_tokens_with_one_label_are_refused(void **state)
{
    const char *const again[] = {
        "softhsm2-util", "--init-token", "--free",   "--label", PLACE_LABEL,
        "--pin",         "1234",         "--so-pin", "5678",    NULL};
    struct place p;
    AUTO(module) m = NULL;
    CK_SLOT_ID slot = 99;
    struct err e;
    (void)state;
    place_softhsm(&p);
    assert_int_equal(place_run(again), 0);
    ok_call(module_open(&m, p.module, &e), e);
    ok_err(module_find_token(&slot, m, PLACE_LABEL, 0, &e), e, ERR_CONFLICT, "2 tokens");
    place_remove(&p);
}

static void a_token_seen_late_is_waited_for(void **state)
{
    struct place p;
    AUTO(module) m = NULL;
    CK_SLOT_ID slot = 99;
    struct err e;
    (void)state;
    place_mock(&p);
    ok_call(module_open(&m, p.module, &e), e);
    place_write(&p, "do-C_GetTokenInfo.once", "fail 0xe1");
    ok_call(module_find_token(&slot, m, PLACE_LABEL, 3, &e), e);
    assert_int_equal(place_count(&p, "count-C_GetTokenInfo"), 2);
    place_remove(&p);
}

static void a_module_that_does_not_start_names_the_code(void **state)
{
    struct place p;
    struct module *m = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    place_write(&p, "do-C_Initialize", "fail 0x30");
    ok_err(module_open(&m, p.module, &e), e, ERR_TOKEN, "C_Initialize: CKR_DEVICE_ERROR");
    assert_null(m);
    place_remove(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_their_names),
        cmocka_unit_test(what_cannot_be_loaded_is_said),
        cmocka_unit_test(a_token_is_found_by_its_whole_label),
        cmocka_unit_test(two_tokens_with_one_label_are_refused),
        cmocka_unit_test(a_token_seen_late_is_waited_for),
        cmocka_unit_test(a_module_that_does_not_start_names_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
