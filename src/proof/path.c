#include "proof/path.h"

#include <inttypes.h>

static bool path_unfit(struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "the proof has %s hashes for these sizes", what);
}

/* Where a proof stands on its way up: `node` is the index of what has been hashed so far, `last`
 * that of the last node of the same level (fn and sn of RFC 9162). */
struct path_climb {
    uint64_t node;
    uint64_t last;
};

static void climb_up(struct path_climb *c)
{
    c->node >>= 1;
    c->last >>= 1;
}

/* True if the next hash of the proof stands to the left; skips the levels at which the node has no
 * sibling, as RFC 9162 section 2.1.3.2 step 4 says. */
static bool climb_left(struct path_climb *c)
{
    bool left = (c->node & 1) != 0 || c->node == c->last;
    if (left) {
        while ((c->node & 1) == 0 && c->node != 0) {
            climb_up(c);
        }
    }
    climb_up(c);
    return left;
}

bool path_check_inclusion(const struct path *p, uint64_t index, uint64_t size,
                          const uint8_t leaf[TREE_HASH], const uint8_t root[TREE_HASH],
                          struct err *e)
{
    if (index >= size) {
        return err_set(e, ERR_INPUT, "no entry %" PRIu64 " in a log of %" PRIu64, index, size);
    }
    struct path_climb climb = {.node = index, .last = size - 1};
    uint8_t hash[TREE_HASH];
    memcpy(hash, leaf, TREE_HASH);
    for (size_t i = 0; i < p->count; i++) {
        if (climb.last == 0) {
            return path_unfit(e, "too many");
        }
        if (climb_left(&climb)) {
            tree_node_hash(hash, p->hashes[i], hash);
        } else {
            tree_node_hash(hash, hash, p->hashes[i]);
        }
    }
    if (climb.last != 0) {
        return path_unfit(e, "too few");
    }
    if (memcmp(hash, root, TREE_HASH) != 0) {
        return err_set(e, ERR_AUTH,
                       "the inclusion proof of entry %" PRIu64 " does not lead to the root", index);
    }
    return true;
}

static bool path_check_same(const struct path *p, const uint8_t old_root[TREE_HASH],
                            const uint8_t root[TREE_HASH], struct err *e)
{
    if (p->count != 0) {
        return path_unfit(e, "too many");
    }
    if (memcmp(old_root, root, TREE_HASH) != 0) {
        return err_set(e, ERR_AUTH, "two roots differ for one size of the log");
    }
    return true;
}

/* RFC 9162 section 2.1.4.2, steps 3 to 7, for 0 < old_size < size. */
static bool path_check_growth(const struct path *p, uint64_t old_size,
                              const uint8_t old_root[TREE_HASH], uint64_t size,
                              const uint8_t root[TREE_HASH], struct err *e)
{
    struct path_climb climb = {.node = old_size - 1, .last = size - 1};
    while ((climb.node & 1) != 0) {
        climb_up(&climb);
    }
    /* A power of two is one complete subtree, whose hash the verifier already has. */
    bool seeded = (old_size & (old_size - 1)) == 0;
    if (!seeded && p->count == 0) {
        return path_unfit(e, "too few");
    }
    uint8_t old_hash[TREE_HASH];
    uint8_t hash[TREE_HASH];
    memcpy(hash, seeded ? old_root : p->hashes[0], TREE_HASH);
    memcpy(old_hash, hash, TREE_HASH);
    for (size_t i = seeded ? 0 : 1; i < p->count; i++) {
        if (climb.last == 0) {
            return path_unfit(e, "too many");
        }
        if (climb_left(&climb)) {
            tree_node_hash(old_hash, p->hashes[i], old_hash);
            tree_node_hash(hash, p->hashes[i], hash);
        } else {
            tree_node_hash(hash, hash, p->hashes[i]);
        }
    }
    if (climb.last != 0) {
        return path_unfit(e, "too few");
    }
    if (memcmp(old_hash, old_root, TREE_HASH) != 0 || memcmp(hash, root, TREE_HASH) != 0) {
        return err_set(e, ERR_AUTH,
                       "the log of %" PRIu64
                       " entries is not shown to continue the one of %" PRIu64,
                       size, old_size);
    }
    return true;
}

bool path_check_consistency(const struct path *p, uint64_t old_size,
                            const uint8_t old_root[TREE_HASH], uint64_t size,
                            const uint8_t root[TREE_HASH], struct err *e)
{
    if (old_size == 0 || old_size > size) {
        return err_set(e, ERR_INPUT,
                       "no consistency proof leads from %" PRIu64 " entries to %" PRIu64, old_size,
                       size);
    }
    if (old_size == size) {
        return path_check_same(p, old_root, root, e);
    }
    return path_check_growth(p, old_size, old_root, size, root, e);
}

