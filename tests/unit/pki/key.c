#include "vectors.h"

#include "pki/digestinfo.h"
#include "pki/ecdsa.h"

/* ---- Published vectors ---- */

static void result_check(struct bytes result, bool held, struct bytes comment)
{
    if (bytes_is(result, "valid") != held)
        fail_msg("%.*s: %.*s came out %s", BYTES_PRINT(comment), BYTES_PRINT(result),
                 held ? "valid" : "invalid");
}

typedef bool verify_function(const struct pubkey *key, struct bytes message, struct bytes signature,
                             struct err *e);

/* Every case of the file; what is merely "acceptable" there is refused here. */
static void vectors_run(const char *name, verify_function *verify, size_t expected)
{
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO_VALUE(buf) message = BUF(1 << 16);
    AUTO_VALUE(buf) signature = BUF(1 << 16);
    AUTO(pubkey) key = NULL;
    struct bytes field[VECTOR_FIELDS];
    size_t count = 0;
    vectors_read(&text, name);
    struct bytes rest = buf_bytes(&text);
    while (vectors_next(&rest, field)) {
        struct err e = {0};
        if (bytes_is(field[0], "key")) {
            vectors_key(&key, field[1]);
            continue;
        }
        bool held =
            verify(key, vectors_hex(&message, field[1]), vectors_hex(&signature, field[2]), &e);
        result_check(field[0], held, field[3]);
        assert_true(held || e.code == ERR_AUTH || e.code == ERR_INPUT);
        count++;
    }
    assert_int_equal(count, expected);
}

static bool ecdsa_der_verify(const struct pubkey *key, struct bytes message, struct bytes signature,
                             struct err *e)
{
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    return ecdsa_from_der(raw, sizeof raw / 2, signature, e) &&
           pubkey_verify(key, MECHANISM_ECDSA_SHA256, message, BYTES_OF(raw), e);
}

static bool rsa_verify(const struct pubkey *key, struct bytes message, struct bytes signature,
                       struct err *e)
{
    return pubkey_verify(key, MECHANISM_RSA_PKCS1_SHA256, message, signature, e);
}

static bool ed25519_verify(const struct pubkey *key, struct bytes message, struct bytes signature,
                           struct err *e)
{
    return pubkey_verify(key, MECHANISM_ED25519, message, signature, e);
}

static void published_ecdsa_signatures_are_judged_right(void **state)
{
    (void)state;
    vectors_run("ecdsa-p256-sha256.txt", ecdsa_der_verify, 484);
}

static void published_rsa_signatures_are_judged_right(void **state)
{
    (void)state;
    vectors_run("rsa-3072-sha256.txt", rsa_verify, 259);
}

static void published_ed25519_signatures_are_judged_right(void **state)
{
    (void)state;
    vectors_run("ed25519.txt", ed25519_verify, 151);
}

/* ---- Keys ---- */

/* The P-256 base point. */
#define P256_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define P256_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define P256_HEAD "3059301306072a8648ce3d020106082a8648ce3d030107034200"
#define ED25519_HEAD "302a300506032b6570032100"
/* RFC 8032 7.1, test 1. */
#define ED25519_KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void p256_keys_are_read_and_written(void **state)
{
    (void)state;
    AUTO(pubkey) key = NULL;
    AUTO_VALUE(buf) spki = BUF(256);
    AUTO_VALUE(buf) point = BUF(256);
    AUTO_VALUE(buf) built = BUF(256);
    vectors_key(&key, bytes_text(P256_HEAD "04" P256_X P256_Y));
    assert_int_equal(pubkey_kind(key), KEY_P256);
    assert_int_equal(pubkey_bits(key), 256);
    vectors_hex(&point, bytes_text("04" P256_X P256_Y));
    ok_bytes(pubkey_raw(key), buf_bytes(&point));
    ok_bytes(pubkey_spki(key), vectors_hex(&spki, bytes_text(P256_HEAD "04" P256_X P256_Y)));
    spki_put_p256(&built, buf_bytes(&point));
    ok_bytes(buf_bytes(&built), buf_bytes(&spki));
}

