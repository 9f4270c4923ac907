#include "pki/cms.h"

#include "pki/algorithm.h"
#include "pki/der.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define VERSION_MAX 5

/* ---- Reading ---- */

/* Whether an element with an indefinite length stands first: BER, as streaming writers make it. */
static bool is_indefinite(struct bytes der)
{
    return der.size >= 2 && (der.data[0] & 0x20) != 0 && der.data[1] == 0x80;
}

static void version_read(struct der *r)
{
    if (der_small(r) > VERSION_MAX)
        der_fail(r, "the version is unknown");
}

static void content_read(struct cms *cms, struct der *data)
{
    struct der info = der_enter(data, DER_SEQUENCE);
    cms->content_type = der_oid(&info);
    if (!der_at_end(&info)) {
        struct der explicit = der_enter(&info, DER_CONTEXT_CONSTRUCTED(0));
        cms->content = der_any(&explicit, NULL);
        der_leave(&info, &explicit);
    }
    der_leave(data, &info);
}

static void certificates_read(struct cms *cms, struct der *data)
{
    if (!der_next_is(data, DER_CONTEXT_CONSTRUCTED(0)))
        return;
    struct der list = der_enter(data, DER_CONTEXT_CONSTRUCTED(0));
    while (!der_at_end(&list)) {
        struct bytes certificate = der_whole(&list, DER_SEQUENCE);
        if (cms->certificate_count == CMS_CERTIFICATES_MAX) {
            der_fail(&list, "there are too many certificates");
            break;
        }
        if (list.fault == NULL)
            cms->certificates[cms->certificate_count++] = certificate;
    }
    der_leave(data, &list);
}

static void signer_id_read(struct cms_signer *signer, struct der *info)
{
    if (der_next_is(info, DER_CONTEXT(0))) {
        signer->key_id = der_body(info, DER_CONTEXT(0));
        return;
    }
    struct der id = der_enter(info, DER_SEQUENCE);
    signer->issuer = der_whole(&id, DER_SEQUENCE);
    signer->serial = der_natural(&id);
    der_leave(info, &id);
}

static struct cms_signer signer_read(struct der *list)
{
    struct cms_signer s = {0};
    struct der info = der_enter(list, DER_SEQUENCE);
    version_read(&info);
    signer_id_read(&s, &info);
    s.digest_algorithm = der_whole(&info, DER_SEQUENCE);
    if (der_next_is(&info, DER_CONTEXT_CONSTRUCTED(0)))
        s.attributes = der_whole(&info, DER_CONTEXT_CONSTRUCTED(0));
    s.signature_algorithm = der_whole(&info, DER_SEQUENCE);
    s.signature = der_octets(&info);
    if (der_next_is(&info, DER_CONTEXT_CONSTRUCTED(1)))
        s.unsigned_attributes = der_body(&info, DER_CONTEXT_CONSTRUCTED(1));
    der_leave(list, &info);
    return s;
}

static bool signers_parse(struct cms *cms, struct bytes set, struct err *e)
{
    struct der list = der_open(set);
    do {
        if (cms->signer_count == CMS_SIGNERS_MAX)
            return err_set(e, ERR_LIMIT, "the CMS message has more than %d signers",
                           CMS_SIGNERS_MAX);
        cms->signers[cms->signer_count++] = signer_read(&list);
    } while (!der_at_end(&list));
    return der_done(&list, "the list of CMS signers", e);
}

bool cms_parse(struct cms *ret, struct bytes der, struct err *e)
{
    if (der.size > CMS_DER_MAX)
        return err_set(e, ERR_LIMIT, "a CMS message has %zu bytes; at most %d are read", der.size,
                       CMS_DER_MAX);
    if (is_indefinite(der)) {
        err_set(e, ERR_INPUT, "the CMS message is BER with indefinite lengths, not DER");
        return err_hint(e, "write it again as DER: with openssl cms, without -stream");
    }
    struct cms cms = {0};
    struct der all = der_open(der);
    struct der info = der_enter(&all, DER_SEQUENCE);
    struct bytes type = der_oid(&info);
    if (info.fault == NULL && !der_oid_is(type, OID_SIGNED_DATA))
        der_fail(&info, "it is not SignedData");
    struct der explicit = der_enter(&info, DER_CONTEXT_CONSTRUCTED(0));
    struct der data = der_enter(&explicit, DER_SEQUENCE);
    version_read(&data);
    der_body(&data, DER_SET);
    content_read(&cms, &data);
    certificates_read(&cms, &data);
    if (der_next_is(&data, DER_CONTEXT_CONSTRUCTED(1)))
        der_body(&data, DER_CONTEXT_CONSTRUCTED(1));
    struct bytes signers = der_body(&data, DER_SET);
    der_leave(&explicit, &data);
    der_leave(&info, &explicit);
    der_leave(&all, &info);
    if (!der_done(&all, "a CMS message", e) || !signers_parse(&cms, signers, e))
        return false;
    *ret = cms;
    return true;
}

