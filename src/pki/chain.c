#include "pki/chain.h"

#include "pki/key.h"

/* ---- What each purpose demands ---- */

static bool is_critical(const struct x509 *cert)
{
    return (cert->critical & X509_EXT_EXTENDED_KEY_USAGE) != 0;
}

static bool is_for_code(const struct x509 *cert)
{
    return (cert->extended_key_usage & X509_EKU_CODE_SIGNING) != 0;
}

static bool is_for_time(const struct x509 *cert)
{
    return (cert->extended_key_usage & X509_EKU_TIME_STAMPING) != 0;
}

static bool is_for_time_alone(const struct x509 *cert)
{
    return cert->extended_key_usage == X509_EKU_TIME_STAMPING && is_critical(cert);
}

static bool is_for_lists_alone(const struct x509 *cert)
{
    return x509_is_for_lists(cert) && is_critical(cert);
}

static bool is_whatever(const struct x509 *cert)
{
    (void)cert;
    return true;
}

static const struct purpose_row {
    const char *name;
    unsigned leaf_usage; /* key usages of which the end entity needs one */
    bool unlimited_ca;   /* a CA between may leave its extended usages out */
    bool (*leaf_fits)(const struct x509 *leaf);
    bool (*ca_fits)(const struct x509 *ca);
} purposes[] = {
    [CHAIN_CODE_SIGNING] = {"code signing", X509_KU_DIGITAL_SIGNATURE, false, is_for_code,
                            is_for_code},
    [CHAIN_TIME_STAMPING] = {"time stamping",
                             X509_KU_DIGITAL_SIGNATURE | X509_KU_CONTENT_COMMITMENT, true,
                             is_for_time_alone, is_for_time},
    [CHAIN_LIST] = {"distrust lists", X509_KU_DIGITAL_SIGNATURE, false, is_for_lists_alone,
                    x509_is_for_lists},
    [CHAIN_ANY] = {"any purpose", X509_KU_DIGITAL_SIGNATURE, true, is_whatever, is_whatever},
};

/* ---- Finding the chain ---- */

static bool key_ids_agree(const struct x509 *cert, const struct x509 *issuer)
{
    return cert->authority_key_id.data == NULL || issuer->subject_key_id.data == NULL ||
           bytes_equal(cert->authority_key_id, issuer->subject_key_id);
}

static bool is_issuer(const struct x509 *cert, const struct x509 *issuer)
{
    return bytes_equal(cert->issuer, issuer->subject) && key_ids_agree(cert, issuer);
}

static bool signature_check(const struct x509 *cert, const struct x509 *issuer, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, issuer->spki, e))
        return err_wrap(e, "public key of an issuer");
    return x509_verify(cert, key, e);
}

static bool is_in(const struct chain *chain, const struct x509 *cert)
{
    for (size_t i = 0; i < chain->count; i++)
        if (chain->list[i] == cert)
            return true;
    return false;
}

/* The issuer of the last certificate of the chain, whose signature holds; the root goes first. */
static bool issuer_find(const struct x509 **ret, const struct chain *chain,
                        const struct x509 *between, size_t count, const struct x509 *root,
                        struct err *e)
{
    const struct x509 *cert = chain->list[chain->count - 1];
    bool seen = false;
    for (size_t i = 0; i <= count; i++) {
        const struct x509 *candidate = i == 0 ? root : &between[i - 1];
        if (!is_issuer(cert, candidate) || is_in(chain, candidate))
            continue;
        seen = true;
        if (signature_check(cert, candidate, e)) {
            *ret = candidate;
            return true;
        }
    }
    if (seen)
        return err_wrap(e, "certificate %zu of the chain", chain->count);
    return err_refuse(e, "chain.issuer", "the issuer of certificate %zu of the chain is not there",
                      chain->count);
}

