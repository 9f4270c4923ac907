#include "proof/bundle.h"

#include <inttypes.h>

#include "base/reader.h"

void bundle_put(struct buf *b, struct bytes entry)
{
    if (entry.size == 0 || entry.size > LIMIT_ENTRY) {
        b->failed = true;
        return;
    }
    buf_put_u16(b, (uint16_t)entry.size);
    buf_put(b, entry);
}

bool bundle_read(struct bundle *ret, struct bytes bytes, unsigned width, struct err *e)
{
    if (width == 0 || width > TILE_WIDTH) {
        return err_set(e, ERR_INPUT, "no entry bundle holds %u entries", width);
    }
    struct reader r = reader_make(bytes);
    struct bundle b = {.count = width};
    for (size_t i = 0; i < b.count; i++) {
        b.entries[i] = reader_bytes(&r, reader_u16(&r));
        if (!r.failed && b.entries[i].size == 0) {
            return err_set(e, ERR_INPUT, "entry %zu of the bundle is empty", i);
        }
    }
    if (!reader_done(&r, "the entry bundle", e)) {
        return false;
    }
    *ret = b;
    return true;
}

bool bundle_check(const struct bundle *b, struct bytes tile, uint64_t first, struct err *e)
{
    if (tile.size != b->count * TREE_HASH) {
        return err_set(e, ERR_DAMAGED,
                       "the hash tile beside the entries from %" PRIu64
                       " on has %zu bytes in place of %zu",
                       first, tile.size, b->count * TREE_HASH);
    }
    for (size_t i = 0; i < b->count; i++) {
        uint8_t leaf[TREE_HASH];
        tree_leaf_hash(leaf, b->entries[i]);
        if (memcmp(leaf, tile.data + i * TREE_HASH, TREE_HASH) != 0) {
            return err_set(e, ERR_DAMAGED,
                           "entry %" PRIu64 " is not the one whose hash stands in the tile",
                           first + i);
        }
    }
    return true;
}
