#include "pki/cms.h"

#include "pki/algorithm.h"
#include "pki/der.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_RSA_ENCRYPTION "1.2.840.113549.1.1.1"

/* RSA as plain rsaEncryption, which every reader knows (RFC 3370 section 3.2). */
static void signature_algorithm_put(struct buf *b, enum mechanism m)
{
    if (mechanism_key_kind(m) != KEY_RSA) {
        algorithm_put_signature(b, m);
        return;
    }
    size_t start = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, OID_RSA_ENCRYPTION);
    der_put_null(b);
    der_end(b, start);
}

static void timestamp_put(struct buf *b, struct bytes token)
{
    size_t set = der_begin(b, DER_CONTEXT_CONSTRUCTED(1));
    struct attribute_mark mark = attribute_begin(b, CMS_TIMESTAMP);
    buf_put(b, token);
    attribute_end(b, mark);
    der_end(b, set);
}

static bool signer_put(struct buf *b, const struct cms_plan *plan, const struct x509 *cert,
                       enum digest_alg alg, struct err *e)
{
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX + 16);
    algorithm_put_signature_value(&signature, plan->mechanism, plan->signature);
    if (!buf_ok(&signature, "a CMS signature", e))
        return false;
    size_t info = der_begin(b, DER_SEQUENCE);
    der_put_small(b, 1);
    size_t id = der_begin(b, DER_SEQUENCE);
    buf_put(b, cert->issuer);
    der_put_natural(b, cert->serial);
    der_end(b, id);
    algorithm_put_digest(b, alg);
    buf_put_u8(b, DER_CONTEXT_CONSTRUCTED(0));
    buf_put(b, bytes_make(plan->attributes.data + 1, plan->attributes.size - 1));
    signature_algorithm_put(b, plan->mechanism);
    der_put_octets(b, buf_bytes(&signature));
    if (plan->timestamp.data != NULL)
        timestamp_put(b, plan->timestamp);
    der_end(b, info);
    return true;
}

static void content_put(struct buf *b, const struct cms_plan *plan)
{
    size_t content = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, plan->content_type != NULL ? plan->content_type : ATTRIBUTES_ID_DATA);
    if (plan->content.data != NULL) {
        size_t explicit = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
        der_put_octets(b, plan->content);
        der_end(b, explicit);
    }
    der_end(b, content);
}

static void certificates_put(struct buf *b, const struct cms_plan *plan)
{
    if (plan->without_certificates)
        return;
    size_t certificates = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < plan->certificate_count; i++)
        buf_put(b, plan->certificates[i]);
    der_end_set(b, certificates);
}

/* Version 3 as soon as the content is no id-data (RFC 5652 5.1). */
static bool signed_data_put(struct buf *b, const struct cms_plan *plan, const struct x509 *cert,
                            enum digest_alg alg, struct err *e)
{
    size_t data = der_begin(b, DER_SEQUENCE);
    der_put_small(b, plan->content_type != NULL ? 3 : 1);
    size_t algorithms = der_begin(b, DER_SET);
    algorithm_put_digest(b, alg);
    der_end(b, algorithms);
    content_put(b, plan);
    certificates_put(b, plan);
    size_t signers = der_begin(b, DER_SET);
    if (!signer_put(b, plan, cert, alg, e))
        return false;
    der_end(b, signers);
    der_end(b, data);
    return true;
}

bool cms_build(struct buf *ret, const struct cms_plan *plan, struct err *e)
{
    struct x509 cert;
    struct attributes attributes;
    enum digest_alg alg;
    if (!mechanism_digest(plan->mechanism, &alg))
        return err_set(e, ERR_INPUT, "CMS is not written with %s", mechanism_name(plan->mechanism));
    if (plan->certificate_count == 0 || plan->certificate_count > CMS_CERTIFICATES_MAX)
        return err_set(e, ERR_INPUT, "a CMS message needs 1 to %d certificates",
                       CMS_CERTIFICATES_MAX);
    if (!x509_parse(&cert, plan->certificates[0], e) ||
        !attributes_parse(&attributes, plan->attributes, e))
        return false;
    AUTO_VALUE(buf) message = BUF(CMS_DER_MAX);
    size_t info = der_begin(&message, DER_SEQUENCE);
    der_put_oid(&message, OID_SIGNED_DATA);
    size_t explicit = der_begin(&message, DER_CONTEXT_CONSTRUCTED(0));
    if (!signed_data_put(&message, plan, &cert, alg, e))
        return false;
    der_end(&message, explicit);
    der_end(&message, info);
    if (!buf_ok(&message, "a CMS message", e))
        return false;
    buf_put(ret, buf_bytes(&message));
    return buf_ok(ret, "a CMS message", e);
}
