#include "unit/ok.h"

#include "base/base64.h"
#include "base/limits.h"
#include "pki/sshkey.h"

/* Public keys that ssh-keygen made; the private halves are gone. The sk- key is an Ed25519 key with
 * an application put behind it. */
#define ED25519_BLOB "AAAAC3NzaC1lZDI1NTE5AAAAICzreqELhxTVXJ8KwgbtWsYEJKS/+43WLVOzrJ6kb3uN"
#define ED25519_LINE "ssh-ed25519 " ED25519_BLOB " officer-1\n"
#define P256_LINE                                                                                  \
    "ecdsa-sha2-nistp256 "                                                                         \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCVAfiTx2Tl0my16MPt894aRH5Ly"             \
    "DHXBBrDj+9Qu5YnsQs/FGQJa8F2b9arrfPuU+FOk7zWBwOYHWZb7zo9WBYU="                                 \
    " officer-1\n"
#define P384_LINE                                                                                  \
    "ecdsa-sha2-nistp384 "                                                                         \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBIdgyQkADsGBq2pcfakZT5zlye8y"             \
    "PLi9FTxjvwS6I6xu9PYWjD2zf6ejl6pwVzoaxhtx4133FmxKCP/hlEzimLs6o5Jf3U9zJFQzZ/kTM0qH"             \
    "h+/rUBDpJ8dhTXEKaCOyig=="                                                                     \
    " officer-1\n"
#define P521_LINE                                                                                  \
    "ecdsa-sha2-nistp521 "                                                                         \
    "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAG0g7U1mNE8ZowFc4lOGrFJD8hC"             \
    "xcRrT0LCrLF08FEcfdC23nj8avmdemMgfATglTDH9nJ/iARv2ReBht0mDvTZ9ADEYG9ZnK/yFFjH1Utt"             \
    "B56RWWMi6FOOU/ggURNHMWYKrx0lbTakPuXaTyFdYETXKz+A5C/K1ZkDoHfcXq4ZQc3STQ=="                     \
    " officer-1\n"
#define RSA_LINE                                                                                   \
    "ssh-rsa "                                                                                     \
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCngeAjDyTYE+IIwobQ8cSO6Ws0PpPc5ZBU41CZdbLlJYGroqqi"             \
    "kO5Tjy/1UJj2W3l8cKQtqPgQj/Tw34nP1K8eOV9j22DpUUwV/8efGb5Vpc+hjNFXqk7iiIDDCRyReq2E"             \
    "0nggNRy44drfdwsWjU5ghNU8oYLFpEsvkoA1dBjsm9hCt6tDCUd0GtQThniuxSWp9n3blnI7StCFB0WI"             \
    "DINsDjwDF+GHLuGsKW9tHubELPmqRiFXtOSSdCYxLZGueSwieVOUKDOzPgC/ejh9H7+6HEaH/rc+Bk94"             \
    "yDTk8R3lQmaJZDPwgVj25/VgnqSo2W/ZnXHKfhEiF38JNUMEg3Vx"                                         \
    " officer-1\n"
#define SK_LINE                                                                                    \
    "sk-ssh-ed25519@openssh.com "                                                                  \
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICzreqELhxTVXJ8KwgbtWsYEJKS/+43WLVOz"             \
    "rJ6kb3uNAAAABHNzaDo="                                                                         \
    " officer-1\n"

static void line_case(const char *line, enum sshkey_kind kind, unsigned bits)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    struct bytes comment = BYTES_NONE;
    struct sshkey key;
    struct err e;
    ok_call(sshkey_line_parse(&blob, &comment, bytes_text(line), &e), e);
    ok_text(comment, "officer-1");
    ok_call(sshkey_parse(&key, buf_bytes(&blob), &e), e);
    assert_int_equal(key.kind, kind);
    assert_int_equal(key.bits, bits);
    ok_bytes(key.blob, buf_bytes(&blob));
}

static void public_key_lines_are_read(void **state)
{
    (void)state;
    line_case(ED25519_LINE, SSHKEY_ED25519, 256);
    line_case(P256_LINE, SSHKEY_ECDSA_P256, 256);
    line_case(P384_LINE, SSHKEY_ECDSA_P384, 384);
    line_case(P521_LINE, SSHKEY_ECDSA_P521, 521);
    line_case(RSA_LINE, SSHKEY_RSA, 2048);
    line_case(SK_LINE, SSHKEY_SK_ED25519, 256);
}

static void the_comment_and_the_newline_may_be_missing(void **state)
{
    (void)state;
    static const size_t tails[] = {0, 1, sizeof " officer-1", sizeof "officer-1"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
        struct bytes comment = BYTES_NONE;
        struct err e;
        struct bytes line = bytes_make(ED25519_LINE, sizeof ED25519_LINE - 1 - tails[i]);
        ok_call(sshkey_line_parse(&blob, &comment, line, &e), e);
        assert_true(comment.size == (i < 2 ? 9 : 0));
        ok_call(sshkey_line_parse(&blob, NULL, line, &e), e);
    }
}

static void line_refused(const char *line, enum err_code code, const char *part)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    struct bytes comment = BYTES_NONE;
    struct err e = {0};
    ok_err(sshkey_line_parse(&blob, &comment, bytes_text(line), &e), e, code, part);
    assert_int_equal(blob.size, 0);
    assert_null(comment.data);
}

