#include "proof/binding.h"

#include "base/limits.h"
#include "pki/attributes.h"
#include "pki/der.h"
#include "pki/spc.h"
#include "proof/binding_checks.h"

static bool is_digest_of(struct bytes digest, enum digest_alg alg, struct bytes preimage)
{
    uint8_t computed[DIGEST_MAX];
    size_t size = digest_compute(computed, alg, preimage);
    return bytes_equal(digest, bytes_make(computed, size));
}

static bool artifact_check(const struct binding *b, enum digest_alg alg, struct bytes digest,
                           struct err *e)
{
    if (alg != b->artifact_alg)
        return err_refuse(e, "binding.algorithm",
                          "the signature knows the artifact by %s, the declaration by %s",
                          digest_name(alg), digest_name(b->artifact_alg));
    if (!bytes_equal(digest, b->artifact_digest))
        return err_refuse(e, "binding.artifact", "the signature is over another artifact");
    return true;
}

/* The SignedAttributes that were signed, and are over content of the format's type. */
static bool attributes_check(struct attributes *ret, const struct binding *b, struct err *e)
{
    if (!is_digest_of(b->signed_digest, b->signed_alg, b->preimages[0]))
        return err_refuse(e, "binding.digest", "the signed attributes are not what was signed");
    if (!attributes_parse(ret, b->preimages[0], e))
        return false;
    if (!der_oid_is(ret->content_type, format_get(b->format)->content_type))
        return err_refuse(e, "binding.content-type",
                          "the signed attributes are not those of format %s",
                          format_names[b->format]);
    return true;
}

bool binding_check_cms(const struct binding *b, struct err *e)
{
    struct attributes attributes;
    return attributes_check(&attributes, b, e) &&
           artifact_check(b, b->signed_alg, attributes.message_digest, e);
}

bool binding_check_pe(const struct binding *b, struct err *e)
{
    struct attributes attributes;
    struct spc spc;
    if (!attributes_check(&attributes, b, e) || !spc_parse(&spc, b->preimages[1], e))
        return false;
    if (!is_digest_of(attributes.message_digest, b->signed_alg, spc.value))
        return err_refuse(e, "binding.message-digest",
                          "the signed attributes are not over this SpcIndirectDataContent");
    return artifact_check(b, spc.alg, spc.digest, e);
}

bool binding_check_raw(const struct binding *b, struct err *e)
{
    return artifact_check(b, b->signed_alg, b->signed_digest, e);
}

static bool preimages_check(const struct binding *b, const struct format_row *row, struct err *e)
{
    if (b->preimage_count != row->preimages)
        return err_refuse(e, "binding.preimages",
                          "a binding of format %s has %zu preimages, and here are %zu",
                          format_names[b->format], row->preimages, b->preimage_count);
    for (size_t i = 0; i < b->preimage_count; i++)
        if (b->preimages[i].size > LIMIT_PREIMAGE)
            return err_refuse(e, "binding.preimages", "preimage %zu has %zu bytes; at most %d fit",
                              i + 1, b->preimages[i].size, LIMIT_PREIMAGE);
    return true;
}

bool binding_check(const struct binding *b, struct err *e)
{
    const struct format_row *row = format_get(b->format);
    if (row->check == NULL)
        return err_refuse(e, "binding.format", "a signature of format %s cannot be bound",
                          format_names[b->format]);
    if (b->artifact_digest.size != digest_size(b->artifact_alg) ||
        b->signed_digest.size != digest_size(b->signed_alg))
        return err_set(e, ERR_INPUT, "a digest of the binding has a wrong length");
    return preimages_check(b, row, e) && row->check(b, e);
}
