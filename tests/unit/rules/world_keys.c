#include "world_keys.h"

#include "base/base64.h"
#include "base/limits.h"
#include "pki/auto.h"
#include "pki/ecdsa.h"
#include "pki/sshsig.h"
#include "pki/sshwire.h"

static const struct {
    const char *name;
    enum sshkey_kind kind;
} hands[HANDS] = {
    [OFFICER_1] = {"officer-1", SSHKEY_ED25519},
    [OFFICER_2] = {"officer-2", SSHKEY_ECDSA_P256},
    [OFFICER_3] = {"officer-3", SSHKEY_ED25519},
    [OFFICER_3_AGAIN] = {"officer-3", SSHKEY_RSA},
    [APPROVER_1] = {"approver-1", SSHKEY_SK_ED25519},
    [APPROVER_2] = {"approver-2", SSHKEY_ED25519},
    [ENGINEER] = {"release-engineer", SSHKEY_ED25519},
    [MACHINE] = {"machine", SSHKEY_ED25519},
    [OUTSIDER] = {"outsider", SSHKEY_ED25519},
};

static EVP_PKEY *hand_keys[HANDS];
static uint8_t blobs[HANDS][LIMIT_SSH_KEY];
static size_t blob_sizes[HANDS];

const char *hand_name(enum hand hand)
{
    return hands[hand].name;
}

static void text_put(struct buf *b, const char *text)
{
    sshwire_put_string(b, bytes_text(text));
}

/* A positive mpint (RFC 4251 section 5). */
static void number_put(struct buf *b, struct bytes number)
{
    while (number.size > 0 && number.data[0] == 0)
        number = bytes_make(number.data + 1, number.size - 1);
    bool sign = number.size > 0 && number.data[0] >= 0x80;
    buf_put_u32(b, (uint32_t)(number.size + sign));
    if (sign)
        buf_put_u8(b, 0);
    buf_put(b, number);
}

static void parameter_put(struct buf *b, const EVP_PKEY *key, const char *name)
{
    uint8_t bytes[512];
    AUTO(bignum_st) number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
    number_put(b, bytes_make(bytes, (size_t)BN_bn2bin(number, bytes)));
}

static void point_put(struct buf *b, const EVP_PKEY *key)
{
    uint8_t point[133];
    size_t size = sizeof point;
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size),
        1);
    sshwire_put_string(b, bytes_make(point, size));
}

static void raw_put(struct buf *b, const EVP_PKEY *key)
{
    uint8_t raw[32];
    size_t size = sizeof raw;
    assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &size), 1);
    sshwire_put_string(b, BYTES_OF(raw));
}

static EVP_PKEY *key_new(enum sshkey_kind kind)
{
    if (kind == SSHKEY_RSA)
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    if (kind == SSHKEY_ECDSA_P256)
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static void blob_put(struct buf *b, enum sshkey_kind kind, const EVP_PKEY *key)
{
    text_put(b, sshkey_names[kind]);
    if (kind == SSHKEY_RSA) {
        parameter_put(b, key, OSSL_PKEY_PARAM_RSA_E);
        parameter_put(b, key, OSSL_PKEY_PARAM_RSA_N);
        return;
    }
    if (kind == SSHKEY_ECDSA_P256) {
        text_put(b, "nistp256");
        point_put(b, key);
        return;
    }
    raw_put(b, key);
    if (kind == SSHKEY_SK_ED25519)
        text_put(b, "ssh:");
}

static EVP_PKEY *hand_key(enum hand hand)
{
    if (hand_keys[hand] != NULL)
        return hand_keys[hand];
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    hand_keys[hand] = key_new(hands[hand].kind);
    assert_non_null(hand_keys[hand]);
    blob_put(&blob, hands[hand].kind, hand_keys[hand]);
    memcpy(blobs[hand], blob.data, blob.size);
    blob_sizes[hand] = blob.size;
    return hand_keys[hand];
}

struct bytes hand_blob(enum hand hand)
{
    (void)hand_key(hand);
    return bytes_make(blobs[hand], blob_sizes[hand]);
}

static struct bytes sign(uint8_t ret[512], EVP_PKEY *key, const char *hash, struct bytes text)
{
    size_t size = 512;
    AUTO(evp_md_ctx_st) context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, ret, &size, text.data, text.size), 1);
    return bytes_make(ret, size);
}

/* What a security key signs (OpenSSH's PROTOCOL.u2f). */
static void touched_put(struct buf *b, struct bytes text, uint8_t flags)
{
    uint8_t application[32];
    uint8_t message[32];
    digest_sha256(application, bytes_text("ssh:"));
    digest_sha256(message, text);
    buf_put(b, BYTES_OF(application));
    buf_put_u8(b, flags);
    buf_put_u32(b, 7);
    buf_put(b, BYTES_OF(message));
}

