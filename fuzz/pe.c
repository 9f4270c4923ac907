/*
 * Aims at pe_parse, and at the identity and the signatures of PE files.
 *
 * An image's digest does not depend on its checksum, and its parts lie within the file in order.
 */
#include "artifact/artifact.h"
#include "artifact/pe.h"
#include "property.h"

#include <stdlib.h>

static void identity_check(const struct pe *pe, const uint8_t *data, size_t size)
{
    uint8_t digest[DIGEST_MAX];
    uint8_t other[DIGEST_MAX];
    struct err e;
    uint8_t *changed = malloc(size);
    if (changed == NULL)
        return;
    memcpy(changed, data, size);
    changed[pe->checksum_at] ^= 0xff;
    PROPERTY(
        artifact_identify(digest, bytes_text("pe"), DIGEST_SHA256, bytes_make(data, size), &e));
    PROPERTY(
        artifact_identify(other, bytes_text("pe"), DIGEST_SHA256, bytes_make(changed, size), &e));
    PROPERTY(memcmp(digest, other, DIGEST_SHA256_SIZE) == 0);
    free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct artifact_signatures found;
    struct artifact_preimages preimages;
    struct pe pe;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    struct bytes file = bytes_make(data, size);
    if (!pe_parse(&pe, file, &e))
        return 0;
    PROPERTY(pe.checksum_at + 4 <= pe.entry_at && pe.entry_at + 8 <= pe.table_at);
    PROPERTY(pe.table_at + pe.table_size == size);
    identity_check(&pe, data, size);
    if (!artifact_signatures(&found, bytes_text("pe"), file, BYTES_NONE, &a, &e))
        return 0;
    for (size_t i = 0; i < found.count; i++)
        (void)!artifact_preimages(&preimages, bytes_text("pe"), found.list[i], &a, &e);
    return 0;
}
