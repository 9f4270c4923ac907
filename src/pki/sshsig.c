#include "pki/sshsig.h"

#include "base/limits.h"
#include "pki/auto.h"
#include "pki/ecdsa.h"
#include "pki/evp.h"
#include "pki/sshwire.h"

#define MAGIC "SSHSIG"
#define VERSION 1
#define NAME_MAX_SIZE 64
#define SPACE_MAX 255

static bool hash_from_name(enum digest_alg *ret, struct bytes name, struct err *e)
{
    enum digest_alg alg = bytes_is(name, "sha256") ? DIGEST_SHA256 : DIGEST_SHA512;
    if (!bytes_is(name, digest_names[alg]))
        return err_set(e, ERR_INPUT,
                       "an SSH signature names the hash \"%.*s\"; sha256 and sha512 "
                       "are accepted",
                       BYTES_PRINT(name));
    *ret = alg;
    return true;
}

/* RFC 8332: an RSA key has several signature names, all other kinds have their own. */
static bool signature_name_fits(struct sshsig *sig, struct bytes name)
{
    if (sig->key.kind != SSHKEY_RSA)
        return bytes_is(name, sshkey_names[sig->key.kind]);
    sig->rsa_hash = bytes_is(name, "rsa-sha2-256") ? DIGEST_SHA256 : DIGEST_SHA512;
    return bytes_is(name, "rsa-sha2-256") || bytes_is(name, "rsa-sha2-512");
}

static bool is_ecdsa(const struct sshkey *key)
{
    return key->point.size > 0 && key->point.size % 2 != 0;
}

/* Largest number in an ECDSA signature; expected bytes of the others. */
static size_t signature_size(const struct sshkey *key)
{
    if (key->kind == SSHKEY_RSA)
        return key->modulus.size;
    return is_ecdsa(key) ? key->point.size / 2 : 64;
}

static bool numbers_parse(struct sshsig *sig, struct err *e)
{
    struct reader r = reader_make(sig->signature);
    sig->r = sshwire_number(&r, signature_size(&sig->key));
    sig->s = sshwire_number(&r, signature_size(&sig->key));
    return reader_done(&r, "an ECDSA signature by an SSH key", e);
}

/* The signature in wire form, as an agent gives it and as it stands in the blob. */
static bool signature_parse(struct sshsig *sig, struct bytes wire, struct err *e)
{
    struct reader r = reader_make(wire);
    struct bytes name = reader_string32(&r, NAME_MAX_SIZE);
    sig->signature = reader_string32(&r, LIMIT_SSHSIG);
    if (sshkey_is_hardware(sig->key.kind)) {
        sig->flags = reader_u8(&r);
        sig->counter = reader_u32(&r);
    }
    if (!signature_name_fits(sig, name))
        return err_set(e, ERR_INPUT, "a signature of type \"%.*s\" does not fit a key of type %s",
                       BYTES_PRINT(name), sshkey_names[sig->key.kind]);
    if (!reader_done(&r, "the signature of an SSH key", e))
        return false;
    if (is_ecdsa(&sig->key))
        return numbers_parse(sig, e);
    if (sig->signature.size == signature_size(&sig->key))
        return true;
    return err_set(e, ERR_INPUT, "the signature of an SSH key has %zu bytes instead of %zu",
                   sig->signature.size, signature_size(&sig->key));
}

bool sshsig_parse(struct sshsig *ret, struct bytes blob, struct err *e)
{
    struct sshsig sig = {.flags = 0};
    if (blob.size > LIMIT_SSHSIG)
        return err_set(e, ERR_LIMIT, "an SSH signature of %zu bytes is too large", blob.size);
    struct reader r = reader_make(blob);
    struct bytes magic = reader_bytes(&r, strlen(MAGIC));
    uint32_t version = reader_u32(&r);
    struct bytes key = reader_string32(&r, LIMIT_SSH_KEY);
    sig.space = reader_string32(&r, SPACE_MAX);
    (void)reader_string32(&r, 0); /* reserved: must be empty */
    struct bytes hash = reader_string32(&r, NAME_MAX_SIZE);
    struct bytes signature = reader_string32(&r, LIMIT_SSHSIG);
    if (!bytes_is(magic, MAGIC))
        return err_set(e, ERR_INPUT, "the bytes are no SSH signature");
    if (!r.failed && version != VERSION)
        return err_set(e, ERR_INPUT, "SSH signatures of version %u are not known", version);
    if (!reader_done(&r, "the SSH signature", e))
        return false;
    if (sig.space.size == 0)
        return err_set(e, ERR_INPUT, "the SSH signature has no namespace");
    if (!hash_from_name(&sig.hash, hash, e) || !sshkey_parse(&sig.key, key, e) ||
        !signature_parse(&sig, signature, e))
        return false;
    *ret = sig;
    return true;
}

