#include "unit/ok.h"

#include "unit/token/place.h"
#include "token/handle.h"

#include <stdio.h>
#include <unistd.h>

static void a_wrong_pin_is_tried_once(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin("wrong");
    struct handle *h = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    ok_err(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e, ERR_REFUSED, "CKR_PIN_INCORRECT");
    assert_string_equal(e.rule, HANDLE_RULE_PIN);
    assert_null(h);
    assert_int_equal(place_count(&p, "count-C_Login"), 1);
    place_remove(&p);
}

static void softhsm_refuses_a_wrong_pin(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin("wrong");
    struct handle *h = NULL;
    struct err e;
    (void)state;
    place_softhsm(&p);
    ok_err(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e, ERR_REFUSED, "CKR_PIN_INCORRECT");
    place_remove(&p);
}

static void a_pin_refused_later_is_not_tried_again(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin(PLACE_PIN);
    AUTO(handle) h = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    ok_call(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e);
    place_write(&p, "pin", "another");
    assert_true(handle_lost(h, CKR_SESSION_HANDLE_INVALID));
    for (unsigned i = 0; i < 5; i++)
        ok_err(handle_ready(h, &e), e, ERR_REFUSED, "refuses the PIN");
    assert_int_equal(place_count(&p, "count-C_Login"), 2);
    place_remove(&p);
}

static void only_codes_of_loss_drop_the_session(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin(PLACE_PIN);
    AUTO(handle) h = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    ok_call(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e);
    assert_false(handle_lost(h, CKR_DATA_LEN_RANGE));
    assert_false(handle_lost(h, CKR_KEY_FUNCTION_NOT_PERMITTED));
    ok_call(handle_ready(h, &e), e);
    assert_int_equal(place_count(&p, "count-C_Login"), 1);
    assert_true(handle_lost(h, CKR_DEVICE_REMOVED));
    ok_call(handle_ready(h, &e), e);
    assert_int_equal(place_count(&p, "count-C_Login"), 2);
    place_remove(&p);
}

static void a_login_that_fails_for_a_moment_is_repeated(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin(PLACE_PIN);
    AUTO(handle) h = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    place_write(&p, "do-C_Login.once", "fail 0x5");
    ok_call(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e);
    assert_int_equal(place_count(&p, "count-C_Login"), 2);
    place_remove(&p);
}

static void an_absent_token_is_not_looked_for_at_each_call(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin(PLACE_PIN);
    AUTO(handle) h = NULL;
    struct err e;
    (void)state;
    place_mock(&p);
    ok_call(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e);
    place_write(&p, "away", "");
    assert_true(handle_lost(h, CKR_DEVICE_REMOVED));
    ok_err(handle_ready(h, &e), e, ERR_TOKEN, "no token has the label");
    size_t looked = place_count(&p, "count-C_GetSlotList");
    for (unsigned i = 0; i < 20; i++)
        ok_err(handle_ready(h, &e), e, ERR_TOKEN, "no token has the label");
    assert_int_equal(place_count(&p, "count-C_GetSlotList"), looked);
    place_delete(&p, "away");
    (void)usleep(300000);
    ok_call(handle_ready(h, &e), e);
    place_remove(&p);
}

static void a_softhsm_token_that_was_away_is_opened_again(void **state)
{
    struct place p;
    AUTO(secret) pin = place_pin(PLACE_PIN);
    AUTO(handle) h = NULL;
    struct err e;
    (void)state;
    place_softhsm(&p);
    ok_call(handle_open(&h, p.module, PLACE_LABEL, pin, &e), e);
    assert_int_equal(rename(place_path(&p, "tokens"), place_path(&p, "elsewhere")), 0);
    assert_true(handle_lost(h, CKR_DEVICE_REMOVED));
    assert_false(handle_ready(h, &e));
    assert_int_equal(rename(place_path(&p, "elsewhere"), place_path(&p, "tokens")), 0);
    (void)usleep(300000);
    ok_call(handle_ready(h, &e), e);
    place_remove(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_pin_is_tried_once),
        cmocka_unit_test(softhsm_refuses_a_wrong_pin),
        cmocka_unit_test(a_pin_refused_later_is_not_tried_again),
        cmocka_unit_test(only_codes_of_loss_drop_the_session),
        cmocka_unit_test(a_login_that_fails_for_a_moment_is_repeated),
        cmocka_unit_test(an_absent_token_is_not_looked_for_at_each_call),
        cmocka_unit_test(a_softhsm_token_that_was_away_is_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