static void ed25519_keys_are_read_and_written(void **state)
{
    (void)state;
    AUTO(pubkey) key = NULL;
    AUTO_VALUE(buf) raw = BUF(256);
    AUTO_VALUE(buf) built = BUF(256);
    vectors_key(&key, bytes_text(ED25519_HEAD ED25519_KEY));
    assert_int_equal(pubkey_kind(key), KEY_ED25519);
    ok_bytes(pubkey_raw(key), vectors_hex(&raw, bytes_text(ED25519_KEY)));
    spki_put_ed25519(&built, buf_bytes(&raw));
    ok_bytes(buf_bytes(&built), pubkey_spki(key));
}

static void rsa_keys_of_accepted_sizes_are_read_and_written(void **state)
{
    (void)state;
    static const unsigned sizes[] = {2048, 3072, 4096};
    static const uint8_t exponent[] = {0x01, 0x00, 0x01};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO(pubkey) key = NULL;
        AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
        uint8_t modulus[512];
        struct err e;
        memset(modulus, 0xa5, sizeof modulus);
        spki_put_rsa(&spki, bytes_make(modulus, sizes[i] / 8), BYTES_OF(exponent));
        ok_call(pubkey_parse(&key, buf_bytes(&spki), &e), e);
        assert_int_equal(pubkey_kind(key), KEY_RSA);
        assert_int_equal(pubkey_bits(key), sizes[i]);
        ok_bytes(pubkey_raw(key), bytes_make(modulus, sizes[i] / 8));
    }
}

static void rsa_refused(size_t size, uint8_t fill, const char *exponent_hex, const char *part)
{
    struct pubkey *key = NULL;
    AUTO_VALUE(buf) spki = BUF(2048);
    AUTO_VALUE(buf) exponent = BUF(64);
    uint8_t modulus[1024];
    struct err e = {0};
    memset(modulus, fill, sizeof modulus);
    spki_put_rsa(&spki, bytes_make(modulus, size),
                 vectors_hex(&exponent, bytes_text(exponent_hex)));
    ok_err(pubkey_parse(&key, buf_bytes(&spki), &e), e, ERR_INPUT, part);
    assert_null(key);
}

static void rsa_keys_that_cannot_be_good_are_refused(void **state)
{
    (void)state;
    rsa_refused(128, 0xa5, "010001", "1024 bits");
    rsa_refused(256, 0x75, "010001", "2047 bits");
    rsa_refused(513, 0xa5, "010001", "4104 bits");
    rsa_refused(384, 0xa4, "010001", "even");
    rsa_refused(384, 0xa5, "010000", "exponent");
    rsa_refused(384, 0xa5, "01", "exponent");
    rsa_refused(384, 0xa5, "00", "exponent");
    rsa_refused(384, 0xa5, "010000000000000001", "exponent");
    rsa_refused(0, 0, "010001", "0 bits");
}

