/*
 * Entry bundles (C2SP tlog-tiles, "Log entries"): up to 256 entries, each a big-endian u16 length
 * and that many bytes. Writing, reading, and holding a bundle against the hash tile beside it.
 *
 * Entries read are views into the bundle. An entry is at least 1 and at most 65,535 bytes.
 */
#ifndef SEALWARD_PROOF_BUNDLE_H
#define SEALWARD_PROOF_BUNDLE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "proof/tile.h"

#define BUNDLE_BYTES_MAX (TILE_WIDTH * (2 + LIMIT_ENTRY))

struct bundle {
    size_t count;
    struct bytes entries[TILE_WIDTH];
};

/* Appends one entry. An entry that is empty or too long sets the buffer's failure. */
void bundle_put(struct buf *b, struct bytes entry);

/* Reads a bundle of exactly `width` entries (1 to TILE_WIDTH); anything else is ERR_INPUT. */
CHECKED bool bundle_read(struct bundle *ret, struct bytes bytes, unsigned width, struct err *e);

/* True if `tile` (the content of the level 0 tile beside it) is exactly the leaf hashes of the
 * entries. Else ERR_DAMAGED naming the first that differs; `first` is the log index of the first
 * entry, for that message. */
CHECKED bool bundle_check(const struct bundle *b, struct bytes tile, uint64_t first, struct err *e);

#endif
