#include "artifact/zip.h"

#include <stdlib.h>

#include "artifact/inflate.h"
#include "base/limits.h"
#include "base/text.h"

#define END_SIGNATURE UINT32_C(0x06054b50)
#define CENTRAL_SIGNATURE UINT32_C(0x02014b50)
#define LOCAL_SIGNATURE UINT32_C(0x04034b50)
#define END_SIZE 22
#define CENTRAL_SIZE 46
#define LOCAL_SIZE 30
#define COMMENT_MAX 0xffff
#define ZIP64_COUNT 0xffff
#define ZIP64_SIZE UINT32_C(0xffffffff)
#define FLAG_ENCRYPTED 0x2041 /* encrypted, strongly encrypted, directory masked */
#define FLAG_DESCRIBED 0x0008
#define DESCRIPTOR_SIZE 12 /* may have a signature of 4 before it */
#define METHOD_STORED 0
#define METHOD_DEFLATED 8

/* Little-endian, front to back; the caller has made sure of the size. */
static uint32_t le16(const uint8_t *at)
{
    return (uint32_t)(at[0] | at[1] << 8);
}

static uint32_t le32(const uint8_t *at)
{
    return le16(at) | le16(at + 2) << 16;
}

static bool damaged(struct err *e, const char *why)
{
    return err_set(e, ERR_INPUT, "the file is not a ZIP archive that can be read: %s", why);
}

struct directory {
    size_t count;
    size_t at;
    size_t end; /* where the end record begins */
};

/* The end record is the one whose comment ends with the file. */
static bool end_find(size_t *ret, struct bytes file, struct err *e)
{
    if (file.size >= END_SIZE) {
        size_t last = file.size - END_SIZE;
        size_t first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;
        for (size_t at = last + 1; at-- > first;) {
            if (le32(file.data + at) == END_SIGNATURE &&
                at + END_SIZE + le16(file.data + at + 20) == file.size) {
                *ret = at;
                return true;
            }
        }
    }
    return damaged(e, "it has no end record");
}

static bool directory_find(struct directory *ret, struct bytes file, struct err *e)
{
    size_t end = 0;
    if (!end_find(&end, file, e))
        return false;
    const uint8_t *record = file.data + end;
    size_t count = le16(record + 10);
    size_t size = le32(record + 12);
    size_t at = le32(record + 16);
    if (le16(record + 4) != 0 || le16(record + 6) != 0 || le16(record + 8) != count)
        return damaged(e, "it is split over several disks");
    if (count == ZIP64_COUNT || size == ZIP64_SIZE || at == ZIP64_SIZE)
        return damaged(e, "it needs ZIP64");
    if (at > end || end - at != size)
        return damaged(e, "its directory does not end where its end record begins");
    *ret = (struct directory){.count = count, .at = at, .end = end};
    return true;
}

/* A reader that goes from entry to entry sees what the directory says. */
static bool local_check(const struct zip_entry *entry, const uint8_t *head, struct err *e)
{
    bool described = (le16(head + 6) & FLAG_DESCRIBED) != 0;
    bool deflated = le16(head + 8) == METHOD_DEFLATED;
    if (described != entry->described || deflated != entry->deflated)
        return damaged(e, "a local header does not say what the directory says");
    bool sized = le32(head + 18) == entry->packed.size && le32(head + 22) == entry->size;
    if (!described && !sized)
        return damaged(e, "a local header does not say what the directory says");
    return true;
}

/* Finds an entry's bytes behind its local header. */
static bool packed_find(struct zip_entry *entry, struct bytes file, size_t end, struct err *e)
{
    const uint8_t *head = file.data + entry->at;
    if (entry->at > end || end - entry->at < LOCAL_SIZE || le32(head) != LOCAL_SIGNATURE)
        return damaged(e, "an entry has no local header");
    size_t name_size = le16(head + 26);
    size_t skip = LOCAL_SIZE + name_size + le16(head + 28);
    if (end - entry->at < skip || end - entry->at - skip < entry->packed.size)
        return damaged(e, "an entry does not lie before the directory");
    if (!bytes_equal(bytes_make(head + LOCAL_SIZE, name_size), entry->name))
        return damaged(e, "an entry has one name in the directory and another in its local header");
    if (!local_check(entry, head, e))
        return false;
    entry->packed.data = head + skip;
    return true;
}

static bool sizes_check(const struct zip_entry *entry, uint32_t method, struct err *e)
{
    if (method != METHOD_STORED && method != METHOD_DEFLATED)
        return damaged(e, "an entry is packed in a way other than deflate");
    if (method == METHOD_STORED && entry->size != entry->packed.size)
        return damaged(e, "a stored entry has two sizes");
    if (entry->size > LIMIT_JAR_ENTRY)
        return err_set(e, ERR_LIMIT, "an entry of the archive has %zu bytes; at most %d are read",
                       entry->size, LIMIT_JAR_ENTRY);
    if (entry->size / INFLATE_RATIO_MAX > entry->packed.size)
        return damaged(e, "an entry announces more than its bytes can give");
    return true;
}

