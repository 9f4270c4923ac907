#include "peer.h"
#include "unit/page.h"

#include "base/base64.h"
#include "base/limits.h"
#include "pki/auto.h"
#include "pki/ctx.h"
#include "pki/session_key.h"
#include "pki/sshsig.h"

#define MESSAGE "the statement that is signed"

static void string_put(struct buf *b, struct bytes string)
{
    buf_put_u32(b, (uint32_t)string.size);
    buf_put(b, string);
}

static void text_put(struct buf *b, const char *text)
{
    string_put(b, bytes_text(text));
}

/* ---- Signatures by ssh-keygen ---- */

static void peer_key_make(const char *type, const char *bits)
{
    const char *arguments[] = {"-q", "-t",  type, "-b", bits, "-N", "", "-C", "release-engineer",
                               "-f", "key", NULL};
    (void)unlink("key");
    (void)unlink("key.pub");
    assert_int_equal(peer_run("/dev/null", "output", arguments), 0);
}

static void peer_sign(struct buf *ret_blob, const char *space, const char *hash)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_SSHSIG_ARMOUR);
    const char *arguments[] = {"-Y", "sign", "-n", space, "-f", "key", "-O", hash, "message", NULL};
    struct err e;
    (void)unlink("message.sig");
    peer_file_write("message", bytes_text(MESSAGE));
    assert_int_equal(peer_run("/dev/null", "output", arguments), 0);
    peer_file_read(&text, "message.sig");
    buf_reset(ret_blob);
    ok_call(sshsig_unarmour(ret_blob, buf_bytes(&text), &e), e);
}

static void fingerprint_check(struct bytes blob)
{
    AUTO_VALUE(buf) shown = BUF(4096);
    const char *arguments[] = {"-l", "-f", "key.pub", NULL};
    char fingerprint[SSHKEY_FINGERPRINT_SIZE];
    assert_int_equal(peer_run("/dev/null", "output", arguments), 0);
    peer_file_read(&shown, "output");
    sshkey_fingerprint(fingerprint, blob);
    assert_non_null(strstr(buf_string(&shown), fingerprint));
}

static void peer_case(const char *type, const char *bits, const char *hash, enum sshkey_kind kind)
{
    AUTO_VALUE(buf) line = BUF(LIMIT_SSH_LINE);
    AUTO_VALUE(buf) key = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct bytes comment;
    struct sshsig sig;
    struct err e;
    peer_key_make(type, bits);
    peer_sign(&blob, SSHSIG_NAMESPACE, hash);
    ok_call(sshkey_line_parse(&key, &comment, peer_file_read(&line, "key.pub"), &e), e);
    ok_text(comment, "release-engineer");
    ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
    assert_int_equal(sig.key.kind, kind);
    assert_int_equal(sig.key.bits, strtoul(bits, NULL, 10));
    ok_bytes(sig.key.blob, buf_bytes(&key));
    assert_int_equal(sig.flags, 0);
    fingerprint_check(sig.key.blob);

    ok_call(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text(MESSAGE), &e), e);
    ok_err(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text("another"), &e), e, ERR_AUTH,
           "does not hold");
    ok_err(sshsig_verify(&sig, "file", bytes_text(MESSAGE), &e), e, ERR_AUTH, "namespace");
}

static void signatures_by_ssh_keygen_are_verified(void **state)
{
    (void)state;
    peer_case("ed25519", "256", "hashalg=sha512", SSHKEY_ED25519);
    peer_case("ed25519", "256", "hashalg=sha256", SSHKEY_ED25519);
    peer_case("ecdsa", "256", "hashalg=sha512", SSHKEY_ECDSA_P256);
    peer_case("ecdsa", "384", "hashalg=sha512", SSHKEY_ECDSA_P384);
    peer_case("ecdsa", "521", "hashalg=sha256", SSHKEY_ECDSA_P521);
    peer_case("rsa", "3072", "hashalg=sha512", SSHKEY_RSA);
    peer_case("rsa", "2048", "hashalg=sha256", SSHKEY_RSA);
}

static void a_signature_for_another_namespace_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct sshsig sig;
    struct err e;
    peer_key_make("ed25519", "256");
    peer_sign(&blob, "git", "hashalg=sha512");
    ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
    ok_err(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text(MESSAGE), &e), e, ERR_AUTH,
           "namespace \"git\"");
}