static void ecdsa_put(struct buf *b, struct bytes der)
{
    uint8_t raw[64];
    struct err e;
    AUTO_VALUE(buf) numbers = BUF(128);
    ok_call(ecdsa_from_der(raw, 32, der, &e), e);
    number_put(&numbers, bytes_make(raw, 32));
    number_put(&numbers, bytes_make(raw + 32, 32));
    sshwire_put_string(b, buf_bytes(&numbers));
}

/* The signature as an agent gives it. */
static void agent_sign(struct buf *ret, enum hand hand, struct bytes text, uint8_t flags)
{
    uint8_t signature[512];
    AUTO_VALUE(buf) touched = BUF(128);
    EVP_PKEY *key = hand_key(hand);
    enum sshkey_kind kind = hands[hand].kind;
    text_put(ret, kind == SSHKEY_RSA ? "rsa-sha2-512" : sshkey_names[kind]);
    if (kind == SSHKEY_ECDSA_P256) {
        ecdsa_put(ret, sign(signature, key, "SHA256", text));
        return;
    }
    if (kind == SSHKEY_SK_ED25519) {
        touched_put(&touched, text, flags);
        text = buf_bytes(&touched);
    }
    sshwire_put_string(ret, sign(signature, key, kind == SSHKEY_RSA ? "SHA512" : NULL, text));
    if (kind != SSHKEY_SK_ED25519)
        return;
    buf_put_u8(ret, flags);
    buf_put_u32(ret, 7);
}

void hand_sign_as(struct buf *ret, enum hand hand, const char *space, struct bytes text,
                  uint8_t flags)
{
    struct err e;
    AUTO_VALUE(buf) message = BUF(1024);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    sshsig_put_signed(&message, space, DIGEST_SHA512, text);
    agent_sign(&signature, hand, buf_bytes(&message), flags);
    ok_call(sshsig_build(ret, hand_blob(hand), space, DIGEST_SHA512, buf_bytes(&signature), &e), e);
}

void hand_sign(struct buf *ret, enum hand hand, struct bytes text)
{
    hand_sign_as(ret, hand, SSHSIG_NAMESPACE, text, SSHSIG_PRESENT);
}

/* ---- Issuers of identity tokens ---- */

static EVP_PKEY *issuers[ISSUER_UNKNOWN + 1];
static uint8_t issuer_spkis[ISSUER_UNKNOWN + 1][LIMIT_SPKI];
static size_t issuer_sizes[ISSUER_UNKNOWN + 1];

static size_t spki_write(uint8_t ret[LIMIT_SPKI], const EVP_PKEY *key)
{
    int size = i2d_PUBKEY(key, NULL);
    assert_in_range(size, 1, LIMIT_SPKI);
    return (size_t)i2d_PUBKEY(key, &ret);
}

static EVP_PKEY *issuer_key(enum issuer_hand issuer)
{
    if (issuers[issuer] == NULL) {
        issuers[issuer] = key_new(issuer == ISSUER_ES ? SSHKEY_ECDSA_P256 : SSHKEY_RSA);
        assert_non_null(issuers[issuer]);
        issuer_sizes[issuer] = spki_write(issuer_spkis[issuer], issuers[issuer]);
    }
    return issuers[issuer];
}

struct bytes issuer_hand_spki(enum issuer_hand issuer)
{
    (void)issuer_key(issuer);
    return bytes_make(issuer_spkis[issuer], issuer_sizes[issuer]);
}

void token_make(struct buf *ret, const char *header, const char *payload, enum issuer_hand issuer)
{
    uint8_t signature[512];
    uint8_t raw[64];
    struct err e;
    size_t begin = ret->size;
    base64url_put(ret, bytes_text(header));
    buf_put_u8(ret, '.');
    base64url_put(ret, bytes_text(payload));
    struct bytes signed_part = bytes_make(ret->data + begin, ret->size - begin);
    struct bytes made = sign(signature, issuer_key(issuer), "SHA256", signed_part);
    if (issuer == ISSUER_ES) {
        ok_call(ecdsa_from_der(raw, 32, made, &e), e);
        made = BYTES_OF(raw);
    }
    buf_put_u8(ret, '.');
    base64url_put(ret, made);
}

struct bytes rsa_spki(void)
{
    static EVP_PKEY *key;
    static uint8_t spki[LIMIT_SPKI];
    static size_t size;
    if (key == NULL) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
        assert_non_null(key);
        size = spki_write(spki, key);
    }
    return bytes_make(spki, size);
}