/* Key, code and part of the message. */
static const struct {
    const char *hex;
    const char *part;
} refused[] = {
    {"", "missing"},
    {P256_HEAD "04" P256_X P256_Y "00", "too many"},
    {P256_HEAD "04" P256_X "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f4",
     "no EC public key"},
    {P256_HEAD "06" P256_X P256_Y, "uncompressed"},
    {"3039301306072a8648ce3d020106082a8648ce3d030107032200"
     "03" P256_X,
     "uncompressed"},
    {"3019301306072a8648ce3d020106082a8648ce3d03010703020000", "uncompressed"},
    /* parameters: absent, NULL, P-384's name */
    {"304d300906072a8648ce3d0201034000" P256_X P256_Y, "missing"},
    {"3051300b06072a8648ce3d0201050003420004" P256_X P256_Y, "another type"},
    {"3056301006072a8648ce3d020106052b81040022034200"
     "04" P256_X P256_Y,
     "not P-256"},
    {ED25519_HEAD "d75a98", "longer"},
    {"302c300706032b65700500032100" ED25519_KEY, "more in it"},
    {"3029300506032b6570032000"
     "75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511",
     "31 bytes"},
    {"302a300506032b6571032100" ED25519_KEY, "not an EC, RSA or Ed25519"},
    {"302a300506032b6570032101" ED25519_KEY, "whole octets"},
    /* small order, and a coordinate of p + 3 in place of 3 */
    {ED25519_HEAD "0100000000000000000000000000000000000000000000000000000000000080", "sound"},
    {ED25519_HEAD "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "sound"},
    {ED25519_HEAD "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "sound"},
    {ED25519_HEAD "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "sound"},
    {ED25519_HEAD "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "sound"},
};

static void other_keys_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct pubkey *key = NULL;
        AUTO_VALUE(buf) spki = BUF(512);
        struct err e = {0};
        vectors_hex(&spki, bytes_text(refused[i].hex));
        ok_err(pubkey_parse(&key, buf_bytes(&spki), &e), e, ERR_INPUT, refused[i].part);
        assert_null(key);
    }
}

static void a_huge_key_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[KEY_SPKI_MAX + 1];
    struct pubkey *key = NULL;
    struct err e;
    ok_err(pubkey_parse(&key, BYTES_OF(zeros), &e), e, ERR_LIMIT, "too large");
    assert_null(key);
}

static void a_mechanism_must_fit_the_key(void **state)
{
    (void)state;
    AUTO(pubkey) key = NULL;
    static const uint8_t digest[32], signature[64], forty[40];
    struct err e;
    vectors_key(&key, bytes_text(ED25519_HEAD ED25519_KEY));
    ok_err(pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), BYTES_OF(signature),
                                &e),
           e, ERR_INPUT, "ecdsa-sha256 is for p256 keys");
    ok_err(pubkey_verify_digest(key, MECHANISM_ED25519, BYTES_OF(digest), BYTES_OF(signature), &e),
           e, ERR_INPUT, "signs a message");
    vectors_key(&key, bytes_text(P256_HEAD "04" P256_X P256_Y));
    ok_err(pubkey_verify(key, MECHANISM_RSA_PKCS1_SHA256, BYTES_NONE, BYTES_OF(signature), &e), e,
           ERR_INPUT, "rsa-pkcs1-sha256 is for rsa keys");
    ok_err(
        pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, BYTES_OF(forty), BYTES_OF(signature), &e),
        e, ERR_INPUT, "digest of 40 bytes");
    ok_err(pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), BYTES_OF(forty), &e),
           e, ERR_AUTH, "40 bytes instead of 64");
    ok_err(pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), BYTES_OF(signature),
                                &e),
           e, ERR_AUTH, "does not hold");
}

static void mechanisms_have_stable_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ecdsa-sha256",     "ecdsa-sha384",     "ecdsa-sha512", "rsa-pkcs1-sha256",
        "rsa-pkcs1-sha384", "rsa-pkcs1-sha512", "ed25519",
    };
    struct err e;
    for (int i = 0; i < MECHANISM_COUNT; i++) {
        enum mechanism m = MECHANISM_COUNT, again;
        enum digest_alg alg = DIGEST_SHA256;
        ok_call(mechanism_from_name(&m, bytes_text(names[i]), &e), e);
        assert_int_equal(m, i);
        assert_string_equal(mechanism_name(m), names[i]);
        assert_true(mechanism_digest(m, &alg) == (m != MECHANISM_ED25519));
        again = mechanism_of(mechanism_key_kind(m), alg);
        assert_int_equal(again, m);
    }
    enum mechanism m = MECHANISM_ED25519;
    ok_err(mechanism_from_name(&m, bytes_text("ecdsa-sha1"), &e), e, ERR_INPUT, "ecdsa-sha1");
    assert_int_equal(m, MECHANISM_ED25519);
}

/* ---- Forms of signatures ---- */

static void ecdsa_signatures_change_form_and_back(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"3006020101020102", "00000001"
                             "00000002"},
        {"3008020200ff02020100", "000000ff"
                                 "00000100"},
        {"300c020400ffffff0204"
         "7fffffff",
         "00ffffff"
         "7fffffff"},
        {"300e020500ffffffff0205"
         "0080000000",
         "ffffffff"
         "80000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) der = BUF(64);
        AUTO_VALUE(buf) raw = BUF(64);
        AUTO_VALUE(buf) again = BUF(64);
        uint8_t got[8];
        struct err e;
        vectors_hex(&der, bytes_text(cases[i][0]));
        vectors_hex(&raw, bytes_text(cases[i][1]));
        ok_call(ecdsa_from_der(got, 4, buf_bytes(&der), &e), e);
        ok_bytes(BYTES_OF(got), buf_bytes(&raw));
        ecdsa_put_der(&again, BYTES_OF(got));
        ok_bytes(buf_bytes(&again), buf_bytes(&der));
    }
}