/* One record of the directory; *at moves behind it. */
static bool central_parse(struct zip_entry *ret, size_t *at, const struct directory *directory,
                          struct bytes file, struct err *e)
{
    const uint8_t *head = file.data + *at;
    size_t left = directory->end - *at;
    if (left < CENTRAL_SIZE || le32(head) != CENTRAL_SIGNATURE)
        return damaged(e, "its directory has fewer entries than announced");
    size_t name_size = le16(head + 28);
    size_t step = CENTRAL_SIZE + name_size + le16(head + 30) + le16(head + 32);
    if (left < step)
        return damaged(e, "an entry of its directory is cut off");
    if ((le16(head + 8) & FLAG_ENCRYPTED) != 0)
        return damaged(e, "an entry is encrypted");
    struct zip_entry entry = {.name = bytes_make(head + CENTRAL_SIZE, name_size),
                              .packed = bytes_make(file.data, le32(head + 20)),
                              .size = le32(head + 24),
                              .deflated = le16(head + 10) == METHOD_DEFLATED,
                              .described = (le16(head + 8) & FLAG_DESCRIBED) != 0,
                              .at = le32(head + 42)};
    if (name_size == 0 || !text_is_utf8(entry.name))
        return damaged(e, "an entry has no name, or one that is not UTF-8");
    if (!sizes_check(&entry, le16(head + 10), e) || !packed_find(&entry, file, directory->at, e))
        return false;
    *ret = entry;
    *at += step;
    return true;
}

static int place_compare(const void *a, const void *b)
{
    const struct zip_entry *first = a;
    const struct zip_entry *second = b;
    return (first->at > second->at) - (first->at < second->at);
}

/* Sorts the entries by their places, which must follow each other up to the directory. */
static bool places_check(struct zip_entry *entries, size_t count, struct bytes file,
                         size_t directory, struct err *e)
{
    size_t end = 0;
    if (count > 0)
        qsort(entries, count, sizeof *entries, place_compare);
    for (size_t i = 0; i <= count; i++) {
        size_t next = i < count ? entries[i].at : directory;
        size_t gap = next < end ? SIZE_MAX : next - end;
        bool described = i > 0 && entries[i - 1].described;
        if (described ? gap != DESCRIPTOR_SIZE && gap != DESCRIPTOR_SIZE + 4 : gap != 0)
            return damaged(e, "its entries do not follow each other");
        if (i < count)
            end = (size_t)(entries[i].packed.data - file.data) + entries[i].packed.size;
    }
    return true;
}

static int entry_compare(const void *a, const void *b)
{
    const struct zip_entry *first = a;
    const struct zip_entry *second = b;
    return bytes_compare(first->name, second->name);
}

static bool entries_sort(struct zip_entry *entries, size_t count, struct err *e)
{
    if (count > 0)
        qsort(entries, count, sizeof *entries, entry_compare);
    for (size_t i = 1; i < count; i++)
        if (bytes_equal(entries[i - 1].name, entries[i].name))
            return damaged(e, "two entries have the same name");
    return true;
}

bool zip_parse(struct zip *ret, struct bytes file, struct arena *a, struct err *e)
{
    struct directory directory = {0};
    if (!directory_find(&directory, file, e))
        return false;
    if (directory.count > (directory.end - directory.at) / CENTRAL_SIZE)
        return damaged(e, "its directory has fewer entries than announced");
    struct zip_entry *entries = arena_alloc(a, (directory.count + 1) * sizeof *entries);
    if (entries == NULL)
        return err_set(e, ERR_MEMORY, "there is no memory for %zu entries", directory.count);
    size_t at = directory.at;
    for (size_t i = 0; i < directory.count; i++)
        if (!central_parse(&entries[i], &at, &directory, file, e))
            return false;
    if (at != directory.end)
        return damaged(e, "its directory has more entries than announced");
    if (!places_check(entries, directory.count, file, directory.at, e) ||
        !entries_sort(entries, directory.count, e))
        return false;
    *ret = (struct zip){.count = directory.count, .entries = entries};
    return true;
}

bool zip_read(struct buf *ret, const struct zip_entry *entry, struct err *e)
{
    if (!entry->deflated) {
        buf_put(ret, entry->packed);
        return buf_ok(ret, "an entry of the archive", e);
    }
    /* One byte more, so that an empty entry has a place to stand as well. */
    uint8_t *place = buf_grow(ret, entry->size + 1);
    if (place == NULL)
        return buf_ok(ret, "an entry of the archive", e);
    ret->size -= 1;
    return inflate_bytes(place, entry->size, entry->packed, e) ||
           err_wrap(e, "entry \"%.*s\"", BYTES_PRINT(entry->name));
}