static void other_lines_are_refused(void **state)
{
    (void)state;
    line_refused("", ERR_INPUT, "\"\" is not accepted");
    line_refused("\n", ERR_INPUT, "\"\" is not accepted");
    line_refused("ssh-ed25519", ERR_INPUT, "SSH key type \"\"");
    line_refused("ssh-dss AAAA", ERR_INPUT, "ssh-dss");
    line_refused(" " ED25519_LINE, ERR_INPUT, "\"\" is not accepted");
    line_refused("no-pty " ED25519_LINE, ERR_INPUT, "no-pty");
    line_refused(ED25519_LINE "\n", ERR_INPUT, "one line");
    line_refused(ED25519_LINE "x", ERR_INPUT, "one line");
    line_refused("ssh-ed25519  AAAA", ERR_INPUT, "");
    line_refused("ssh-ed25519 AAA", ERR_INPUT, "SSH public key");
    line_refused("ssh-rsa " ED25519_BLOB, ERR_INPUT, "says \"ssh-rsa\"");
    char huge[LIMIT_SSH_LINE + 2];
    memset(huge, 'A', sizeof huge);
    huge[sizeof huge - 1] = '\0';
    line_refused(huge, ERR_LIMIT, "too long");
}

/* ---- Blobs ---- */

static void string_put(struct buf *b, struct bytes string)
{
    buf_put_u32(b, (uint32_t)string.size);
    buf_put(b, string);
}

static void blob_refused(struct buf *blob, const char *part)
{
    struct sshkey key, untouched;
    struct err e = {0};
    memset(&key, 0xcd, sizeof key);
    memset(&untouched, 0xcd, sizeof untouched);
    ok_err(sshkey_parse(&key, buf_bytes(blob), &e), e, ERR_INPUT, part);
    assert_memory_equal(&key, &untouched, sizeof key);
    buf_reset(blob);
}

static void rsa_put(struct buf *b, struct bytes exponent, struct bytes modulus)
{
    string_put(b, bytes_text("ssh-rsa"));
    string_put(b, exponent);
    string_put(b, modulus);
}

static void rsa_keys_in_another_encoding_are_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    static const uint8_t exponent[] = {0x00, 0x01, 0x00, 0x01}, even[] = {0x02};
    uint8_t modulus[258];
    memset(modulus, 0xa5, sizeof modulus);
    modulus[0] = 0;
    struct bytes small = bytes_make(exponent + 1, 3);
    struct bytes good = bytes_make(modulus, 257);
    struct sshkey key;
    struct err e;
    rsa_put(&b, small, good);
    ok_call(sshkey_parse(&key, buf_bytes(&b), &e), e);
    assert_int_equal(key.bits, 2048);
    buf_put_u8(&b, 0);
    blob_refused(&b, "the SSH key");
    rsa_put(&b, BYTES_OF(exponent), good); /* a zero too many */
    blob_refused(&b, "the SSH key");
    rsa_put(&b, small, bytes_make(modulus + 1, 256)); /* negative */
    blob_refused(&b, "the SSH key");
    rsa_put(&b, BYTES_NONE, good);
    blob_refused(&b, "the SSH key");
    rsa_put(&b, BYTES_OF(even), good);
    blob_refused(&b, "exponent");
    rsa_put(&b, small, bytes_make(modulus, 129));
    blob_refused(&b, "1024 bits");
}

static void ecdsa_put(struct buf *b, const char *type, const char *curve, uint8_t form, size_t size)
{
    uint8_t point[200] = {form, 1, 2, 3};
    string_put(b, bytes_text(type));
    string_put(b, bytes_text(curve));
    string_put(b, bytes_make(point, size));
}

static void ecdsa_keys_in_another_encoding_are_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    ecdsa_put(&b, "ecdsa-sha2-nistp256", "nistp384", 4, 65);
    blob_refused(&b, "curve");
    ecdsa_put(&b, "ecdsa-sha2-nistp256", "nistp256", 4, 97);
    blob_refused(&b, "97 bytes instead of 65");
    ecdsa_put(&b, "ecdsa-sha2-nistp256", "nistp256", 2, 33);
    blob_refused(&b, "33 bytes instead of 65");
    ecdsa_put(&b, "ecdsa-sha2-nistp256", "nistp256", 6, 65);
    blob_refused(&b, "uncompressed");
    ecdsa_put(&b, "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", 4, 65); /* no application */
    blob_refused(&b, "the SSH key");
}

static void keys_of_no_strength_are_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    static const uint8_t one[32] = {1};
    string_put(&b, bytes_text("ssh-ed25519"));
    string_put(&b, BYTES_OF(one));
    blob_refused(&b, "sound");
}

static void a_huge_blob_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[LIMIT_SSH_KEY + 1];
    struct sshkey key;
    struct err e;
    ok_err(sshkey_parse(&key, BYTES_OF(zeros), &e), e, ERR_LIMIT, "too large");
}

static void a_fingerprint_is_what_ssh_keygen_shows(void **state)
{
    (void)state;
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    char fingerprint[SSHKEY_FINGERPRINT_SIZE];
    struct err e;
    ok_call(sshkey_line_parse(&blob, NULL, bytes_text(ED25519_LINE), &e), e);
    sshkey_fingerprint(fingerprint, buf_bytes(&blob));
    assert_string_equal(fingerprint, "SHA256:45/+FxM8EKmIHdpxM3BQ9N9F4IauH/kXWQLImsrnleU");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_key_lines_are_read),
        cmocka_unit_test(the_comment_and_the_newline_may_be_missing),
        cmocka_unit_test(other_lines_are_refused),
        cmocka_unit_test(rsa_keys_in_another_encoding_are_refused),
        cmocka_unit_test(ecdsa_keys_in_another_encoding_are_refused),
        cmocka_unit_test(keys_of_no_strength_are_refused),
        cmocka_unit_test(a_huge_blob_is_refused),
        cmocka_unit_test(a_fingerprint_is_what_ssh_keygen_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
