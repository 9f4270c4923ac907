#include "unit/ok.h"

#include "base/hex.h"
#include "pki/auto.h"
#include "pki/ctx.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "pki/session_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* FIPS 180-4, examples of one and two blocks, and of no byte at all. */
static const struct {
    enum digest_alg alg;
    const char *message;
    const char *digest;
} vectors[] = {
    {DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {DIGEST_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {DIGEST_SHA384,
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
     "fcc7c71a557e2db966c3e9fa91746039"},
    {DIGEST_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {DIGEST_SHA512,
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
     "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

static void published_digests_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t want[DIGEST_MAX], got[DIGEST_MAX];
        struct bytes message = bytes_text(vectors[i].message);
        struct err e;
        size_t size = digest_size(vectors[i].alg);
        ok_call(hex_decode(want, size, bytes_text(vectors[i].digest), &e), e);
        assert_int_equal(digest_compute(got, vectors[i].alg, message), size);
        ok_bytes(bytes_make(got, size), bytes_make(want, size));
        for (size_t cut = 0; cut <= message.size; cut += 7) {
            struct digest running, branch;
            digest_init(&running, vectors[i].alg);
            digest_add(&running, bytes_make(message.data, cut));
            branch = running;
            digest_add(&branch, bytes_make(message.data + cut, message.size - cut));
            assert_int_equal(digest_final(&branch, got), size);
            ok_bytes(bytes_make(got, size), bytes_make(want, size));
        }
    }
}

static void pieces_hash_like_the_whole(void **state)
{
    (void)state;
    uint8_t whole[DIGEST_SHA256_SIZE], pieces[DIGEST_SHA256_SIZE];
    digest_sha256(whole, bytes_text("onetwothree"));
    digest_sha256_pair(pieces, bytes_text("onetwo"), bytes_text("three"));
    ok_bytes(BYTES_OF(pieces), BYTES_OF(whole));
    digest_sha256_triple(pieces, bytes_text("one"), bytes_text("two"), bytes_text("three"));
    ok_bytes(BYTES_OF(pieces), BYTES_OF(whole));
}

static void algorithms_are_found_by_name_and_identifier(void **state)
{
    (void)state;
    static const uint8_t sha384[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02};
    static const uint8_t sha224[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04};
    enum digest_alg alg = DIGEST_SHA256;
    struct err e;
    ok_call(digest_from_name(&alg, bytes_text("sha512"), &e), e);
    assert_int_equal(alg, DIGEST_SHA512);
    ok_call(digest_from_oid(&alg, BYTES_OF(sha384), &e), e);
    assert_int_equal(alg, DIGEST_SHA384);
    ok_err(digest_from_name(&alg, bytes_text("SHA256"), &e), e, ERR_INPUT, "SHA256");
    ok_err(digest_from_name(&alg, bytes_text("sha1"), &e), e, ERR_INPUT, "sha1");
    ok_err(digest_from_oid(&alg, BYTES_OF(sha224), &e), e, ERR_INPUT, "2.16.840.1.101.3.4.2.4");
    assert_int_equal(alg, DIGEST_SHA384);
}

/* ---- Under an openssl.cnf that makes the default context useless ---- */

static char folder[] = "/tmp/sealward-digest-test.XXXXXX";
static char config[sizeof folder + 16];

static void config_write(void)
{
    FILE *file = fopen(config, "w");
    assert_non_null(file);
    (void)fputs("openssl_conf = main\n[main]\nalg_section = algs\n"
                "[algs]\ndefault_properties = fips=yes\n",
                file);
    assert_int_equal(fclose(file), 0);
}

static int hostile_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(config, sizeof config, "%s/openssl.cnf", folder);
    config_write();
    return setenv("OPENSSL_CONF", config, 1);
}

static int hostile_teardown(void **state)
{
    (void)state;
    (void)unlink(config);
    return rmdir(folder);
}

/* Runs first in the program: the configuration is read once, at the first use of libcrypto. */
static void a_hostile_configuration_changes_nothing(void **state)
{
    (void)state;
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf};
    AUTO(session_key) key = NULL;
    AUTO(pubkey) public_half = NULL;
    uint8_t signature[KEY_P256_SIGNATURE_SIZE], digest[DIGEST_SHA256_SIZE];
    struct err e;

    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_MD_free(md);
    assert_null(md); /* the default context is as useless as it should be for this test */

    digest_sha256(digest, bytes_text("abc"));
    ok_bytes(bytes_make(digest, sizeof abc), BYTES_OF(abc));
    ok_call(session_key_generate(&key, &e), e);
    ok_call(session_key_sign(key, signature, bytes_text("message"), &e), e);
    ok_call(pubkey_parse(&public_half, session_key_spki(key), &e), e);
    ok_call(pubkey_verify(public_half, MECHANISM_ECDSA_SHA256, bytes_text("message"),
                          BYTES_OF(signature), &e),
            e);
}

static void the_context_is_made_once(void **state)
{
    (void)state;
    OSSL_LIB_CTX *first = NULL, *second = NULL;
    struct err e;
    ok_call(ctx_get(&first, &e), e);
    ok_call(ctx_get(&second, &e), e);
    assert_ptr_equal(first, second);
    assert_non_null(first);
}

static void an_error_of_the_library_becomes_the_cause(void **state)
{
    (void)state;
    struct err e;
    ERR_raise(ERR_LIB_EVP, EVP_R_DECODE_ERROR);
    assert_false(ctx_error(&e, "key %d cannot be read", 7));
    assert_string_equal(e.message, "key 7 cannot be read");
    assert_string_equal(e.cause, "decode error");
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hostile_configuration_changes_nothing, hostile_setup,
                                        hostile_teardown),
        cmocka_unit_test(published_digests_come_out),
        cmocka_unit_test(pieces_hash_like_the_whole),
        cmocka_unit_test(algorithms_are_found_by_name_and_identifier),
        cmocka_unit_test(the_context_is_made_once),
        cmocka_unit_test(an_error_of_the_library_becomes_the_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
