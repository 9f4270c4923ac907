#include "pki/spc.h"

#include "pki/algorithm.h"
#include "pki/der.h"

#define SPC_PE_IMAGE_DATA "1.3.6.1.4.1.311.2.1.15"

/* SpcAttributeTypeAndOptionalValue: says that it is about a PE image; flags and link are ignored by
 * every verifier. */
static void type_read(struct der *data)
{
    struct der type = der_enter(data, DER_SEQUENCE);
    struct bytes oid = der_oid(&type);
    if (type.fault == NULL && !der_oid_is(oid, SPC_PE_IMAGE_DATA))
        der_fail(&type, "it is not about a PE image");
    if (!der_at_end(&type))
        der_whole(&type, DER_SEQUENCE);
    der_leave(data, &type);
}

bool spc_parse(struct spc *ret, struct bytes der, struct err *e)
{
    if (der.size > SPC_MAX)
        return err_set(e, ERR_LIMIT, "an SpcIndirectDataContent has %zu bytes; at most %d are read",
                       der.size, SPC_MAX);
    struct spc spc;
    struct der all = der_open(der);
    struct der data = der_enter(&all, DER_SEQUENCE);
    spc.value = data.rest;
    type_read(&data);
    struct der info = der_enter(&data, DER_SEQUENCE);
    struct bytes algorithm = der_whole(&info, DER_SEQUENCE);
    spc.digest = der_octets(&info);
    der_leave(&data, &info);
    der_leave(&all, &data);
    if (!der_done(&all, "an SpcIndirectDataContent", e))
        return false;
    if (!algorithm_parse_digest(&spc.alg, algorithm, e))
        return err_wrap(e, "SpcIndirectDataContent");
    if (spc.digest.size != digest_size(spc.alg))
        return err_set(e, ERR_INPUT, "an SpcIndirectDataContent has a digest of %zu bytes for %s",
                       spc.digest.size, digest_name(spc.alg));
    *ret = spc;
    return true;
}
