#include "pki/algorithm.h"

#include "pki/der.h"
#include "pki/ecdsa.h"

#define OID_RSA_ENCRYPTION "1.2.840.113549.1.1.1"
#define OID_EC_PUBLIC_KEY "1.2.840.10045.2.1"

static const char *const signature_oids[MECHANISM_COUNT] = {
    [MECHANISM_ECDSA_SHA256] = "1.2.840.10045.4.3.2",
    [MECHANISM_ECDSA_SHA384] = "1.2.840.10045.4.3.3",
    [MECHANISM_ECDSA_SHA512] = "1.2.840.10045.4.3.4",
    [MECHANISM_RSA_PKCS1_SHA256] = "1.2.840.113549.1.1.11",
    [MECHANISM_RSA_PKCS1_SHA384] = "1.2.840.113549.1.1.12",
    [MECHANISM_RSA_PKCS1_SHA512] = "1.2.840.113549.1.1.13",
    [MECHANISM_ED25519] = "1.3.101.112",
};

static bool has_null(enum mechanism m)
{
    return mechanism_key_kind(m) == KEY_RSA;
}

void algorithm_put_signature(struct buf *b, enum mechanism m)
{
    size_t start = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, signature_oids[m]);
    if (has_null(m))
        der_put_null(b);
    der_end(b, start);
}

void algorithm_put_digest(struct buf *b, enum digest_alg alg)
{
    size_t start = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, digest_oid(alg));
    der_end(b, start);
}

static bool unknown(struct err *e, const char *what, struct bytes oid)
{
    AUTO_VALUE(buf) text = BUF(512);
    der_put_oid_text(&text, oid);
    return err_set(e, ERR_INPUT, "the %s algorithm %s is not accepted", what, buf_string(&text));
}

/* An AlgorithmIdentifier: its OID, and whether there are parameters, which can only be NULL. */
static bool identifier_read(struct bytes *ret_oid, bool *ret_null, struct bytes der, struct err *e)
{
    struct der all = der_open(der);
    struct der seq = der_enter(&all, DER_SEQUENCE);
    struct bytes oid = der_oid(&seq);
    bool null = der_next_is(&seq, DER_NULL);
    if (null)
        der_null(&seq);
    der_leave(&all, &seq);
    if (!der_done(&all, "an algorithm identifier", e))
        return false;
    *ret_oid = oid;
    *ret_null = null;
    return true;
}

/* The mechanism of that OID; MECHANISM_COUNT if there is none. */
static unsigned mechanism_find(struct bytes oid)
{
    unsigned m = 0;
    while (m < MECHANISM_COUNT && !der_oid_is(oid, signature_oids[m]))
        m++;
    return m;
}

bool algorithm_parse_signature(enum mechanism *ret, struct bytes der, struct err *e)
{
    struct bytes oid;
    bool null;
    if (!identifier_read(&oid, &null, der, e))
        return false;
    unsigned m = mechanism_find(oid);
    if (m == MECHANISM_COUNT)
        return unknown(e, "signature", oid);
    if (null != has_null((enum mechanism)m))
        return err_set(e, ERR_INPUT, "the parameters of signature algorithm %s must be %s",
                       mechanism_name((enum mechanism)m), null ? "absent" : "NULL");
    *ret = (enum mechanism)m;
    return true;
}

bool algorithm_parse_digest(enum digest_alg *ret, struct bytes der, struct err *e)
{
    struct bytes oid;
    bool null;
    struct err ignored;
    if (!identifier_read(&oid, &null, der, e))
        return false;
    return digest_from_oid(ret, oid, &ignored) || unknown(e, "hash", oid);
}

bool algorithm_parse_cms(enum mechanism *ret, struct bytes der, enum digest_alg alg, struct err *e)
{
    struct bytes oid;
    bool null;
    if (!identifier_read(&oid, &null, der, e))
        return false;
    if (der_oid_is(oid, OID_RSA_ENCRYPTION)) {
        *ret = mechanism_of(KEY_RSA, alg);
        return true;
    }
    if (der_oid_is(oid, OID_EC_PUBLIC_KEY)) {
        *ret = mechanism_of(KEY_P256, alg);
        return true;
    }
    unsigned m = mechanism_find(oid);
    if (m == MECHANISM_COUNT)
        return unknown(e, "signature", oid);
    enum digest_alg own;
    if (!mechanism_digest((enum mechanism)m, &own))
        own = DIGEST_SHA512; /* Ed25519 in CMS goes with SHA-512 (RFC 8419 section 3) */
    if (own != alg)
        return err_set(e, ERR_INPUT, "the signature algorithm %s does not go with hash %s",
                       mechanism_name((enum mechanism)m), digest_name(alg));
    *ret = (enum mechanism)m;
    return true;
}

/* The raw form of a signature; `space` holds it where it has to be made. */
static bool value_read(struct bytes *ret, uint8_t space[KEY_P256_SIGNATURE_SIZE], enum mechanism m,
                       struct bytes signature, struct err *e)
{
    if (mechanism_key_kind(m) != KEY_P256) {
        *ret = signature;
        return true;
    }
    if (!ecdsa_from_der(space, KEY_P256_SIGNATURE_SIZE / 2, signature, e))
        return false;
    *ret = bytes_make(space, KEY_P256_SIGNATURE_SIZE);
    return true;
}

bool algorithm_verify(const struct pubkey *key, enum mechanism m, struct bytes message,
                      struct bytes signature, struct err *e)
{
    uint8_t space[KEY_P256_SIGNATURE_SIZE];
    struct bytes raw;
    return value_read(&raw, space, m, signature, e) && pubkey_verify(key, m, message, raw, e);
}

void algorithm_put_signature_value(struct buf *b, enum mechanism m, struct bytes raw)
{
    if (mechanism_key_kind(m) == KEY_P256)
        ecdsa_put_der(b, raw);
    else
        buf_put(b, raw);
}
