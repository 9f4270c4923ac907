#include "unit/ok.h"

#include "unit/token/place.h"
#include "pki/key.h"
#include "token/keys.h"
#include "token/sign.h"

#include <stdio.h>
#include <unistd.h>

struct bench {
    struct place place;
    struct secret *pin;
    struct handle *h;
    struct arena a;
    struct keys_key key;
};

static void bench_open(struct bench *b, enum key_kind kind)
{
    bool found = false;
    struct err e;
    b->pin = place_pin(PLACE_PIN);
    b->h = NULL;
    b->a = ARENA(4u << 20);
    ok_call(handle_open(&b->h, b->place.module, PLACE_LABEL, b->pin, &e), e);
    ok_call(keys_generate(&b->key, &found, b->h, kind, bytes_text("key"), &b->a, &e), e);
}

static void bench_done(struct bench *b)
{
    handle_free(b->h);
    secret_free(b->pin);
    arena_done(&b->a);
    place_remove(&b->place);
}
AUTO_DONE(bench)

static void sign_and_verify(struct bench *b, enum mechanism mechanism)
{
    uint8_t digest[DIGEST_MAX];
    struct bytes message = bytes_text("to be signed");
    struct bytes data = message;
    enum digest_alg alg;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    AUTO(pubkey) key = NULL;
    struct err e;
    if (mechanism_digest(mechanism, &alg))
        data = bytes_make(digest, digest_compute(digest, alg, message));
    ok_call(sign_data(&signature, b->h, b->key.id, mechanism, data, &e), e);
    ok_call(pubkey_parse(&key, b->key.spki, &e), e);
    ok_call(pubkey_verify(key, mechanism, message, buf_bytes(&signature), &e), e);
}

static void softhsm_signs(enum key_kind kind)
{
    AUTO_VALUE(bench) b;
    place_softhsm(&b.place);
    bench_open(&b, kind);
    for (unsigned m = 0; m < MECHANISM_COUNT; m++)
        if (mechanism_key_kind((enum mechanism)m) == kind)
            sign_and_verify(&b, (enum mechanism)m);
}

static void softhsm_signs_with_p256(void **state)
{
    (void)state;
    softhsm_signs(KEY_P256);
}

static void softhsm_signs_with_rsa(void **state)
{
    (void)state;
    softhsm_signs(KEY_RSA);
}

/* SoftHSM's Ed25519 is tried in a worker (pool.c): it leaks memory at each signature. */
static void ed25519_signs_the_message_itself(void **state)
{
    AUTO_VALUE(bench) b;
    (void)state;
    place_mock(&b.place);
    bench_open(&b, KEY_ED25519);
    sign_and_verify(&b, MECHANISM_ED25519);
}

static void another_mechanism_than_the_keys_is_refused(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b, KEY_P256);
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_RSA_PKCS1_SHA256, BYTES_OF(digest), &e),
           e, ERR_INPUT, "another kind");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ED25519, BYTES_OF(digest), &e), e,
           ERR_INPUT, "another kind");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA384, BYTES_OF(digest), &e), e,
           ERR_INPUT, "a digest of 48 bytes, not 32");
    assert_int_equal(signature.size, 0);
    sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
}

static void an_unknown_key_is_not_found(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    uint8_t id[32] = {2};
    bool found;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b, KEY_P256);
    ok_err(sign_data(&signature, b.h, BYTES_OF(id), MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e),
           e, ERR_NOT_FOUND, "no private key with that id");
    sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
    ok_call(keys_destroy(&found, b.h, b.key.id, b.key.label, &e), e);
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e), e,
           ERR_NOT_FOUND, "no private key with that id");
    assert_int_equal(signature.size, 0);
}

static void a_signature_of_wrong_length_is_refused(void **state)
{
    static const char *const orders[] = {"length 63", "length 65", "length 1"};
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b, KEY_P256);
    for (size_t i = 0; i < 3; i++) {
        place_write(&b.place, "do-C_Sign", orders[i]);
        ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e),
               e, ERR_TOKEN, "not 64");
    }
    place_write(&b.place, "do-C_Sign", "length 513");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e), e,
           ERR_TOKEN, "CKR_BUFFER_TOO_SMALL");
    assert_int_equal(signature.size, 0);
    place_delete(&b.place, "do-C_Sign");
    sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
}

static void an_rsa_signature_is_as_long_as_the_modulus(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b, KEY_RSA);
    place_write(&b.place, "do-C_Sign.once", "length 256");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_RSA_PKCS1_SHA256, BYTES_OF(digest), &e),
           e, ERR_TOKEN, "256 bytes, not 384");
    sign_and_verify(&b, MECHANISM_RSA_PKCS1_SHA256);
}

static void a_token_that_blinks_is_survived(void **state)
{
    static const char *const orders[] = {"fail 0x32", "fail 0xb3", "fail 0x60", "fail 0x5",
                                         "fail 0x101"};
    AUTO_VALUE(bench) b;
    (void)state;
    place_mock(&b.place);
    bench_open(&b, KEY_P256);
    for (size_t i = 0; i < 5; i++) {
        place_write(&b.place, "do-C_Sign.once", orders[i]);
        sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
        place_write(&b.place, "do-C_SignInit.once", orders[i]);
        sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
    }
}

static void a_failure_is_named_and_not_repeated_for_ever(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b, KEY_P256);
    place_write(&b.place, "do-C_Sign", "fail 0x30");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e), e,
           ERR_TOKEN, "C_Sign: CKR_DEVICE_ERROR");
    assert_int_equal(place_count(&b.place, "count-C_Sign"), 2);
    place_write(&b.place, "do-C_Sign", "fail 0x68");
    ok_err(sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e), e,
           ERR_TOKEN, "C_Sign: CKR_KEY_FUNCTION_NOT_PERMITTED");
    assert_int_equal(place_count(&b.place, "count-C_Sign"), 3);
}

/* SoftHSM's files moved away and back under an open session. */
static void a_softhsm_token_that_goes_and_comes_back_signs_again(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    uint8_t digest[32] = {1};
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b, KEY_P256);
    sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
    assert_int_equal(rename(place_path(&b.place, "tokens"), place_path(&b.place, "away")), 0);
    bool still = sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e);
    assert_true(handle_lost(b.h, CKR_DEVICE_REMOVED));
    if (!still)
        assert_int_equal(e.code, ERR_TOKEN);
    assert_false(
        sign_data(&signature, b.h, b.key.id, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), &e));
    assert_int_equal(rename(place_path(&b.place, "away"), place_path(&b.place, "tokens")), 0);
    (void)usleep(300000);
    sign_and_verify(&b, MECHANISM_ECDSA_SHA256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softhsm_signs_with_p256),
        cmocka_unit_test(softhsm_signs_with_rsa),
        cmocka_unit_test(ed25519_signs_the_message_itself),
        cmocka_unit_test(another_mechanism_than_the_keys_is_refused),
        cmocka_unit_test(an_unknown_key_is_not_found),
        cmocka_unit_test(a_signature_of_wrong_length_is_refused),
        cmocka_unit_test(an_rsa_signature_is_as_long_as_the_modulus),
        cmocka_unit_test(a_token_that_blinks_is_survived),
        cmocka_unit_test(a_failure_is_named_and_not_repeated_for_ever),
        cmocka_unit_test(a_softhsm_token_that_goes_and_comes_back_signs_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
