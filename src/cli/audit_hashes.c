/* The hash tiles: each level from the one below, and all of them from the checkpoint's root. */
#include <inttypes.h>

#include "cli/audit_work.h"
#include "proof/bundle.h"

/* What level 0 says that the levels above must hold. */
struct levels {
    struct tree tree;
    struct buf hashes[TILE_LEVELS]; /* from level 1 on */
};

static void levels_done(struct levels *l)
{
    for (unsigned i = 0; i < TILE_LEVELS; i++)
        buf_done(&l->hashes[i]);
}
AUTO_DONE(levels)

static void levels_init(struct levels *l)
{
    tree_init(&l->tree);
    for (unsigned i = 0; i < TILE_LEVELS; i++)
        l->hashes[i] = BUF(SIZE_MAX / 2);
}

static void levels_append(struct levels *l, const uint8_t leaf[TREE_HASH])
{
    uint8_t nodes[TREE_LEVELS + 1][TREE_HASH];
    unsigned count = tree_append_nodes(&l->tree, leaf, nodes);
    for (unsigned level = 1; level * TILE_HEIGHT < count; level++)
        buf_put(&l->hashes[level], BYTES_OF(nodes[level * TILE_HEIGHT]));
}

/* Exactly the tile's hashes. */
static bool hashes_read(struct audit *a, const struct tile *tile, struct buf *ret)
{
    unsigned width;
    if (!audit_tile(a, tile, ret, &width))
        return false;
    if (ret->size == (size_t)width * TREE_HASH) {
        ret->size = (size_t)tile->width * TREE_HASH;
        return true;
    }
    (void)err_set(&a->report.why, ERR_DAMAGED, "the hash tile has %zu bytes in place of %u",
                  ret->size, width * TREE_HASH);
    return audit_end(a, AUDIT_UNVERIFIABLE, tile, -1);
}

static bool leaves_take(struct audit *a, struct levels *l, struct tile_growth *g,
                        struct tile *ret_next, bool *ret_more)
{
    AUTO_VALUE(buf) content = BUF(TILE_BYTES);
    while ((*ret_more = tile_growth_next(g, ret_next))) {
        if (ret_next->kind == TILE_ENTRIES)
            continue;
        if (ret_next->level > 0)
            return true;
        buf_reset(&content);
        if (!hashes_read(a, ret_next, &content))
            return false;
        for (unsigned i = 0; i < ret_next->width; i++)
            levels_append(l, content.data + (size_t)i * TREE_HASH);
    }
    return true;
}

/* The first entry of the bundle whose hash does not stand in the tile; -1 if all do, or if the
 * bundle cannot be read. */
static int64_t odd_entry(struct audit *a, const struct tile *leaves)
{
    struct tile entries = *leaves;
    struct bundle bundle;
    struct err ignored;
    unsigned width;
    entries.kind = TILE_ENTRIES;
    AUTO_VALUE(buf) hashes = BUF(TILE_BYTES);
    AUTO_VALUE(buf) content = BUF(BUNDLE_BYTES_MAX);
    if (!hashes_read(a, leaves, &hashes) || !audit_tile(a, &entries, &content, &width) ||
        !bundle_read(&bundle, buf_bytes(&content), width, &ignored))
        return -1;
    for (unsigned i = 0; i < leaves->width; i++) {
        uint8_t leaf[TREE_HASH];
        tree_leaf_hash(leaf, bundle.entries[i]);
        if (memcmp(leaf, hashes.data + (size_t)i * TREE_HASH, sizeof leaf) != 0)
            return (int64_t)(leaves->index * TILE_WIDTH + i);
    }
    return -1;
}

/* Tiles and root do not fit: says which tile is not that of its entries, or blames the checkpoint.
 */
static bool root_blame(struct audit *a)
{
    struct tile_growth g = tile_growth_make(0, a->report.checkpoint.size);
    struct tile tile;
    while (tile_growth_next(&g, &tile)) {
        if (tile.kind == TILE_ENTRIES || tile.level > 0)
            continue;
        int64_t entry = odd_entry(a, &tile);
        if (entry < 0)
            continue;
        (void)err_set(&a->report.why, ERR_DAMAGED,
                      "the tile does not lead to the checkpoint's root, and does not hold the hash "
                      "of entry %" PRId64,
                      entry);
        return audit_end(a, AUDIT_BROKEN, &tile, -1);
    }
    (void)err_set(&a->report.why, ERR_DAMAGED,
                  "the root that the log has signed is not that of its tiles");
    return audit_end(a, AUDIT_BROKEN, NULL, -1);
}

static bool root_judge(struct audit *a, const struct levels *l)
{
    uint8_t root[TREE_HASH];
    tree_root(root, &l->tree);
    return memcmp(root, a->report.checkpoint.root, sizeof root) == 0 || root_blame(a);
}

static bool upper_judge(struct audit *a, const struct levels *l, const struct tile *tile)
{
    AUTO_VALUE(buf) content = BUF(TILE_BYTES);
    const struct buf *level = &l->hashes[tile->level];
    if (!buf_ok(level, "a level of the tree", &a->report.why))
        return audit_end(a, AUDIT_UNVERIFIABLE, tile, -1);
    if (!hashes_read(a, tile, &content))
        return false;
    struct bytes want = bytes_make(level->data + tile->index * TILE_BYTES, content.size);
    if (bytes_equal(buf_bytes(&content), want))
        return true;
    (void)err_set(&a->report.why, ERR_DAMAGED,
                  "the tile does not hold the hashes of the level below it");
    return audit_end(a, AUDIT_BROKEN, tile, -1);
}

bool audit_hashes(struct audit *a)
{
    struct tile_growth g = tile_growth_make(0, a->report.checkpoint.size);
    struct tile tile;
    bool more;
    AUTO_VALUE(levels) levels;
    levels_init(&levels);
    if (!leaves_take(a, &levels, &g, &tile, &more) || !root_judge(a, &levels))
        return false;
    for (; more; more = tile_growth_next(&g, &tile))
        if (!upper_judge(a, &levels, &tile))
            return false;
    return true;
}
