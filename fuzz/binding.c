/*
 * Aims at binding_check, and through it at attributes_parse and spc_parse.
 *
 * The input is a byte that chooses the format, two bytes with the first preimage's size, and the
 * preimages. The digests are made to fit what they say, as far as it can be read, so that the deep
 * ends are reached. What is accepted is refused for an artifact that differs in one bit, and for a
 * to-be-signed digest that does.
 */
#include "base/reader.h"
#include "pki/attributes.h"
#include "pki/spc.h"
#include "proof/binding.h"
#include "property.h"

/* The digest that the preimages lead to; zeros where they lead nowhere. */
static void artifact_take(uint8_t ret[DIGEST_MAX], struct binding *b)
{
    struct attributes attributes;
    struct spc spc;
    struct err e;
    struct bytes digest = BYTES_NONE;
    if (b->format == FORMAT_PE && spc_parse(&spc, b->preimages[1], &e)) {
        digest = spc.digest;
        b->artifact_alg = spc.alg;
    } else if (b->format == FORMAT_CMS && attributes_parse(&attributes, b->preimages[0], &e)) {
        digest = attributes.message_digest;
    }
    memset(ret, 0, DIGEST_MAX);
    if (digest.size <= DIGEST_MAX && digest.size > 0)
        memcpy(ret, digest.data, digest.size);
    b->artifact_digest = bytes_make(ret, digest_size(b->artifact_alg));
}

static void binding_try(enum format format, const struct bytes preimages[2])
{
    uint8_t artifact[DIGEST_MAX];
    uint8_t to_be_signed[DIGEST_MAX];
    struct err e;
    struct binding b = {
        .format = format, .preimages = preimages, .preimage_count = format_get(format)->preimages};
    size_t size = digest_compute(to_be_signed, DIGEST_SHA256, preimages[0]);
    b.signed_digest = bytes_make(to_be_signed, size);
    artifact_take(artifact, &b);
    if (!binding_check(&b, &e))
        return;
    artifact[7] ^= 0x10;
    PROPERTY(!binding_check(&b, &e));
    artifact[7] ^= 0x10;
    to_be_signed[7] ^= 0x10;
    PROPERTY(!binding_check(&b, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_make(bytes_make(data, size));
    enum format format = (enum format)(reader_u8(&r) % FORMAT_COUNT);
    struct bytes preimages[2];
    preimages[0] = reader_bytes(&r, reader_u16(&r));
    preimages[1] = r.rest;
    if (!r.failed)
        binding_try(format, preimages);
    return 0;
}
