#include "pki/key.h"

#include <stdlib.h>

#include "pki/auto.h"
#include "pki/der.h"
#include "pki/ecdsa.h"
#include "pki/evp.h"
#include "pki/rsa.h"

#define OID_EC_PUBLIC_KEY "1.2.840.10045.2.1"
#define OID_P256 "1.2.840.10045.3.1.7"
#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_ED25519 "1.3.101.112"

struct pubkey {
    EVP_PKEY *evp;
    enum key_kind kind;
    unsigned bits;
    struct bytes spki; /* into `copy` */
    struct bytes raw;  /* into `copy` */
    uint8_t copy[];
};

void pubkey_free(struct pubkey *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->evp);
    free(key);
}

enum key_kind pubkey_kind(const struct pubkey *key)
{
    return key->kind;
}

unsigned pubkey_bits(const struct pubkey *key)
{
    return key->bits;
}

struct bytes pubkey_spki(const struct pubkey *key)
{
    return key->spki;
}

struct bytes pubkey_raw(const struct pubkey *key)
{
    return key->raw;
}

void pubkey_spki_sha256(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes spki)
{
    digest_sha256(ret, spki);
}

static bool p256_parse(struct pubkey *key, struct bytes bits, struct err *e)
{
    if (bits.size != KEY_P256_POINT_SIZE || bits.data[0] != 0x04)
        return err_set(e, ERR_INPUT, "the P-256 point is not in its uncompressed form");
    key->kind = KEY_P256;
    key->bits = 256;
    key->raw = bits;
    return evp_key_ec(&key->evp, EVP_CURVE_P256, bits, e);
}

static bool ed25519_parse(struct pubkey *key, struct bytes bits, struct err *e)
{
    if (bits.size != KEY_ED25519_SIZE)
        return err_set(e, ERR_INPUT, "the Ed25519 key has %zu bytes instead of 32", bits.size);
    key->kind = KEY_ED25519;
    key->bits = 256;
    key->raw = bits;
    return evp_key_ed25519(&key->evp, bits, e);
}

static bool rsa_parse(struct pubkey *key, struct bytes bits, struct err *e)
{
    struct der all = der_open(bits);
    struct der pair = der_enter(&all, DER_SEQUENCE);
    struct bytes modulus = der_natural(&pair);
    struct bytes exponent = der_natural(&pair);
    der_leave(&all, &pair);
    if (!der_done(&all, "the RSA key", e) || !rsa_check(&key->bits, modulus, exponent, e))
        return false;
    key->kind = KEY_RSA;
    key->raw = modulus;
    return evp_key_rsa(&key->evp, modulus, exponent, e);
}

enum parameters { PARAMETERS_ABSENT, PARAMETERS_NULL, PARAMETERS_CURVE };

