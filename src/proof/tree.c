#include "proof/tree.h"

#include <assert.h>

#include "base/reader.h"
#include "pki/digest.h"

void tree_leaf_hash(uint8_t ret[TREE_HASH], struct bytes entry)
{
    static const uint8_t prefix[] = {0x00};
    digest_sha256_pair(ret, BYTES_OF(prefix), entry);
}

void tree_node_hash(uint8_t ret[TREE_HASH], const uint8_t left[TREE_HASH],
                    const uint8_t right[TREE_HASH])
{
    uint8_t both[1 + 2 * TREE_HASH] = {0x01};
    memcpy(both + 1, left, TREE_HASH);
    memcpy(both + 1 + TREE_HASH, right, TREE_HASH);
    digest_sha256(ret, BYTES_OF(both));
}

void tree_init(struct tree *t)
{
    memset(t, 0, sizeof *t);
}

static bool tree_has(const struct tree *t, unsigned level)
{
    return (t->size >> level & 1) != 0;
}

void tree_append(struct tree *t, const uint8_t leaf[TREE_HASH])
{
    uint8_t nodes[TREE_LEVELS + 1][TREE_HASH];
    tree_append_nodes(t, leaf, nodes);
}

unsigned tree_append_nodes(struct tree *t, const uint8_t leaf[TREE_HASH],
                           uint8_t ret[TREE_LEVELS + 1][TREE_HASH])
{
    assert(t->size < TREE_SIZE_MAX);
    unsigned level = 0;
    memcpy(ret[0], leaf, TREE_HASH);
    for (; tree_has(t, level); level++) {
        tree_node_hash(ret[level + 1], t->peaks[level], ret[level]);
        memset(t->peaks[level], 0, TREE_HASH);
    }
    memcpy(t->peaks[level], ret[level], TREE_HASH);
    t->size++;
    return level + 1;
}

void tree_root(uint8_t ret[TREE_HASH], const struct tree *t)
{
    bool begun = false;
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        if (!tree_has(t, level)) {
            continue;
        }
        if (begun) {
            tree_node_hash(ret, t->peaks[level], ret);
            continue;
        }
        memcpy(ret, t->peaks[level], TREE_HASH);
        begun = true;
    }
    if (!begun) {
        digest_sha256(ret, BYTES_NONE);
    }
}

void tree_write(struct buf *b, const struct tree *t)
{
    buf_put_u64(b, t->size);
    for (unsigned level = TREE_LEVELS; level-- > 0;) {
        if (tree_has(t, level)) {
            buf_put(b, BYTES_OF(t->peaks[level]));
        }
    }
}

bool tree_read(struct tree *ret, struct bytes bytes, struct err *e)
{
    struct reader r = reader_make(bytes);
    struct tree t;
    tree_init(&t);
    t.size = reader_u64(&r);
    if (t.size > TREE_SIZE_MAX) {
        return err_set(e, ERR_INPUT, "the tree has a size over 2^53 - 1");
    }
    for (unsigned level = TREE_LEVELS; level-- > 0;) {
        if (tree_has(&t, level)) {
            reader_copy(&r, t.peaks[level], TREE_HASH);
        }
    }
    if (!reader_done(&r, "the tree", e)) {
        return false;
    }
    *ret = t;
    return true;
}