static void no_changed_byte_goes_unnoticed(void **state)
{
    (void)state;
    static const char *const types[][2] = {{"ed25519", "256"}, {"ecdsa", "256"}, {"rsa", "2048"}};
    for (size_t t = 0; t < 3; t++) {
        AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
        peer_key_make(types[t][0], types[t][1]);
        peer_sign(&blob, SSHSIG_NAMESPACE, "hashalg=sha512");
        for (size_t i = 0; i < blob.size; i++) {
            struct sshsig sig;
            struct err e;
            blob.data[i] ^= 0x04;
            if (sshsig_parse(&sig, buf_bytes(&blob), &e))
                assert_false(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text(MESSAGE), &e));
            blob.data[i] ^= 0x04;
        }
    }
}

/* ---- Signatures as the client builds them, judged by ssh-keygen ---- */

struct hardware {
    bool is;
    uint8_t flags;
    uint32_t counter;
};

/* What an sk- key signs in place of the message. */
static void hardware_message(struct buf *b, const struct hardware *hardware)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    digest_sha256(digest, buf_bytes(b));
    buf_reset(b);
    uint8_t *place = buf_grow(b, DIGEST_SHA256_SIZE);
    digest_sha256(place, bytes_text("ssh:"));
    buf_put_u8(b, hardware->flags);
    buf_put_u32(b, hardware->counter);
    buf_put(b, BYTES_OF(digest));
}

static void number_put(struct buf *b, struct bytes number)
{
    AUTO_VALUE(buf) mpint = BUF(128);
    while (number.size > 0 && number.data[0] == 0)
        number = bytes_make(number.data + 1, number.size - 1);
    if (number.size > 0 && number.data[0] >= 0x80)
        buf_put_u8(&mpint, 0);
    buf_put(&mpint, number);
    string_put(b, buf_bytes(&mpint));
}

/* The parts of one signature: who signs, over what, in wire form. */
struct made {
    struct buf key;
    struct buf message;
    struct buf signature;
};

static void made_done(struct made *made)
{
    buf_done(&made->key);
    buf_done(&made->message);
    buf_done(&made->signature);
}
AUTO_DONE(made)

#define MADE                                                                                       \
    {                                                                                              \
        .key = BUF(1024), .message = BUF(1024), .signature = BUF(1024)                             \
    }

static void message_make(struct made *made, const struct hardware *hardware)
{
    sshsig_put_signed(&made->message, SSHSIG_NAMESPACE, DIGEST_SHA512, bytes_text(MESSAGE));
    if (hardware->is)
        hardware_message(&made->message, hardware);
}

static void signature_put(struct made *made, const char *name, struct bytes signature,
                          const struct hardware *hardware)
{
    text_put(&made->signature, name);
    string_put(&made->signature, signature);
    if (!hardware->is)
        return;
    buf_put_u8(&made->signature, hardware->flags);
    buf_put_u32(&made->signature, hardware->counter);
}

static void ecdsa_make(struct made *made, const struct hardware *hardware)
{
    AUTO(session_key) signer = NULL;
    AUTO(pubkey) public_half = NULL;
    AUTO_VALUE(buf) numbers = BUF(256);
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    const char *name = hardware->is ? "sk-ecdsa-sha2-nistp256@openssh.com" : "ecdsa-sha2-nistp256";
    struct err e;
    ok_call(session_key_generate(&signer, &e), e);
    ok_call(pubkey_parse(&public_half, session_key_spki(signer), &e), e);
    text_put(&made->key, name);
    text_put(&made->key, "nistp256");
    string_put(&made->key, pubkey_raw(public_half));
    if (hardware->is)
        text_put(&made->key, "ssh:");
    message_make(made, hardware);
    ok_call(session_key_sign(signer, raw, buf_bytes(&made->message), &e), e);
    number_put(&numbers, bytes_make(raw, 32));
    number_put(&numbers, bytes_make(raw + 32, 32));
    signature_put(made, name, buf_bytes(&numbers), hardware);
}

static void ed25519_sign(uint8_t ret[64], uint8_t ret_key[32], struct bytes message, bool sign)
{
    static const uint8_t secret[32] = "an Ed25519 key for the tests...";
    OSSL_LIB_CTX *library;
    struct err e;
    size_t size = 32, signature_size = 64;
    ok_call(ctx_get(&library, &e), e);
    AUTO(evp_pkey_st)
    key = EVP_PKEY_new_raw_private_key_ex(library, "ED25519", NULL, secret, sizeof secret);
    AUTO(evp_md_ctx_st) ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_PKEY_get_raw_public_key(key, ret_key, &size), 1);
    if (!sign)
        return;
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, NULL, library, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(ctx, ret, &signature_size, message.data, message.size), 1);
}