void cms_put_attributes(struct buf *b, const struct cms_signer *signer)
{
    struct bytes attributes = signer->attributes;
    if (attributes.data == NULL)
        return;
    buf_put_u8(b, DER_SET);
    buf_put(b, bytes_make(attributes.data + 1, attributes.size - 1));
}

bool cms_signer_algorithms(enum digest_alg *ret_digest, enum mechanism *ret_mechanism,
                           const struct cms_signer *signer, struct err *e)
{
    enum digest_alg digest;
    if (!algorithm_parse_digest(&digest, signer->digest_algorithm, e) ||
        !algorithm_parse_cms(ret_mechanism, signer->signature_algorithm, digest, e))
        return err_wrap(e, "CMS signer");
    *ret_digest = digest;
    return true;
}

bool cms_is_signer(const struct cms_signer *signer, const struct x509 *cert)
{
    if (signer->key_id.data != NULL)
        return bytes_equal(cert->subject_key_id, signer->key_id);
    return bytes_equal(cert->issuer, signer->issuer) && bytes_equal(cert->serial, signer->serial);
}

bool cms_signer_certificate(struct x509 *ret, const struct cms *cms,
                            const struct cms_signer *signer, struct err *e)
{
    struct err ignored;
    for (size_t i = 0; i < cms->certificate_count; i++) {
        struct x509 cert;
        if (x509_parse(&cert, cms->certificates[i], &ignored) && cms_is_signer(signer, &cert)) {
            *ret = cert;
            return true;
        }
    }
    return err_set(e, ERR_NOT_FOUND, "the signer's certificate is not in the CMS message");
}

bool cms_timestamp(struct bytes *ret_token, const struct cms_signer *signer, struct err *e)
{
    static const char *const types[] = {CMS_TIMESTAMP, CMS_AUTHENTICODE_TIMESTAMP};
    struct bytes found = BYTES_NONE;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct bytes token;
        struct err own;
        if (attributes_find(&token, signer->unsigned_attributes, types[i], &own)) {
            if (found.data != NULL)
                return err_set(e, ERR_INPUT, "a CMS signature has two timestamps");
            found = token;
        } else if (own.code != ERR_NOT_FOUND) {
            *e = own;
            return err_wrap(e, "unsigned attributes of a CMS signature");
        }
    }
    if (found.data == NULL)
        return err_set(e, ERR_NOT_FOUND, "the CMS signature has no timestamp");
    *ret_token = found;
    return true;
}

bool cms_verify(const struct cms_signer *signer, const struct pubkey *key, const char *content_type,
                struct bytes digest, struct err *e)
{
    struct attributes attributes;
    enum digest_alg alg;
    enum mechanism mechanism;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    if (!cms_signer_algorithms(&alg, &mechanism, signer, e))
        return false;
    if (signer->attributes.data == NULL)
        return err_set(e, ERR_INPUT, "the CMS signature has no signed attributes");
    cms_put_attributes(&set, signer);
    if (!buf_ok(&set, "the set of signed attributes", e) ||
        !attributes_parse(&attributes, buf_bytes(&set), e))
        return false;
    if (!der_oid_is(attributes.content_type, content_type))
        return err_set(e, ERR_AUTH, "the signature is over content of another type");
    if (!bytes_equal(attributes.message_digest, digest))
        return err_set(e, ERR_AUTH, "the signature is over other content");
    return algorithm_verify(key, mechanism, buf_bytes(&set), signer->signature, e);
}
