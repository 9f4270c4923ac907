/*
 * Writes small ZIP archives for tests: stored entries only, as any packer would.
 */
#ifndef SEALWARD_TESTS_UNIT_ARTIFACT_ARCHIVE_H
#define SEALWARD_TESTS_UNIT_ARTIFACT_ARCHIVE_H

#include "unit/ok.h"

#include "base/buf.h"

struct archive {
    struct buf file;
    struct buf directory;
    uint16_t count;
};

#define ARCHIVE ((struct archive){.file = BUF(1 << 20), .directory = BUF(1 << 20), .count = 0})

static inline void archive_done(struct archive *z)
{
    buf_done(&z->file);
    buf_done(&z->directory);
}
AUTO_DONE(archive)

static inline void put_le16(struct buf *b, size_t value)
{
    buf_put_u8(b, (uint8_t)value);
    buf_put_u8(b, (uint8_t)(value >> 8));
}

static inline void put_le32(struct buf *b, size_t value)
{
    put_le16(b, value);
    put_le16(b, value >> 16);
}

static inline void archive_add(struct archive *z, const char *name, const char *contents)
{
    size_t at = z->file.size;
    put_le32(&z->file, 0x04034b50);
    put_le32(&z->directory, 0x02014b50);
    put_le16(&z->directory, 20);
    for (int i = 0; i < 2; i++) {
        struct buf *b = i == 0 ? &z->file : &z->directory;
        put_le16(b, 20);
        put_le16(b, 0); /* flags */
        put_le16(b, 0); /* stored */
        put_le32(b, 0); /* time */
        put_le32(b, 0); /* checksum: not looked at */
        put_le32(b, strlen(contents));
        put_le32(b, strlen(contents));
        put_le16(b, strlen(name));
        put_le16(b, 0); /* extra field */
    }
    put_le16(&z->directory, 0); /* comment */
    put_le16(&z->directory, 0); /* disk */
    put_le16(&z->directory, 0); /* attributes */
    put_le32(&z->directory, 0);
    put_le32(&z->directory, at);
    buf_put_text(&z->directory, name);
    buf_put_text(&z->file, name);
    buf_put_text(&z->file, contents);
    z->count++;
}

/* Appends directory and end record: the file is whole then. */
static inline struct bytes archive_end(struct archive *z)
{
    size_t at = z->file.size;
    buf_put(&z->file, buf_bytes(&z->directory));
    put_le32(&z->file, 0x06054b50);
    put_le32(&z->file, 0);
    put_le16(&z->file, z->count);
    put_le16(&z->file, z->count);
    put_le32(&z->file, z->directory.size);
    put_le32(&z->file, at);
    put_le16(&z->file, 0);
    return buf_bytes(&z->file);
}

#endif
