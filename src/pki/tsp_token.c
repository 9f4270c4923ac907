#include "pki/tsp_token.h"

#include "pki/algorithm.h"
#include "pki/attributes.h"
#include "pki/der.h"

#define OID_SIGNING_CERTIFICATE_V2 "1.2.840.113549.1.9.16.2.47"
#define DIRECTORY_NAME DER_CONTEXT_CONSTRUCTED(4) /* GeneralName directoryName */

/* ---- Writing ---- */

/* SigningCertificateV2 (RFC 5035 3): one ESSCertIDv2, the hash being the default. */
static void signing_certificate_put(struct buf *b, const struct x509 *cert)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    digest_sha256(hash, cert->der);
    size_t all = der_begin(b, DER_SEQUENCE);
    size_t list = der_begin(b, DER_SEQUENCE);
    size_t id = der_begin(b, DER_SEQUENCE);
    der_put_octets(b, BYTES_OF(hash));
    size_t issuer_serial = der_begin(b, DER_SEQUENCE);
    size_t names = der_begin(b, DER_SEQUENCE);
    der_put(b, DIRECTORY_NAME, cert->issuer);
    der_end(b, names);
    der_put_natural(b, cert->serial);
    der_end(b, issuer_serial);
    der_end(b, id);
    der_end(b, list);
    der_end(b, all);
}

bool tsp_attributes_build(struct buf *ret, struct bytes info, enum digest_alg alg,
                          struct bytes certificate, struct err *e)
{
    struct x509 cert;
    uint8_t digest[DIGEST_MAX];
    if (!x509_parse(&cert, certificate, e))
        return err_wrap(e, "certificate of the time-stamping authority");
    size_t size = digest_compute(digest, alg, info);
    size_t set = der_begin(ret, DER_SET);
    attributes_put_required(ret, TSP_TST_INFO, bytes_make(digest, size));
    struct attribute_mark mark = attribute_begin(ret, OID_SIGNING_CERTIFICATE_V2);
    signing_certificate_put(ret, &cert);
    attribute_end(ret, mark);
    der_end_set(ret, set);
    return buf_ok(ret, "a timestamp's signed attributes", e);
}

bool tsp_token_build(struct buf *ret, const struct tsp_token_plan *plan, struct err *e)
{
    struct cms_plan cms = {
        .content_type = TSP_TST_INFO,
        .content = plan->info,
        .attributes = plan->attributes,
        .mechanism = plan->mechanism,
        .signature = plan->signature,
        .certificates = plan->certificates,
        .certificate_count = plan->certificate_count,
        .without_certificates = !plan->with_certificates,
    };
    return cms_build(ret, &cms, e);
}

/* ---- Parsing ---- */

bool tsp_token_parse(struct tsp_token *ret, struct bytes der, struct err *e)
{
    struct tsp_token token;
    if (der.size > TSP_TOKEN_MAX)
        return err_set(e, ERR_LIMIT, "a timestamp token has %zu bytes; at most %u are read",
                       der.size, TSP_TOKEN_MAX);
    if (!cms_parse(&token.cms, der, e))
        return err_wrap(e, "timestamp token");
    if (!der_oid_is(token.cms.content_type, TSP_TST_INFO))
        return err_set(e, ERR_INPUT, "a timestamp token has other content than a TSTInfo");
    if (token.cms.signer_count != 1)
        return err_set(e, ERR_INPUT, "a timestamp token has %zu signers instead of one",
                       token.cms.signer_count);
    struct der content = der_open(token.cms.content);
    token.content = der_octets(&content);
    if (!der_done(&content, "a timestamp token's content", e) ||
        !tsp_info_parse(&token.info, token.content, e))
        return false;
    *ret = token;
    return true;
}

/* ---- Verifying ---- */

static bool imprint_check(const struct tsp_info *info, struct bytes message, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    size_t size = digest_compute(digest, info->alg, message);
    return bytes_equal(info->imprint, bytes_make(digest, size)) ||
           err_refuse(e, "timestamp.imprint", "the timestamp is over something else");
}

/* Where the certificates of a token come from: those inside it first, then the caller's. */
struct pool {
    size_t count;
    struct x509 list[CMS_CERTIFICATES_MAX + TSP_OTHERS_MAX];
};

static void pool_fill(struct pool *pool, const struct tsp_token *token,
                      const struct tsp_trust *trust)
{
    struct err ignored;
    pool->count = 0;
    for (size_t i = 0; i < token->cms.certificate_count; i++)
        pool->count += x509_parse(&pool->list[pool->count], token->cms.certificates[i], &ignored);
    for (size_t i = 0; i < trust->other_count && i < TSP_OTHERS_MAX; i++)
        pool->list[pool->count++] = trust->others[i];
}

static bool signer_find(const struct x509 **ret, const struct pool *pool,
                        const struct cms_signer *signer, struct err *e)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (!cms_is_signer(signer, &pool->list[i]))
            continue;
        *ret = &pool->list[i];
        return true;
    }
    return err_set(e, ERR_NOT_FOUND, "the time-stamping authority's certificate is not there");
}