static void ed25519_make(struct made *made, const struct hardware *hardware)
{
    uint8_t key[32], signature[64];
    const char *name = hardware->is ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519";
    ed25519_sign(signature, key, BYTES_NONE, false);
    text_put(&made->key, name);
    string_put(&made->key, BYTES_OF(key));
    if (hardware->is)
        text_put(&made->key, "ssh:");
    message_make(made, hardware);
    ed25519_sign(signature, key, buf_bytes(&made->message), true);
    signature_put(made, name, BYTES_OF(signature), hardware);
}

/* ssh-keygen agrees that the signature is one over the message. */
static void peer_check(struct bytes blob, bool good)
{
    AUTO_VALUE(buf) armour = BUF(LIMIT_SSHSIG_ARMOUR);
    AUTO_VALUE(buf) text = BUF(LIMIT_SSHSIG_ARMOUR);
    AUTO_VALUE(buf) again = BUF(LIMIT_SSHSIG);
    const char *arguments[] = {"-Y", "check-novalidate", "-n", SSHSIG_NAMESPACE,
                               "-s", "ours.sig",         NULL};
    struct err e;
    base64_put(&text, blob);
    buf_put_text(&armour, "-----BEGIN SSH SIGNATURE-----\n");
    for (size_t at = 0; at < text.size; at += 70) {
        buf_put(&armour, bytes_make(text.data + at, text.size - at < 70 ? text.size - at : 70));
        buf_put_text(&armour, "\n");
    }
    buf_put_text(&armour, "-----END SSH SIGNATURE-----\n");
    peer_file_write("ours.sig", buf_bytes(&armour));
    peer_file_write("message", bytes_text(MESSAGE));
    assert_true((peer_run("message", "output", arguments) == 0) == good);
    ok_call(sshsig_unarmour(&again, buf_bytes(&armour), &e), e);
    ok_bytes(buf_bytes(&again), blob);
}

typedef void make_function(struct made *made, const struct hardware *hardware);

static void build_case(make_function *make, const struct hardware *hardware, enum sshkey_kind kind)
{
    AUTO_VALUE(made) made = MADE;
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct sshsig sig;
    struct err e;
    make(&made, hardware);
    ok_call(sshsig_build(&blob, buf_bytes(&made.key), SSHSIG_NAMESPACE, DIGEST_SHA512,
                         buf_bytes(&made.signature), &e),
            e);
    ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
    assert_int_equal(sig.key.kind, kind);
    assert_true(sshkey_is_hardware(kind) == hardware->is);
    assert_int_equal(sig.flags, hardware->flags);
    assert_int_equal(sig.counter, hardware->counter);
    ok_text(sig.key.application, hardware->is ? "ssh:" : "");
    ok_call(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text(MESSAGE), &e), e);
    peer_check(buf_bytes(&blob), true);
    if (!hardware->is)
        return;
    /* flags and counter are signed too */
    blob.data[blob.size - 5] ^= SSHSIG_VERIFIED;
    ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
    ok_err(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text(MESSAGE), &e), e, ERR_AUTH,
           "does not hold");
    peer_check(buf_bytes(&blob), false);
}

static void signatures_built_for_an_agent_hold_for_ssh_keygen(void **state)
{
    (void)state;
    static const struct hardware none = {.is = false};
    build_case(ed25519_make, &none, SSHKEY_ED25519);
    build_case(ecdsa_make, &none, SSHKEY_ECDSA_P256);
}

static void signatures_by_hardware_hold_with_flags_and_counter(void **state)
{
    (void)state;
    static const struct hardware present = {true, SSHSIG_PRESENT, 7};
    static const struct hardware verified = {true, SSHSIG_PRESENT | SSHSIG_VERIFIED, 0x01020304};
    build_case(ed25519_make, &present, SSHKEY_SK_ED25519);
    build_case(ed25519_make, &verified, SSHKEY_SK_ED25519);
    build_case(ecdsa_make, &present, SSHKEY_SK_ECDSA_P256);
    build_case(ecdsa_make, &verified, SSHKEY_SK_ECDSA_P256);
}

