#include "artifact/row.h"

#include "artifact/manifest.h"
#include "artifact/zip.h"
#include "base/limits.h"

#define FOLDER "META-INF/"
#define MANIFEST "META-INF/MANIFEST.MF"

/* ASCII letters only, as Java compares these names. */
static bool text_equal_folded(struct bytes a, const char *upper, size_t size)
{
    if (a.size != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = a.data[i];
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - ('a' - 'A'));
        if (c != (uint8_t)upper[i])
            return false;
    }
    return true;
}

static bool name_is(struct bytes name, const char *upper)
{
    return text_equal_folded(name, upper, strlen(upper));
}

static bool ends_with(struct bytes name, const char *upper)
{
    size_t size = strlen(upper);
    return name.size >= size &&
           text_equal_folded(bytes_make(name.data + name.size - size, size), upper, size);
}

/* True for files that stand in META-INF itself. */
static bool in_folder(struct bytes name)
{
    size_t size = sizeof FOLDER - 1;
    return name.size > size && text_equal_folded(bytes_make(name.data, size), FOLDER, size) &&
           memchr(name.data + size, '/', name.size - size) == NULL;
}

/* The CMS messages: signature block files (JAR File Specification, "Signature Block File"). */
static bool is_block(struct bytes name)
{
    return in_folder(name) &&
           (ends_with(name, ".RSA") || ends_with(name, ".EC") || ends_with(name, ".DSA"));
}

/* What signing adds or changes: the manifest (whose own contents count apart), signature files, and
 * the entry of their folder. */
static bool is_signing(struct bytes name)
{
    static const char sig[] = FOLDER "SIG-";
    size_t size = sizeof sig - 1;
    if (name_is(name, FOLDER) || name_is(name, MANIFEST))
        return true;
    bool named = name.size > size && text_equal_folded(bytes_make(name.data, size), sig, size);
    return in_folder(name) && (named || is_block(name) || ends_with(name, ".SF"));
}

static void sized_add(struct digest *d, struct bytes bytes)
{
    uint8_t size[4] = {(uint8_t)(bytes.size >> 24), (uint8_t)(bytes.size >> 16),
                       (uint8_t)(bytes.size >> 8), (uint8_t)bytes.size};
    digest_add(d, BYTES_OF(size));
    digest_add(d, bytes);
}

static void count_add(struct digest *d, size_t count)
{
    uint8_t number[4] = {(uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8),
                         (uint8_t)count};
    digest_add(d, BYTES_OF(number));
}

static bool contents_add(struct digest *d, enum digest_alg alg, const struct zip_entry *entry,
                         struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    AUTO_VALUE(buf) contents = BUF((size_t)LIMIT_JAR_ENTRY + 1);
    if (!zip_read(&contents, entry, e))
        return false;
    size_t size = digest_compute(digest, alg, buf_bytes(&contents));
    digest_add(d, bytes_make(digest, size));
    return true;
}

static bool entries_add(struct digest *d, enum digest_alg alg, const struct zip *zip, struct err *e)
{
    size_t count = 0;
    for (size_t i = 0; i < zip->count; i++)
        count += !is_signing(zip->entries[i].name);
    count_add(d, count);
    for (size_t i = 0; i < zip->count; i++) {
        if (is_signing(zip->entries[i].name))
            continue;
        sized_add(d, zip->entries[i].name);
        if (!contents_add(d, alg, &zip->entries[i], e))
            return false;
    }
    return true;
}

/* The one entry that Java takes as the manifest, whatever the case of its name; NULL if none. */
static bool manifest_find(const struct zip_entry **ret, const struct zip *zip, struct err *e)
{
    const struct zip_entry *found = NULL;
    for (size_t i = 0; i < zip->count; i++) {
        if (!name_is(zip->entries[i].name, MANIFEST))
            continue;
        if (found != NULL)
            return err_set(e, ERR_INPUT, "the JAR has two manifests");
        found = &zip->entries[i];
    }
    *ret = found;
    return true;
}

static bool manifest_add(struct digest *d, const struct zip *zip, struct arena *a, struct err *e)
{
    const struct zip_entry *entry = NULL;
    struct manifest manifest = {0};
    AUTO_VALUE(buf) text = BUF((size_t)LIMIT_JAR_MANIFEST + 1);
    if (!manifest_find(&entry, zip, e))
        return false;
    if (entry != NULL &&
        (!zip_read(&text, entry, e) || !manifest_parse(&manifest, buf_bytes(&text), a, e)))
        return false;
    count_add(d, manifest.count);
    for (size_t i = 0; i < manifest.count; i++) {
        sized_add(d, manifest.items[i].section);
        sized_add(d, manifest.items[i].name);
        sized_add(d, manifest.items[i].value);
    }
    return true;
}

static bool identify(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes file, struct err *e)
{
    struct zip zip = {0};
    struct digest d;
    AUTO_VALUE(arena) a = ARENA(LIMIT_JAR_MEMORY);
    if (!zip_parse(&zip, file, &a, e))
        return false;
    digest_init(&d, alg);
    digest_add(&d, bytes_text("sealward-jar-1\n"));
    if (!entries_add(&d, alg, &zip, e) || !manifest_add(&d, &zip, &a, e))
        return false;
    digest_final(&d, ret);
    return true;
}

static bool block_add(struct artifact_signatures *ret, const struct zip_entry *entry,
                      struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) block = BUF(ARTIFACT_ARENA_MAX);
    if (!zip_read(&block, entry, e))
        return false;
    struct bytes copy = arena_copy(a, buf_bytes(&block));
    if (copy.data == NULL)
        return err_set(e, ERR_MEMORY, "there is no memory for the JAR's signatures");
    return row_signature_add(ret, copy, e);
}

static bool signatures_find(struct artifact_signatures *ret, struct bytes file, struct bytes beside,
                            struct arena *a, struct err *e)
{
    struct zip zip = {0};
    AUTO_VALUE(arena) own = ARENA(LIMIT_JAR_MEMORY);
    (void)beside;
    if (!zip_parse(&zip, file, &own, e))
        return false;
    for (size_t i = 0; i < zip.count; i++)
        if (is_block(zip.entries[i].name) && !block_add(ret, &zip.entries[i], a, e))
            return false;
    return true;
}

const struct artifact_row jar_row = {
    .name = "jar", .identify = identify, .signatures = signatures_find};
