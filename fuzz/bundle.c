/*
 * Aims at bundle_read and bundle_check. The first byte is the width less one.
 *
 * A bundle that is accepted is written again as the same bytes.
 */
#include "proof/bundle.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle bundle;
    struct err e;
    if (size == 0) {
        return 0;
    }
    struct bytes bytes = bytes_make(data + 1, size - 1);
    if (!bundle_read(&bundle, bytes, data[0] + 1U, &e)) {
        PROPERTY(e.code == ERR_INPUT);
        return 0;
    }
    AUTO_VALUE(buf) again = BUF(BUNDLE_BYTES_MAX);
    AUTO_VALUE(buf) tile = BUF(TILE_BYTES);
    for (size_t i = 0; i < bundle.count; i++) {
        uint8_t leaf[TREE_HASH];
        bundle_put(&again, bundle.entries[i]);
        tree_leaf_hash(leaf, bundle.entries[i]);
        buf_put(&tile, BYTES_OF(leaf));
    }
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), bytes));
    PROPERTY(bundle_check(&bundle, buf_bytes(&tile), 0, &e));
    PROPERTY(!bundle_check(&bundle, bytes, 0, &e));
    return 0;
}
