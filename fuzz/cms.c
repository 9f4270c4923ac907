/*
 * Aims at cms_parse, cms_signer_certificate, cms_signer_algorithms (and with it
 * algorithm_parse_digest and algorithm_parse_cms), cms_timestamp and cms_put_attributes.
 *
 * What is accepted lies within the input, has at least one signer, and its attributes come out as
 * many bytes as they went in.
 */
#include "pki/cms.h"
#include "property.h"

static void signer_check(const struct cms *cms, const struct cms_signer *signer)
{
    struct x509 cert;
    struct err e;
    enum digest_alg digest;
    enum mechanism mechanism;
    struct bytes token;
    AUTO_VALUE(buf) set = BUF(CMS_DER_MAX);
    (void)!cms_signer_certificate(&cert, cms, signer, &e);
    (void)!cms_signer_algorithms(&digest, &mechanism, signer, &e);
    if (cms_timestamp(&token, signer, &e))
        PROPERTY(token.data > signer->unsigned_attributes.data);
    cms_put_attributes(&set, signer);
    PROPERTY(!set.failed && set.size == signer->attributes.size);
    PROPERTY((signer->key_id.data == NULL) != (signer->issuer.data == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cms cms;
    struct err e;
    if (!cms_parse(&cms, bytes_make(data, size), &e))
        return 0;
    PROPERTY(cms.signer_count >= 1 && cms.signer_count <= CMS_SIGNERS_MAX);
    for (size_t i = 0; i < cms.certificate_count; i++)
        PROPERTY(cms.certificates[i].data > data &&
                 cms.certificates[i].data + cms.certificates[i].size <= data + size);
    for (size_t i = 0; i < cms.signer_count; i++)
        signer_check(&cms, &cms.signers[i]);
    return 0;
}
