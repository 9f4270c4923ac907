#include "proof/tile.h"

#include <inttypes.h>

void tile_path(struct buf *b, const struct tile *t)
{
    buf_put_text(b, "tile/");
    if (t->kind == TILE_ENTRIES) {
        buf_put_text(b, "entries");
    } else {
        buf_printf(b, "%u", t->level);
    }
    uint64_t group = 1;
    while (t->index / group >= 1000) {
        group *= 1000;
    }
    for (; group > 1; group /= 1000) {
        buf_printf(b, "/x%03" PRIu64, t->index / group % 1000);
    }
    buf_printf(b, "/%03" PRIu64, t->index % 1000);
    if (t->width < TILE_WIDTH) {
        buf_printf(b, ".p/%u", t->width);
    }
}

/* How many hashes stand at a tile level of a log of `size` entries. */
static uint64_t level_width(uint64_t size, unsigned level)
{
    return size >> (TILE_HEIGHT * level);
}

static unsigned tile_width(uint64_t level_hashes, uint64_t index)
{
    uint64_t left = level_hashes - index * TILE_WIDTH;
    return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

struct tile_growth tile_growth_make(uint64_t from, uint64_t to)
{
    return (struct tile_growth){
        .from = from,
        .to = to,
        .next = {.kind = TILE_ENTRIES, .level = 0, .index = from / TILE_WIDTH},
    };
}

static void growth_next_level(struct tile_growth *g)
{
    if (g->next.kind == TILE_ENTRIES) {
        g->next.kind = TILE_HASHES;
    } else {
        g->next.level++;
    }
    if (g->next.level < TILE_LEVELS) {
        g->next.index = level_width(g->from, g->next.level) / TILE_WIDTH;
    }
}

bool tile_growth_next(struct tile_growth *g, struct tile *ret)
{
    for (; g->next.level < TILE_LEVELS; growth_next_level(g)) {
        uint64_t from = level_width(g->from, g->next.level);
        uint64_t to = level_width(g->to, g->next.level);
        if (from < to && g->next.index * TILE_WIDTH < to) {
            *ret = g->next;
            ret->width = tile_width(to, g->next.index);
            g->next.index++;
            return true;
        }
    }
    return false;
}

bool tile_write(struct buf *b, const struct tile *t, const struct path_source *source,
                struct err *e)
{
    for (unsigned i = 0; i < t->width; i++) {
        uint8_t hash[TREE_HASH];
        if (!source->node(source->context, TILE_HEIGHT * t->level, t->index * TILE_WIDTH + i, hash,
                          e)) {
            return false;
        }
        buf_put(b, BYTES_OF(hash));
    }
    return buf_ok(b, "a hash tile", e);
}

void tile_source_init(struct tile_source *s, uint64_t size,
                      bool (*read)(void *context, const struct tile *t, struct buf *ret,
                                   struct err *e),
                      void *context)
{
    *s = (struct tile_source){.size = size, .read = read, .context = context};
    for (unsigned i = 0; i < TILE_LEVELS; i++) {
        s->cache[i].content = BUF(TILE_BYTES);
    }
}

void tile_source_done(struct tile_source *s)
{
    for (unsigned i = 0; i < TILE_LEVELS; i++) {
        buf_done(&s->cache[i].content);
    }
}

/* Brings the tile into its level's place. */
static bool source_load(struct tile_source *s, const struct tile *t, struct err *e)
{
    struct tile_cached *cached = &s->cache[t->level];
    if (cached->filled && cached->index == t->index) {
        return true;
    }
    cached->filled = false;
    buf_reset(&cached->content);
    if (!s->read(s->context, t, &cached->content, e)) {
        return false;
    }
    if (cached->content.size != (size_t)t->width * TREE_HASH) {
        return err_set(e, ERR_DAMAGED,
                       "hash tile %" PRIu64 " of level %u has %zu bytes in place of %zu", t->index,
                       t->level, cached->content.size, (size_t)t->width * TREE_HASH);
    }
    cached->index = t->index;
    cached->filled = true;
    return true;
}

static bool source_node(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                        struct err *e)
{
    struct tile_source *s = context;
    unsigned below = level % TILE_HEIGHT;
    uint64_t first = index << below;
    unsigned count = 1U << below;
    struct tile t = {
        .kind = TILE_HASHES, .level = level / TILE_HEIGHT, .index = first / TILE_WIDTH};
    uint64_t hashes = level < TREE_LEVELS ? level_width(s->size, t.level) : 0;
    if (first + count > hashes) {
        return err_set(e, ERR_NOT_FOUND,
                       "the log of %" PRIu64 " entries has no subtree %" PRIu64 " of level %u",
                       s->size, index, level);
    }
    t.width = tile_width(hashes, t.index);
    if (!source_load(s, &t, e)) {
        return false;
    }
    struct tree subtree;
    tree_init(&subtree);
    for (unsigned i = 0; i < count; i++) {
        tree_append(&subtree,
                    s->cache[t.level].content.data + (first % TILE_WIDTH + i) * TREE_HASH);
    }
    tree_root(ret, &subtree);
    return true;
}

struct path_source tile_source_nodes(struct tile_source *s)
{
    return (struct path_source){.node = source_node, .context = s};
}