static bool source_node(const struct path_source *s, unsigned level, uint64_t index,
                        uint8_t ret[TREE_HASH], struct err *e)
{
    return s->node(s->context, level, index, ret, e);
}

/* The root of what stands right of the last complete subtree of `level` in a tree of `size`: the
 * subtrees of the lower digits of `size`, hashed together from the right. */
static bool source_right_edge(const struct path_source *s, unsigned level, uint64_t size,
                              uint8_t ret[TREE_HASH], struct err *e)
{
    bool begun = false;
    for (unsigned l = 0; l < level; l++) {
        if ((size >> l & 1) == 0) {
            continue;
        }
        uint8_t peak[TREE_HASH];
        if (!source_node(s, l, (size >> l) - 1, peak, e)) {
            return false;
        }
        if (begun) {
            tree_node_hash(ret, peak, ret);
        } else {
            memcpy(ret, peak, TREE_HASH);
        }
        begun = true;
    }
    return true;
}

/* Appends the hashes on the way from the complete subtree {level, index} up to the root over `size`
 * leaves. */
static bool path_climb_to_root(struct path *p, unsigned level, uint64_t index, uint64_t size,
                               const struct path_source *s, struct err *e)
{
    for (; index != 0 || size > UINT64_C(1) << level; level++, index >>= 1) {
        uint64_t sibling = index ^ 1;
        uint64_t complete = size >> level;
        bool partial = (size & ((UINT64_C(1) << level) - 1)) != 0;
        if (sibling > complete || (sibling == complete && !partial)) {
            continue; /* nothing stands to the right at this level */
        }
        bool read = sibling < complete ? source_node(s, level, sibling, p->hashes[p->count], e)
                                       : source_right_edge(s, level, size, p->hashes[p->count], e);
        if (!read) {
            return false;
        }
        p->count++;
    }
    return true;
}

bool path_prove_inclusion(struct path *ret, uint64_t index, uint64_t size,
                          const struct path_source *source, struct err *e)
{
    if (size > TREE_SIZE_MAX || index >= size) {
        return err_set(e, ERR_NOT_FOUND, "no entry %" PRIu64 " in a log of %" PRIu64, index, size);
    }
    struct path p = {.count = 0};
    if (!path_climb_to_root(&p, 0, index, size, source, e)) {
        return false;
    }
    *ret = p;
    return true;
}

bool path_prove_consistency(struct path *ret, uint64_t old_size, uint64_t size,
                            const struct path_source *source, struct err *e)
{
    if (size > TREE_SIZE_MAX || old_size == 0 || old_size > size) {
        return err_set(e, ERR_NOT_FOUND,
                       "no consistency proof leads from %" PRIu64 " entries to %" PRIu64, old_size,
                       size);
    }
    struct path p = {.count = 0};
    if (old_size == size) {
        *ret = p;
        return true;
    }
    unsigned level = 0;
    while ((old_size >> level & 1) == 0) {
        level++;
    }
    uint64_t index = (old_size >> level) - 1;
    if (index != 0) {
        if (!source_node(source, level, index, p.hashes[0], e)) {
            return false;
        }
        p.count = 1;
    }
    if (!path_climb_to_root(&p, level, index, size, source, e)) {
        return false;
    }
    *ret = p;
    return true;
}

bool path_tree(struct tree *ret, uint64_t size, const struct path_source *source, struct err *e)
{
    if (size > TREE_SIZE_MAX) {
        return err_set(e, ERR_NOT_FOUND, "no log has %" PRIu64 " entries", size);
    }
    struct tree t;
    tree_init(&t);
    t.size = size;
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        if ((size >> level & 1) != 0 &&
            !source_node(source, level, (size >> level) - 1, t.peaks[level], e)) {
            return false;
        }
    }
    *ret = t;
    return true;
}

bool path_read(struct path *ret, struct bytes hashes, struct err *e)
{
    if (hashes.size % TREE_HASH != 0) {
        return err_set(e, ERR_INPUT, "a proof of %zu bytes is no whole number of hashes",
                       hashes.size);
    }
    if (hashes.size > sizeof ret->hashes) {
        return err_set(e, ERR_LIMIT, "a proof of %zu hashes is longer than any can be",
                       hashes.size / TREE_HASH);
    }
    struct path p = {.count = hashes.size / TREE_HASH};
    if (hashes.size != 0) {
        memcpy(p.hashes, hashes.data, hashes.size);
    }
    *ret = p;
    return true;
}
