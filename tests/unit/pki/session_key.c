#include "vectors.h"

#include "pki/session_key.h"

static void what_a_session_key_signs_is_verified(void **state)
{
    (void)state;
    AUTO(session_key) key = NULL;
    AUTO(pubkey) public_half = NULL;
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    ok_call(session_key_generate(&key, &e), e);
    ok_call(pubkey_parse(&public_half, session_key_spki(key), &e), e);
    ok_call(session_key_sign(key, signature, bytes_text("message"), &e), e);
    ok_call(pubkey_verify(public_half, MECHANISM_ECDSA_SHA256, bytes_text("message"),
                          BYTES_OF(signature), &e),
            e);
    ok_err(pubkey_verify(public_half, MECHANISM_ECDSA_SHA256, bytes_text("massage"),
                         BYTES_OF(signature), &e),
           e, ERR_AUTH, "does not hold");
    signature[0] ^= 1;
    ok_err(pubkey_verify(public_half, MECHANISM_ECDSA_SHA256, bytes_text("message"),
                         BYTES_OF(signature), &e),
           e, ERR_AUTH, "does not hold");
}

static void two_session_keys_differ(void **state)
{
    (void)state;
    AUTO(session_key) one = NULL;
    AUTO(session_key) other = NULL;
    struct err e;
    ok_call(session_key_generate(&one, &e), e);
    ok_call(session_key_generate(&other, &e), e);
    assert_false(bytes_equal(session_key_spki(one), session_key_spki(other)));
}

static void an_exported_key_comes_back(void **state)
{
    (void)state;
    AUTO(session_key) key = NULL;
    AUTO(session_key) again = NULL;
    AUTO(session_key) none = NULL;
    AUTO_VALUE(buf) pkcs8 = BUF(1024);
    AUTO_VALUE(buf) tiny = BUF(20);
    struct err e;
    ok_call(session_key_generate(&key, &e), e);
    ok_call(session_key_export(key, &pkcs8, &e), e);
    ok_call(session_key_import(&again, buf_bytes(&pkcs8), &e), e);
    ok_bytes(session_key_spki(again), session_key_spki(key));
    ok_err(session_key_export(key, &tiny, &e), e, ERR_MEMORY, "session key");
    buf_put_u8(&pkcs8, 0);
    ok_err(session_key_import(&none, buf_bytes(&pkcs8), &e), e, ERR_INPUT, "no P-256 private key");
    assert_null(none);
}

/* Made with openssl genpkey (EC with P-256, EC with P-384, ED25519) and openssl pkcs8 -topk8. They
 * guard nothing. */
#define P256_PKCS8                                                                                 \
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b020101042040a8927deaa922a9eb"   \
    "45e097deb40d70c52b49b925f9ad4cf4e7602215ce45e8a144034200047b3b4fc9adad09f7a09106bdfa266de0"   \
    "46d33a52d079386d0c50e6c67ef0bcf4484fffbfc7fb8703e81fcb5be7b6a8cd7b08e5e7feb4927ccbefe9563e"   \
    "3f7a32"
#define P384_PKCS8                                                                                 \
    "3081b6020100301006072a8648ce3d020106052b8104002204819e30819b020101043000c5aac96162d26ea89a"   \
    "04b7779e8b9076b578f14f06b23d40f3baec5186ad9c80ec0a13ff55580eba1a7a5bafd78e03a164036200043f"   \
    "5f8c6c0745815103e2d34c2057f0c2c1038f720b4f762752dcc0a531fb64ebcb3f710eb6a82727b576352ce293"   \
    "cad8c18ea5d1f821c0eb06173ff3cd18d5c098b9e16211dcd75d008a3dfec48479beef1785f74be76f0a3b9e61"   \
    "73e76aa892"
#define ED25519_PKCS8                                                                              \
    "302e020100300506032b65700422042011f3d9e036b8d537eabceddad7a46e5854f401467b0effdcb6a72011da"   \
    "759727"

static void a_key_made_by_openssl_is_imported(void **state)
{
    (void)state;
    AUTO(session_key) key = NULL;
    AUTO_VALUE(buf) pkcs8 = BUF(1024);
    AUTO_VALUE(buf) spki = BUF(1024);
    struct err e;
    ok_call(session_key_import(&key, vectors_hex(&pkcs8, bytes_text(P256_PKCS8)), &e), e);
    ok_bytes(session_key_spki(key),
             vectors_hex(&spki, bytes_text("3059301306072a8648ce3d020106082a8648ce3d030107034200047"
                                           "b3b4fc9adad09f7a09106bdfa266de046d3"
                                           "3a52d079386d0c50e6c67ef0bcf4484fffbfc7fb8703e81fcb5be7b"
                                           "6a8cd7b08e5e7feb4927ccbefe9563e3f7a"
                                           "32")));
}

static void import_refused(const char *hex, size_t change, enum err_code code, const char *part)
{
    AUTO(session_key) key = NULL;
    AUTO_VALUE(buf) pkcs8 = BUF(4096);
    struct err e = {0};
    vectors_hex(&pkcs8, bytes_text(hex));
    if (change > 0)
        pkcs8.data[change] ^= 1;
    ok_err(session_key_import(&key, buf_bytes(&pkcs8), &e), e, code, part);
    assert_null(key);
}

static void other_keys_are_not_imported(void **state)
{
    (void)state;
    import_refused("", 0, ERR_INPUT, "no P-256 private key");
    import_refused("30", 0, ERR_INPUT, "no P-256 private key");
    import_refused(P384_PKCS8, 0, ERR_INPUT, "no P-256 private key");
    import_refused(ED25519_PKCS8, 0, ERR_INPUT, "no P-256 private key");
    /* one bit of the private number: the halves no longer fit */
    import_refused(P256_PKCS8, 50, ERR_INPUT, "do not fit");
}

static void a_huge_key_is_not_imported(void **state)
{
    (void)state;
    static const uint8_t zeros[2000];
    AUTO(session_key) key = NULL;
    struct err e;
    ok_err(session_key_import(&key, BYTES_OF(zeros), &e), e, ERR_LIMIT, "too large");
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_session_key_signs_is_verified),
        cmocka_unit_test(two_session_keys_differ),
        cmocka_unit_test(an_exported_key_comes_back),
        cmocka_unit_test(a_key_made_by_openssl_is_imported),
        cmocka_unit_test(other_keys_are_not_imported),
        cmocka_unit_test(a_huge_key_is_not_imported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
