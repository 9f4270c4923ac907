/*
 * The public form of the tree: tiles of 256 hashes (C2SP tlog-tiles). Says what each file of the
 * log is called, which files a growing log needs, and what stands in a hash tile; proof/bundle.h
 * holds the entry bundles.
 *
 * Level l of a tile counts in steps of eight levels of the tree: tile {level l, index n} holds the
 * tree's nodes of level 8*l from 256*n on. Pure; files and their reading are the caller's.
 */
#ifndef SEALWARD_PROOF_TILE_H
#define SEALWARD_PROOF_TILE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/path.h"
#include "proof/tree.h"

#define TILE_HEIGHT 8
#define TILE_WIDTH 256
#define TILE_BYTES (TILE_WIDTH * TREE_HASH)
#define TILE_LEVELS ((TREE_LEVELS + TILE_HEIGHT - 1) / TILE_HEIGHT)
/* The longest path written, with room to spare. */
#define TILE_PATH_MAX 64

enum tile_kind { TILE_HASHES, TILE_ENTRIES };

struct tile {
    enum tile_kind kind;
    unsigned level; /* 0 for TILE_ENTRIES */
    uint64_t index;
    unsigned width; /* 1 to TILE_WIDTH; under TILE_WIDTH the tile is partial */
};

/* The path below the log's prefix: "tile/0/x001/x234/067", "tile/entries/000.p/8". */
void tile_path(struct buf *b, const struct tile *t);

/* Walks over what must be published when the log grows from `from` to `to` entries: every tile and
 * bundle that holds a hash or an entry that was not there before, in the widest form that `to`
 * gives it. Bundles come before the hashes over them, so that a reader who sees a hash finds its
 * entry. */
struct tile_growth {
    uint64_t from;
    uint64_t to;
    struct tile next;
};

struct tile_growth tile_growth_make(uint64_t from, uint64_t to);

/* The next one; false at the end. */
bool tile_growth_next(struct tile_growth *g, struct tile *ret);

/* Writes the content of a hash tile: its nodes from the source, behind each other. */
CHECKED bool tile_write(struct buf *b, const struct tile *t, const struct path_source *source,
                        struct err *e);

/* A path_source over published tiles of a log of `size` entries. `read` gives the content of a tile
 * (into an empty buffer); it is checked for its length only: what is proved with it must be held
 * against a root. Keeps the last tile of each level, so a walk reads each tile once. Not for two
 * threads at once. */
struct tile_source {
    uint64_t size;
    bool (*read)(void *context, const struct tile *t, struct buf *ret, struct err *e);
    void *context;
    struct tile_cached {
        bool filled;
        uint64_t index;
        struct buf content;
    } cache[TILE_LEVELS];
};

void tile_source_init(struct tile_source *s, uint64_t size,
                      bool (*read)(void *context, const struct tile *t, struct buf *ret,
                                   struct err *e),
                      void *context);
void tile_source_done(struct tile_source *s);
AUTO_DONE(tile_source)

/* The view of it that proof/path.h takes; valid as long as *s. */
struct path_source tile_source_nodes(struct tile_source *s);

#endif
