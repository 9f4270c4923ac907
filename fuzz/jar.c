/*
 * Aims at zip_parse, zip_read, inflate_bytes, manifest_parse, and the identity and the signatures
 * of JAR files. The first byte of the input chooses: a whole archive, compressed bytes alone, or a
 * manifest alone.
 *
 * Entries come in order and once each; what a manifest gives is in order.
 */
#include "artifact/artifact.h"
#include "artifact/inflate.h"
#include "artifact/manifest.h"
#include "artifact/zip.h"
#include "property.h"

#define SIZE 4096

static void archive_try(struct bytes file)
{
    uint8_t digest[DIGEST_MAX];
    struct artifact_signatures found;
    struct zip zip;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    if (zip_parse(&zip, file, &a, &e)) {
        for (size_t i = 1; i < zip.count; i++)
            PROPERTY(bytes_compare(zip.entries[i - 1].name, zip.entries[i].name) < 0);
        for (size_t i = 0; i < zip.count; i++)
            PROPERTY(zip.entries[i].packed.data + zip.entries[i].packed.size <=
                     file.data + file.size);
    }
    (void)!artifact_identify(digest, bytes_text("jar"), DIGEST_SHA256, file, &e);
    (void)!artifact_signatures(&found, bytes_text("jar"), file, BYTES_NONE, &a, &e);
}

static void manifest_try(struct bytes text)
{
    struct manifest m;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    if (!manifest_parse(&m, text, &a, &e))
        return;
    for (size_t i = 1; i < m.count; i++) {
        int order = bytes_compare(m.items[i - 1].section, m.items[i].section);
        PROPERTY(order < 0 ||
                 (order == 0 && bytes_compare(m.items[i - 1].name, m.items[i].name) < 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t out[SIZE];
    struct err e;
    if (size == 0)
        return 0;
    struct bytes input = bytes_make(data + 1, size - 1);
    if (data[0] % 3 == 0)
        archive_try(input);
    else if (data[0] % 3 == 1)
        (void)!inflate_bytes(out, size % SIZE, input, &e);
    else
        manifest_try(input);
    return 0;
}