static bool chain_find(struct chain *chain, const struct x509 *leaf, const struct x509 *between,
                       size_t count, const struct x509 *root, struct err *e)
{
    chain->list[0] = leaf;
    chain->count = 1;
    while (chain->list[chain->count - 1] != root) {
        const struct x509 *issuer = NULL;
        if (chain->count == CHAIN_MAX)
            return err_refuse(e, "chain.length", "the chain has more than %d certificates",
                              CHAIN_MAX);
        if (!issuer_find(&issuer, chain, between, count, root, e))
            return false;
        chain->list[chain->count++] = issuer;
    }
    return true;
}

/* What holds for each certificate wherever it stands. */
static bool common_check(const struct x509 *cert, int64_t time, struct err *e)
{
    if (!x509_check_time(cert, time, e)) {
        char message[sizeof e->message];
        memcpy(message, e->message, sizeof message);
        return err_refuse(e, "chain.validity", "%s", message);
    }
    if (cert->version != 3)
        return err_refuse(e, "chain.version", "the certificate is of version %u", cert->version);
    if (cert->unknown_critical.data != NULL)
        return err_refuse(e, "chain.extension",
                          "the certificate has a critical extension that is not known here");
    return true;
}

static bool leaf_check(const struct purpose_row *purpose, const struct x509 *leaf, struct err *e)
{
    if (leaf->ca)
        return err_refuse(e, "chain.ca", "the signer's certificate is that of a CA");
    if ((leaf->key_usage & purpose->leaf_usage) == 0 ||
        (leaf->key_usage & (X509_KU_CERT_SIGN | X509_KU_CRL_SIGN)) != 0)
        return err_refuse(e, "chain.usage", "the signer's key is not one for signing data only");
    if (!purpose->leaf_fits(leaf))
        return err_refuse(e, "chain.purpose", "the signer's certificate is not for %s",
                          purpose->name);
    return true;
}

/* `below`: how many CA certificates stand between this one and the end entity; those that issued
 * themselves do not count (RFC 5280 4.2.1.9). */
static bool ca_check(const struct purpose_row *purpose, const struct x509 *ca, int below,
                     bool is_root, struct err *e)
{
    if (!ca->ca)
        return err_refuse(e, "chain.ca", "an issuer's certificate is not that of a CA");
    if ((ca->key_usage & X509_KU_CERT_SIGN) == 0)
        return err_refuse(e, "chain.usage", "an issuer's key may not sign certificates");
    bool unlimited =
        (is_root || purpose->unlimited_ca) && (ca->present & X509_EXT_EXTENDED_KEY_USAGE) == 0;
    if (!unlimited && !purpose->ca_fits(ca))
        return err_refuse(e, "chain.purpose", "an issuer's certificate is not for %s",
                          purpose->name);
    if (ca->path_length >= 0 && below > ca->path_length)
        return err_refuse(e, "chain.length", "an issuer's path length %d is exceeded",
                          ca->path_length);
    return true;
}

static bool chain_check(const struct chain *chain, const struct purpose_row *purpose, int64_t time,
                        struct err *e)
{
    int below = 0;
    for (size_t i = 0; i < chain->count; i++) {
        const struct x509 *cert = chain->list[i];
        bool ok = common_check(cert, time, e) &&
                  (i == 0 ? leaf_check(purpose, cert, e)
                          : ca_check(purpose, cert, below, i + 1 == chain->count, e));
        if (!ok)
            return err_wrap(e, "certificate %zu of the chain", i + 1);
        if (i > 0 && !bytes_equal(cert->issuer, cert->subject))
            below++;
    }
    return true;
}

bool chain_verify(struct chain *ret, enum chain_purpose purpose, const struct x509 *leaf,
                  const struct x509 *between, size_t count, const struct x509 *root, int64_t time,
                  struct err *e)
{
    struct chain chain = {0};
    struct err own;
    if (!chain_find(&chain, leaf, between, count, root, &own) ||
        !chain_check(&chain, &purposes[purpose], time, &own)) {
        *e = own;
        return false;
    }
    if (ret != NULL)
        *ret = chain;
    return true;
}