static void a_signature_of_another_type_cannot_be_built(void **state)
{
    (void)state;
    static const struct hardware none = {.is = false};
    static const struct hardware present = {true, SSHSIG_PRESENT, 7};
    AUTO_VALUE(made) plain = MADE;
    AUTO_VALUE(made) hardware = MADE;
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct err e;
    ed25519_make(&plain, &none);
    ed25519_make(&hardware, &present);
    ok_err(sshsig_build(&blob, buf_bytes(&plain.key), SSHSIG_NAMESPACE, DIGEST_SHA512,
                        buf_bytes(&hardware.signature), &e),
           e, ERR_INPUT, "does not fit a key of type ssh-ed25519");
    ok_err(sshsig_build(&blob, buf_bytes(&hardware.key), SSHSIG_NAMESPACE, DIGEST_SHA512,
                        buf_bytes(&plain.signature), &e),
           e, ERR_INPUT, "does not fit a key of type sk-ssh-ed25519");
    assert_int_equal(blob.size, 0);
}

/* ---- Blobs that are not as they should be ---- */

struct blob_parts {
    const char *magic;
    uint32_t version;
    const char *key_type;
    size_t key_size;
    const char *space;
    const char *reserved;
    const char *hash;
    const char *signature_type;
    size_t signature_size;
    const char *behind;
    const char *part; /* of the message */
};

static const uint8_t base_point[32] = {
    0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
};

static void blob_make(struct buf *b, const struct blob_parts *parts)
{
    static const uint8_t zeros[128];
    AUTO_VALUE(buf) key = BUF(512);
    AUTO_VALUE(buf) signature = BUF(512);
    text_put(&key, parts->key_type);
    string_put(&key, bytes_make(base_point, parts->key_size));
    text_put(&signature, parts->signature_type);
    string_put(&signature, bytes_make(zeros, parts->signature_size));
    buf_put_text(b, parts->magic);
    buf_put_u32(b, parts->version);
    string_put(b, buf_bytes(&key));
    text_put(b, parts->space);
    text_put(b, parts->reserved);
    text_put(b, parts->hash);
    string_put(b, buf_bytes(&signature));
    buf_put_text(b, parts->behind);
}

#define ED "ssh-ed25519"
static const struct blob_parts bad_blobs[] = {
    {"SSHSIK", 1, ED, 32, "n", "", "sha512", ED, 64, "", "no SSH signature"},
    {"SSHSIG", 2, ED, 32, "n", "", "sha512", ED, 64, "", "version 2"},
    {"SSHSIG", 0, ED, 32, "n", "", "sha512", ED, 64, "", "version 0"},
    {"SSHSIG", 1, ED, 32, "", "", "sha512", ED, 64, "", "no namespace"},
    {"SSHSIG", 1, ED, 32, "n", "x", "sha512", ED, 64, "", "SSH signature"},
    {"SSHSIG", 1, ED, 32, "n", "", "sha1", ED, 64, "", "\"sha1\""},
    {"SSHSIG", 1, ED, 32, "n", "", "sha384", ED, 64, "", "\"sha384\""},
    {"SSHSIG", 1, ED, 32, "n", "", "", ED, 64, "", "the hash"},
    {"SSHSIG", 1, ED, 31, "n", "", "sha512", ED, 64, "", "31 bytes instead of 32"},
    {"SSHSIG", 1, "ssh-dss", 32, "n", "", "sha512", ED, 64, "", "ssh-dss"},
    {"SSHSIG", 1, "ssh-ed25519-cert-v01@openssh.com", 32, "n", "", "sha512", ED, 64, "", "cert"},
    {"SSHSIG", 1, ED, 32, "n", "", "sha512", "rsa-sha2-512", 64, "", "does not fit"},
    {"SSHSIG", 1, ED, 32, "n", "", "sha512", ED, 63, "", "63 bytes instead of 64"},
    {"SSHSIG", 1, ED, 32, "n", "", "sha512", ED, 65, "", "65 bytes instead of 64"},
    {"SSHSIG", 1, ED, 32, "n", "", "sha512", ED, 64, "x", "SSH signature"},
};

static void parse_refused(struct bytes blob, enum err_code code, const char *part)
{
    struct sshsig sig, untouched;
    struct err e = {0};
    memset(&sig, 0xcd, sizeof sig);
    memset(&untouched, 0xcd, sizeof untouched);
    ok_err(sshsig_parse(&sig, blob, &e), e, code, part);
    assert_memory_equal(&sig, &untouched, sizeof sig);
}