static const struct {
    const char *oid;
    enum parameters parameters;
    bool (*parse)(struct pubkey *key, struct bytes bits, struct err *e);
} kinds[] = {
    {OID_EC_PUBLIC_KEY, PARAMETERS_CURVE, p256_parse},
    {OID_RSA, PARAMETERS_NULL, rsa_parse},
    {OID_ED25519, PARAMETERS_ABSENT, ed25519_parse},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* RFC 3279 2.3.1 and 2.3.5, RFC 8410 3. */
static void parameters_read(struct der *r, enum parameters parameters)
{
    if (parameters == PARAMETERS_NULL)
        der_null(r);
    if (parameters == PARAMETERS_CURVE && !der_oid_is(der_oid(r), OID_P256))
        der_fail(r, "the curve is not P-256");
}

static bool spki_parse(struct pubkey *key, struct err *e)
{
    struct der all = der_open(key->spki);
    struct der spki = der_enter(&all, DER_SEQUENCE);
    struct der algorithm = der_enter(&spki, DER_SEQUENCE);
    struct bytes oid = der_oid(&algorithm);
    size_t kind = 0;
    while (kind < KINDS && !der_oid_is(oid, kinds[kind].oid))
        kind++;
    if (kind == KINDS)
        der_fail(&algorithm, "the key is not an EC, RSA or Ed25519 key");
    else
        parameters_read(&algorithm, kinds[kind].parameters);
    der_leave(&spki, &algorithm);
    struct bytes bits = der_bits(&spki);
    der_leave(&all, &spki);
    return der_done(&all, "the public key", e) && kinds[kind].parse(key, bits, e);
}

bool pubkey_parse(struct pubkey **ret, struct bytes spki, struct err *e)
{
    if (spki.size > KEY_SPKI_MAX)
        return err_set(e, ERR_LIMIT, "a public key of %zu bytes is too large", spki.size);
    AUTO(pubkey) key = calloc(1, sizeof *key + spki.size);
    if (key == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a public key");
    if (spki.size > 0)
        memcpy(key->copy, spki.data, spki.size);
    key->spki = bytes_make(key->copy, spki.size);
    if (!spki_parse(key, e))
        return false;
    *ret = TAKE(key);
    return true;
}

static bool mechanism_fits(const struct pubkey *key, enum mechanism mechanism, struct err *e)
{
    enum key_kind wanted = mechanism_key_kind(mechanism);
    if (key->kind == wanted)
        return true;
    return err_set(e, ERR_INPUT, "%s is for %s keys, and the key is %s", mechanism_name(mechanism),
                   key_kind_names[wanted], key_kind_names[key->kind]);
}

static bool ecdsa_verify(const struct pubkey *key, struct bytes digest, struct bytes signature,
                         struct err *e)
{
    if (signature.size != KEY_P256_SIGNATURE_SIZE)
        return err_set(e, ERR_AUTH, "the ECDSA signature has %zu bytes instead of 64",
                       signature.size);
    AUTO_VALUE(buf) der = BUF(KEY_SIGNATURE_MAX);
    ecdsa_put_der(&der, signature);
    return buf_ok(&der, "an ECDSA signature", e) &&
           evp_verify_ecdsa(key->evp, digest, buf_bytes(&der), e);
}

bool pubkey_verify_digest(const struct pubkey *key, enum mechanism mechanism, struct bytes digest,
                          struct bytes signature, struct err *e)
{
    enum digest_alg alg;
    if (!mechanism_fits(key, mechanism, e))
        return false;
    if (!mechanism_digest(mechanism, &alg))
        return err_set(e, ERR_INPUT, "Ed25519 signs a message, not its digest");
    if (digest.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "a digest of %zu bytes is not for %s", digest.size,
                       mechanism_name(mechanism));
    if (key->kind == KEY_RSA)
        return evp_verify_rsa(key->evp, alg, digest.data, signature, e);
    return ecdsa_verify(key, digest, signature, e);
}

bool pubkey_verify(const struct pubkey *key, enum mechanism mechanism, struct bytes message,
                   struct bytes signature, struct err *e)
{
    enum digest_alg alg;
    uint8_t digest[DIGEST_MAX];
    if (!mechanism_fits(key, mechanism, e))
        return false;
    if (!mechanism_digest(mechanism, &alg))
        return evp_verify_ed25519(key->evp, message, signature, e);
    size_t size = digest_compute(digest, alg, message);
    return pubkey_verify_digest(key, mechanism, bytes_make(digest, size), signature, e);
}

static void spki_put(struct buf *b, const char *oid, enum parameters parameters, struct bytes bits)
{
    size_t spki = der_begin(b, DER_SEQUENCE);
    size_t algorithm = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, oid);
    if (parameters == PARAMETERS_NULL)
        der_put_null(b);
    if (parameters == PARAMETERS_CURVE)
        der_put_oid(b, OID_P256);
    der_end(b, algorithm);
    der_put_bits(b, bits);
    der_end(b, spki);
}

void spki_put_p256(struct buf *b, struct bytes point)
{
    spki_put(b, OID_EC_PUBLIC_KEY, PARAMETERS_CURVE, point);
}

void spki_put_ed25519(struct buf *b, struct bytes key)
{
    spki_put(b, OID_ED25519, PARAMETERS_ABSENT, key);
}

void spki_put_rsa(struct buf *b, struct bytes modulus, struct bytes exponent)
{
    AUTO_VALUE(buf) pair = BUF(KEY_SPKI_MAX);
    size_t start = der_begin(&pair, DER_SEQUENCE);
    der_put_natural(&pair, modulus);
    der_put_natural(&pair, exponent);
    der_end(&pair, start);
    if (pair.failed)
        b->failed = true;
    spki_put(b, OID_RSA, PARAMETERS_NULL, buf_bytes(&pair));
}