static bool signature_check(const struct tsp_token *token, const struct x509 *cert, struct err *e)
{
    const struct cms_signer *signer = &token->cms.signers[0];
    AUTO(pubkey) key = NULL;
    enum digest_alg alg;
    enum mechanism mechanism;
    uint8_t digest[DIGEST_MAX];
    if (!pubkey_parse(&key, cert->spki, e) || !cms_signer_algorithms(&alg, &mechanism, signer, e))
        return err_wrap(e, "timestamp token");
    size_t size = digest_compute(digest, alg, token->content);
    return cms_verify(signer, key, TSP_TST_INFO, bytes_make(digest, size), e) ||
           err_wrap(e, "timestamp token");
}

/* Whether IssuerSerial, if it is there, is that of the certificate; another name than a
 * directoryName says nothing. */
static bool issuer_serial_fits(struct der *id, const struct x509 *cert)
{
    if (der_at_end(id))
        return true;
    struct der parts = der_enter(id, DER_SEQUENCE);
    struct der names = der_enter(&parts, DER_SEQUENCE);
    struct bytes issuer = cert->issuer;
    while (!der_at_end(&names)) {
        bool directory = der_next_is(&names, DIRECTORY_NAME);
        struct der name = der_open(der_any(&names, NULL));
        if (directory)
            issuer = der_body(&name, DIRECTORY_NAME);
    }
    der_leave(&parts, &names);
    struct bytes serial = der_natural(&parts);
    der_leave(id, &parts);
    return bytes_equal(issuer, cert->issuer) && bytes_equal(serial, cert->serial);
}

/* The first ESSCertIDv2: hash algorithm (SHA-256 if absent), hash, issuer and serial number. */
static bool ess_check(struct bytes value, const struct x509 *cert, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    enum digest_alg alg = DIGEST_SHA256;
    struct der all = der_open(value);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    struct der list = der_enter(&parts, DER_SEQUENCE);
    struct der id = der_enter(&list, DER_SEQUENCE);
    if (der_next_is(&id, DER_SEQUENCE) &&
        !algorithm_parse_digest(&alg, der_whole(&id, DER_SEQUENCE), e))
        return err_wrap(e, "signing certificate of a timestamp");
    struct bytes hash = der_octets(&id);
    bool fits = issuer_serial_fits(&id, cert);
    der_leave(&list, &id);
    if (!der_done(&id, "the signing certificate of a timestamp", e))
        return false;
    size_t size = digest_compute(digest, alg, cert->der);
    return (fits && bytes_equal(hash, bytes_make(digest, size))) ||
           err_refuse(e, "timestamp.certificate",
                      "the timestamp is bound to another certificate than the one that fits it");
}

static bool certificate_check(const struct tsp_token *token, const struct x509 *cert, struct err *e)
{
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    struct bytes value;
    struct err own;
    cms_put_attributes(&set, &token->cms.signers[0]);
    if (!buf_ok(&set, "a timestamp's signed attributes", e))
        return false;
    struct der attributes = der_open(buf_bytes(&set));
    if (attributes_find(&value, der_body(&attributes, DER_SET), OID_SIGNING_CERTIFICATE_V2, &own))
        return ess_check(value, cert, e);
    return err_refuse(e, "timestamp.certificate",
                      "the timestamp does not say by ESSCertIDv2 whose certificate it is under");
}

static bool chain_check(struct tsp_verified *v, const struct x509 *cert, const struct pool *pool,
                        const struct tsp_trust *trust, struct err *e)
{
    struct chain chain;
    struct err own;
    (void)err_refuse(&own, "chain.issuer", "no root is trusted for time");
    size_t i = 0;
    while (i < trust->root_count && !chain_verify(&chain, CHAIN_TIME_STAMPING, cert, pool->list,
                                                  pool->count, &trust->roots[i], v->time, &own))
        i++;
    if (i == trust->root_count) {
        *e = own;
        return err_wrap(e, "time-stamping authority");
    }
    for (v->chain_count = 0; v->chain_count < chain.count; v->chain_count++)
        v->chain[v->chain_count] = chain.list[v->chain_count]->der;
    return true;
}

bool tsp_token_verify(struct tsp_verified *ret, const struct tsp_token *token, struct bytes message,
                      const struct tsp_trust *trust, struct err *e)
{
    struct tsp_verified v = {.time = token->info.time, .accuracy = token->info.accuracy};
    struct pool pool;
    const struct x509 *cert = NULL;
    pool_fill(&pool, token, trust);
    if (!imprint_check(&token->info, message, e) ||
        !signer_find(&cert, &pool, &token->cms.signers[0], e) || !signature_check(token, cert, e) ||
        !certificate_check(token, cert, e) || !chain_check(&v, cert, &pool, trust, e))
        return false;
    *ret = v;
    return true;
}
