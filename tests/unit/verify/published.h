/*
 * The public files of a record, in memory, signed with the log key of the tests' world: what an
 * audit reads, where receipts come from, and what a test tampers with.
 */
#ifndef SEALWARD_TESTS_UNIT_VERIFY_PUBLISHED_H
#define SEALWARD_TESTS_UNIT_VERIFY_PUBLISHED_H

#include "unit/rules/world.h"

#include "proof/authority.h"
#include "proof/receipt.h"
#include "proof/tile.h"

/* The private log key of the world's genesis: 32 bytes of this. */
#define PUBLISHED_SEED 7
#define PUBLISHED_FILES_MAX 256

struct published_file {
    char path[TILE_PATH_MAX];
    struct buf content;
    bool gone;
};

struct published {
    struct authority authority;
    size_t count;
    struct published_file files[PUBLISHED_FILES_MAX];
};

/* Publishes the entries; the authority is that of entry 0 unless it is changed afterwards. */
void published_make(struct published *p, const struct bytes *entries, size_t count);
void published_done(struct published *p);
AUTO_DONE(published)

struct published_file *published_find(struct published *p, const char *path);

/* The checkpoint's signed note of the first `size` entries. */
void published_checkpoint(struct buf *ret, const struct bytes *entries, size_t size, uint8_t seed);

/* The receipt of that entry in the log of all. */
void published_receipt(struct buf *ret, const struct bytes *entries, size_t count, size_t index);

/* Appends the file's content; ERR_NOT_FOUND if there is none, or it is gone. */
bool published_read(struct published *p, const char *path, struct buf *ret, struct err *e);

#endif