void sshsig_put_signed(struct buf *b, const char *space, enum digest_alg hash, struct bytes message)
{
    uint8_t digest[DIGEST_MAX];
    size_t size = digest_compute(digest, hash, message);
    buf_put_text(b, MAGIC);
    sshwire_put_string(b, bytes_text(space));
    sshwire_put_string(b, BYTES_NONE);
    sshwire_put_string(b, bytes_text(digest_name(hash)));
    sshwire_put_string(b, bytes_make(digest, size));
}

static bool key_make(EVP_PKEY **ret, const struct sshkey *key, struct err *e)
{
    switch (key->kind) {
    case SSHKEY_ED25519:
    case SSHKEY_SK_ED25519:
        return evp_key_ed25519(ret, key->point, e);
    case SSHKEY_ECDSA_P256:
    case SSHKEY_SK_ECDSA_P256:
        return evp_key_ec(ret, EVP_CURVE_P256, key->point, e);
    case SSHKEY_ECDSA_P384:
        return evp_key_ec(ret, EVP_CURVE_P384, key->point, e);
    case SSHKEY_ECDSA_P521:
        return evp_key_ec(ret, EVP_CURVE_P521, key->point, e);
    case SSHKEY_RSA:
        return evp_key_rsa(ret, key->modulus, key->exponent, e);
    }
    return err_set(e, ERR_INTERNAL, "an SSH key of no kind");
}

/* RFC 5656 6.2.1: the hash goes with the curve. */
static enum digest_alg curve_hash(const struct sshkey *key)
{
    if (key->bits <= 256)
        return DIGEST_SHA256;
    return key->bits <= 384 ? DIGEST_SHA384 : DIGEST_SHA512;
}

static bool ecdsa_verify(EVP_PKEY *key, const struct sshsig *sig, struct bytes message,
                         struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    size_t size = digest_compute(digest, curve_hash(&sig->key), message);
    AUTO_VALUE(buf) der = BUF(256);
    ecdsa_put_numbers(&der, sig->r, sig->s);
    return buf_ok(&der, "an ECDSA signature", e) &&
           evp_verify_ecdsa(key, bytes_make(digest, size), buf_bytes(&der), e);
}

static bool message_verify(const struct sshsig *sig, struct bytes message, struct err *e)
{
    AUTO(evp_pkey_st) key = NULL;
    uint8_t digest[DIGEST_MAX];
    if (!key_make(&key, &sig->key, e))
        return false;
    if (is_ecdsa(&sig->key))
        return ecdsa_verify(key, sig, message, e);
    if (sig->key.kind != SSHKEY_RSA)
        return evp_verify_ed25519(key, message, sig->signature, e);
    digest_compute(digest, sig->rsa_hash, message);
    return evp_verify_rsa(key, sig->rsa_hash, digest, sig->signature, e);
}

/* What the authenticator signed in place of the message (OpenSSH's PROTOCOL.u2f). */
static void hardware_put_signed(struct buf *b, const struct sshsig *sig, struct bytes message)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    digest_sha256(digest, sig->key.application);
    buf_put(b, BYTES_OF(digest));
    buf_put_u8(b, sig->flags);
    buf_put_u32(b, sig->counter);
    digest_sha256(digest, message);
    buf_put(b, BYTES_OF(digest));
}

bool sshsig_verify(const struct sshsig *sig, const char *space, struct bytes message, struct err *e)
{
    if (!bytes_is(sig->space, space)) {
        err_set(e, ERR_AUTH, "the SSH signature is for the namespace \"%.*s\"",
                BYTES_PRINT(sig->space));
        return err_hint(e, "sign for the namespace %s", space);
    }
    AUTO_VALUE(buf) plain = BUF(1024);
    AUTO_VALUE(buf) hardware = BUF(128);
    sshsig_put_signed(&plain, space, sig->hash, message);
    if (!sshkey_is_hardware(sig->key.kind))
        return buf_ok(&plain, "a signed message", e) && message_verify(sig, buf_bytes(&plain), e);
    hardware_put_signed(&hardware, sig, buf_bytes(&plain));
    return buf_ok(&plain, "a signed message", e) && buf_ok(&hardware, "a signed message", e) &&
           message_verify(sig, buf_bytes(&hardware), e);
}

bool sshsig_build(struct buf *ret, struct bytes key_blob, const char *space, enum digest_alg hash,
                  struct bytes agent_signature, struct err *e)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct sshsig sig;
    buf_put_text(&blob, MAGIC);
    buf_put_u32(&blob, VERSION);
    sshwire_put_string(&blob, key_blob);
    sshwire_put_string(&blob, bytes_text(space));
    sshwire_put_string(&blob, BYTES_NONE);
    sshwire_put_string(&blob, bytes_text(digest_name(hash)));
    sshwire_put_string(&blob, agent_signature);
    if (!buf_ok(&blob, "an SSH signature", e) || !sshsig_parse(&sig, buf_bytes(&blob), e))
        return false;
    buf_put(ret, buf_bytes(&blob));
    return buf_ok(ret, "an SSH signature", e);
}