static void ecdsa_signatures_not_in_der_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"3006020100020102", "zero"},
        {"30060201ff020102", "negative"},
        {"30070202"
         "0001020102",
         "shortest form"},
        {"300a0205"
         "0100000000020101",
         "larger"},
        {"300602010102010200", "too many"},
        {"3009020101020102020103", "more in it"},
        {"3003020101", "missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) der = BUF(64);
        uint8_t got[8], untouched[8];
        struct err e = {0};
        memset(got, 0xcd, sizeof got);
        memset(untouched, 0xcd, sizeof untouched);
        vectors_hex(&der, bytes_text(cases[i][0]));
        ok_err(ecdsa_from_der(got, 4, buf_bytes(&der), &e), e, ERR_INPUT, cases[i][1]);
        ok_bytes(BYTES_OF(got), BYTES_OF(untouched));
    }
}

static void a_digestinfo_has_one_form(void **state)
{
    (void)state;
    static const uint8_t digest[DIGEST_MAX] = {1, 2, 3};
    for (int i = 0; i < DIGEST_COUNT; i++) {
        uint8_t info[DIGESTINFO_MAX + 1] = {0};
        enum digest_alg alg;
        struct bytes got = BYTES_NONE;
        struct err e;
        size_t size = digestinfo_build(info, (enum digest_alg)i, digest);
        ok_call(digestinfo_parse(&alg, &got, bytes_make(info, size), &e), e);
        assert_int_equal(alg, i);
        ok_bytes(got, bytes_make(digest, digest_size(alg)));
        got = BYTES_NONE;
        ok_err(digestinfo_parse(&alg, &got, bytes_make(info, size - 1), &e), e, ERR_INPUT,
               "no DigestInfo");
        ok_err(digestinfo_parse(&alg, &got, bytes_make(info, size + 1), &e), e, ERR_INPUT,
               "no DigestInfo");
        info[16] = 0x06;
        ok_err(digestinfo_parse(&alg, &got, bytes_make(info, size), &e), e, ERR_INPUT,
               "no DigestInfo");
        assert_null(got.data);
    }
}

/* RFC 8017 9.2, note 1. */
static void a_digestinfo_is_the_published_one(void **state)
{
    (void)state;
    static const uint8_t digest[DIGEST_MAX];
    AUTO_VALUE(buf) want = BUF(64);
    uint8_t info[DIGESTINFO_MAX];
    digestinfo_build(info, DIGEST_SHA512, digest);
    vectors_hex(&want, bytes_text("3051300d060960864801650304020305000440"));
    ok_bytes(bytes_make(info, 19), buf_bytes(&want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_ecdsa_signatures_are_judged_right),
        cmocka_unit_test(published_rsa_signatures_are_judged_right),
        cmocka_unit_test(published_ed25519_signatures_are_judged_right),
        cmocka_unit_test(p256_keys_are_read_and_written),
        cmocka_unit_test(ed25519_keys_are_read_and_written),
        cmocka_unit_test(rsa_keys_of_accepted_sizes_are_read_and_written),
        cmocka_unit_test(rsa_keys_that_cannot_be_good_are_refused),
        cmocka_unit_test(other_keys_are_refused),
        cmocka_unit_test(a_huge_key_is_refused),
        cmocka_unit_test(a_mechanism_must_fit_the_key),
        cmocka_unit_test(mechanisms_have_stable_names),
        cmocka_unit_test(ecdsa_signatures_change_form_and_back),
        cmocka_unit_test(ecdsa_signatures_not_in_der_are_refused),
        cmocka_unit_test(a_digestinfo_has_one_form),
        cmocka_unit_test(a_digestinfo_is_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