static void each_malformed_blob_gets_its_own_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_blobs / sizeof bad_blobs[0]; i++) {
        AUTO_VALUE(buf) b = BUF(1024);
        blob_make(&b, &bad_blobs[i]);
        parse_refused(buf_bytes(&b), ERR_INPUT, bad_blobs[i].part);
    }
}

static void every_truncation_of_a_blob_is_refused(void **state)
{
    (void)state;
    static const struct blob_parts good = {"SSHSIG", 1, ED, 32, "n", "", "sha512", ED, 64, "", ""};
    AUTO_VALUE(buf) b = BUF(1024);
    struct sshsig sig;
    struct err e;
    blob_make(&b, &good);
    ok_call(sshsig_parse(&sig, buf_bytes(&b), &e), e);
    for (size_t size = 0; size < b.size; size++)
        parse_refused(bytes_make(b.data, size), ERR_INPUT, "");
}

static void a_huge_blob_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[LIMIT_SSHSIG + 1];
    parse_refused(BYTES_OF(zeros), ERR_LIMIT, "too large");
}

static void armour_that_is_not_as_it_should_be_is_refused(void **state)
{
    (void)state;
#define TOP "-----BEGIN SSH SIGNATURE-----\n"
#define END "-----END SSH SIGNATURE-----"
    static const char *const cases[][2] = {
        {"", "does not start"},
        {"AAAA\n" END, "does not start"},
        {" " TOP "AAAA\n" END, "does not start"},
        {TOP "AAAA\n", "does not end"},
        {TOP "AAAA\n\n" END, "empty or too long"},
        {TOP "AAAA\r\n" END, "SSH signature"},
        {TOP "AA AA\n" END, "SSH signature"},
        {TOP "AAAAA\n" END, "SSH signature"},
        {TOP "AAAA\n" END "\nmore", "behind"},
        {TOP
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" END,
         "empty or too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) b = BUF(1024);
        struct err e = {0};
        ok_err(sshsig_unarmour(&b, bytes_text(cases[i][0]), &e), e, ERR_INPUT, cases[i][1]);
        assert_int_equal(b.size, 0);
    }
    AUTO_VALUE(buf) b = BUF(1024);
    struct err e;
    ok_call(sshsig_unarmour(&b, bytes_text(TOP "AAAA\nAAAA\n" END), &e), e);
    assert_int_equal(b.size, 6);
}

/* ---- The page ---- */

static void the_examples_of_the_page_hold(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) key = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    char fingerprint[SSHKEY_FINGERPRINT_SIZE];
    size_t place = 0;
    struct sshsig sig;
    struct err e;
    page_read(&page, "sshsig-and-tokens.md");
    ok_call(sshkey_line_parse(&key, NULL, page_block(&page, "sshkey", &place), &e), e);
    sshkey_fingerprint(fingerprint, buf_bytes(&key));
    ok_bytes(page_block(&page, "fingerprint", &place), bytes_text(fingerprint));
    ok_call(sshsig_unarmour(&blob, page_block(&page, "sshsig", &place), &e), e);
    ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
    ok_bytes(sig.key.blob, buf_bytes(&key));
    ok_call(sshsig_verify(&sig, SSHSIG_NAMESPACE, bytes_text("{\"type\":\"approve\"}"), &e), e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_page_hold),
        cmocka_unit_test(each_malformed_blob_gets_its_own_error),
        cmocka_unit_test(every_truncation_of_a_blob_is_refused),
        cmocka_unit_test(a_huge_blob_is_refused),
        cmocka_unit_test(armour_that_is_not_as_it_should_be_is_refused),
        cmocka_unit_test(signatures_by_ssh_keygen_are_verified),
        cmocka_unit_test(a_signature_for_another_namespace_is_refused),
        cmocka_unit_test(no_changed_byte_goes_unnoticed),
        cmocka_unit_test(signatures_built_for_an_agent_hold_for_ssh_keygen),
        cmocka_unit_test(signatures_by_hardware_hold_with_flags_and_counter),
        cmocka_unit_test(a_signature_of_another_type_cannot_be_built),
    };
    if (access(PEER, X_OK) != 0) {
        (void)fprintf(stderr, "skipped: %s is not here (package openssh-client)\n", PEER);
        return 77;
    }
    return cmocka_run_group_tests(tests, peer_setup, peer_teardown);
}
