/*
 * Aims at path_read, path_check_inclusion, path_check_consistency and tree_read. Two big-endian
 * u64 (index and size, or old and new size), then the hashes of the proof.
 *
 * Whatever the numbers and hashes, a proof leads to no root that nobody chose for it. A compact
 * range that is accepted is written again as the same bytes.
 */
#include "base/reader.h"
#include "proof/path.h"
#include "property.h"

static void tree_has_one_spelling(struct bytes bytes)
{
    struct tree t;
    struct err e;
    if (!tree_read(&t, bytes, &e)) {
        return;
    }
    AUTO_VALUE(buf) again = BUF(TREE_BYTES_MAX);
    tree_write(&again, &t);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t leaf[TREE_HASH] = {1};
    static const uint8_t root[TREE_HASH] = {2};
    struct reader r = reader_make(bytes_make(data, size));
    uint64_t first = reader_u64(&r);
    uint64_t second = reader_u64(&r);
    struct path p;
    struct err e;
    tree_has_one_spelling(bytes_make(data, size));
    if (r.failed || !path_read(&p, r.rest, &e)) {
        return 0;
    }
    PROPERTY(!path_check_inclusion(&p, first, second, leaf, root, &e));
    PROPERTY(e.code == ERR_INPUT || e.code == ERR_AUTH);
    PROPERTY(!path_check_consistency(&p, first, leaf, second, root, &e));
    PROPERTY(e.code == ERR_INPUT || e.code == ERR_AUTH);
    return 0;
}
