#include "cli/helper_objects.h"

#include "pki/der.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/x509.h"
#include "wire/module.h"

#define OID_P256 "1.2.840.10045.3.1.7"

/* Bytes of a curve, a point, or a serial number as DER. */
#define PART_MAX 256

/* Room for all of them. */
#define PARTS_ARENA ARENA((MODULE_AUTHORITIES_MAX + 4) * PART_MAX)

/* Moves what was written into the arena. */
static bool part_keep(struct bytes *ret, const struct buf *part, struct arena *a, struct err *e)
{
    if (!buf_ok(part, "part of a key", e))
        return false;
    *ret = arena_copy(a, buf_bytes(part));
    return ret->data != NULL || err_set(e, ERR_MEMORY, "out of memory for a key's parts");
}

static bool certificate_fill(struct module_cert *ret, struct x509 *ret_parsed, struct bytes der,
                             struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) number = BUF(PART_MAX);
    if (!x509_parse(ret_parsed, der, e))
        return false;
    der_put_natural(&number, ret_parsed->serial);
    ret->der = der;
    ret->subject = ret_parsed->subject;
    ret->issuer = ret_parsed->issuer;
    return part_keep(&ret->number, &number, a, e);
}

/* RFC 8017 A.1.1: RSAPublicKey inside the SubjectPublicKeyInfo. */
static bool rsa_fill(struct module_key *ret, struct bytes spki, struct err *e)
{
    struct der all = der_open(spki);
    struct der seq = der_enter(&all, DER_SEQUENCE);
    (void)der_whole(&seq, DER_SEQUENCE);
    struct der bits = der_open(der_bits(&seq));
    der_leave(&all, &seq);
    struct der key = der_enter(&bits, DER_SEQUENCE);
    ret->modulus = der_natural(&key);
    ret->exponent = der_natural(&key);
    der_leave(&bits, &key);
    ret->kind = MODULE_RSA;
    return der_done(&all, "public key", e) && der_done(&bits, "RSA public key", e);
}

static bool p256_fill(struct module_key *ret, const struct pubkey *key, struct arena *a,
                      struct err *e)
{
    AUTO_VALUE(buf) params = BUF(PART_MAX);
    AUTO_VALUE(buf) point = BUF(PART_MAX);
    der_put_oid(&params, OID_P256);
    der_put_octets(&point, pubkey_raw(key));
    ret->kind = MODULE_P256;
    return part_keep(&ret->params, &params, a, e) && part_keep(&ret->point, &point, a, e);
}

static bool public_fill(struct module_key *ret, struct bytes spki, struct arena *a, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, spki, e))
        return false;
    switch (pubkey_kind(key)) {
    case KEY_P256:
        return p256_fill(ret, key, a, e);
    case KEY_RSA:
        return rsa_fill(ret, spki, e);
    case KEY_ED25519:
        break;
    }
    return err_set(e, ERR_STATE, "an Ed25519 key cannot be shown to PKCS#11 tools");
}

static bool key_fill(struct module_key *ret, struct bytes spki, struct bytes certificate,
                     struct arena *a, struct err *e)
{
    struct x509 cert;
    if (!public_fill(ret, spki, a, e) || !certificate_fill(&ret->cert, &cert, certificate, a, e))
        return false;
    if (!bytes_equal(cert.spki, spki))
        return err_set(e, ERR_INPUT, "the certificate is not the key's");
    pubkey_spki_sha256(ret->id, spki);
    return true;
}

/* The common name, where the name is one that we would write. */
static struct bytes authority_label(struct bytes subject)
{
    struct name name;
    struct err ignored;
    return name_parse(&name, subject, &ignored) ? name.common_name : bytes_text("authority");
}

static bool authority_fill(struct module_authority *ret, struct bytes der, struct arena *a,
                           struct err *e)
{
    struct x509 cert;
    if (!certificate_fill(&ret->cert, &cert, der, a, e))
        return false;
    ret->label = authority_label(cert.subject);
    pubkey_spki_sha256(ret->id, cert.spki);
    return true;
}

bool helper_objects_put(struct buf *out, struct bytes label, struct bytes spki,
                        struct bytes certificate, const struct list *chain, struct err *e)
{
    AUTO_VALUE(arena) arena = PARTS_ARENA;
    struct module_keys keys = {.key_count = 1, .authority_count = chain->count};
    const struct bytes *items = chain->items;
    if (chain->count > MODULE_AUTHORITIES_MAX)
        return err_set(e, ERR_LIMIT, "a chain of %zu certificates is too long", chain->count);
    if (!key_fill(&keys.keys[0], spki, certificate, &arena, e))
        return err_wrap(e, "key of \"%.*s\"", BYTES_PRINT(label));
    keys.keys[0].label = label;
    for (size_t i = 0; i < chain->count; i++)
        if (!authority_fill(&keys.authorities[i], items[i], &arena, e))
            return err_wrap(e, "certificate %zu of the chain", i + 1);
    module_keys_put(out, &keys);
    return buf_ok(out, "objects of the token", e);
}
