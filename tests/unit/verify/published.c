#include "published.h"

#include <stdio.h>
#include <stdlib.h>

#include "proof/bundle.h"
#include "proof/path.h"
#include "unit/proof/memory_log.h"

/* The tree of the entries, every node computed anew. */
struct leaves {
    uint8_t (*hashes)[TREE_HASH];
    size_t count;
};

static struct leaves leaves_make(const struct bytes *entries, size_t count)
{
    struct leaves l = {.hashes = calloc(count, TREE_HASH), .count = count};
    assert_non_null(l.hashes);
    for (size_t i = 0; i < count; i++)
        tree_leaf_hash(l.hashes[i], entries[i]);
    return l;
}

static bool node_read(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                      struct err *e)
{
    (void)e;
    const struct leaves *l = context;
    struct tree tree;
    tree_init(&tree);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        assert_true(i < l->count);
        tree_append(&tree, l->hashes[i]);
    }
    tree_root(ret, &tree);
    return true;
}

void published_checkpoint(struct buf *ret, const struct bytes *entries, size_t size, uint8_t seed)
{
    struct leaves l = leaves_make(entries, size);
    struct checkpoint c = {.size = size};
    struct note_key key;
    struct tree tree;
    uint8_t signature[64];
    struct err e;
    AUTO_VALUE(buf) text = BUF(4096);
    AUTO_VALUE(buf) message = BUF(4096);
    tree_init(&tree);
    for (size_t i = 0; i < size; i++)
        tree_append(&tree, l.hashes[i]);
    tree_root(c.root, &tree);
    free(l.hashes);
    memory_log_key(&key, WORLD_ORIGIN, seed);
    checkpoint_write(&text, bytes_text(WORLD_ORIGIN), &c);
    note_message(&message, &key, buf_bytes(&text));
    memory_log_sign(signature, seed, buf_bytes(&message));
    ok_call(note_assemble(ret, buf_bytes(&text), &key, BYTES_OF(signature), &e), e);
}

static struct published_file *file_add(struct published *p, size_t max)
{
    assert_true(p->count < PUBLISHED_FILES_MAX);
    struct published_file *f = &p->files[p->count++];
    *f = (struct published_file){.content = BUF(max)};
    return f;
}

static void tile_add(struct published *p, const struct tile *tile, const struct bytes *entries,
                     struct leaves *l)
{
    AUTO_VALUE(buf) path = BUF(TILE_PATH_MAX);
    const struct path_source source = {.node = node_read, .context = l};
    struct published_file *f = file_add(p, BUNDLE_BYTES_MAX);
    struct err e;
    tile_path(&path, tile);
    (void)snprintf(f->path, sizeof f->path, "%s", buf_string(&path));
    if (tile->kind == TILE_HASHES) {
        ok_call(tile_write(&f->content, tile, &source, &e), e);
        return;
    }
    for (unsigned i = 0; i < tile->width; i++)
        bundle_put(&f->content, entries[tile->index * TILE_WIDTH + i]);
    assert_false(f->content.failed);
}

void published_make(struct published *p, const struct bytes *entries, size_t count)
{
    struct tile_growth g = tile_growth_make(0, count);
    struct leaves l = leaves_make(entries, count);
    struct tile tile;
    memset(p, 0, sizeof *p);
    while (tile_growth_next(&g, &tile))
        tile_add(p, &tile, entries, &l);
    struct published_file *f = file_add(p, LIMIT_NOTE);
    (void)snprintf(f->path, sizeof f->path, "checkpoint");
    published_checkpoint(&f->content, entries, count, PUBLISHED_SEED);
    memcpy(p->authority.id, l.hashes[0], TREE_HASH);
    free(l.hashes);
    p->authority.origin = bytes_text(WORLD_ORIGIN);
    p->authority.base_url = bytes_text(WORLD_URL);
    memory_log_key(&p->authority.log_key, WORLD_ORIGIN, PUBLISHED_SEED);
}

void published_done(struct published *p)
{
    for (size_t i = 0; i < p->count; i++)
        buf_done(&p->files[i].content);
    p->count = 0;
}

struct published_file *published_find(struct published *p, const char *path)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->files[i].path, path) == 0)
            return &p->files[i];
    return NULL;
}

void published_receipt(struct buf *ret, const struct bytes *entries, size_t count, size_t index)
{
    struct leaves l = leaves_make(entries, count);
    const struct path_source source = {.node = node_read, .context = &l};
    struct receipt receipt = {.entry = entries[index], .index = index};
    struct err e;
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    ok_call(path_prove_inclusion(&receipt.path, index, count, &source, &e), e);
    free(l.hashes);
    published_checkpoint(&note, entries, count, PUBLISHED_SEED);
    receipt.checkpoint = buf_bytes(&note);
    receipt_write(ret, &receipt);
    assert_false(ret->failed);
}

bool published_read(struct published *p, const char *path, struct buf *ret, struct err *e)
{
    const struct published_file *f = published_find(p, path);
    if (f == NULL || f->gone)
        return err_set(e, ERR_NOT_FOUND, "there is no %s", path);
    buf_put(ret, buf_bytes(&f->content));
    return buf_ok(ret, path, e);
}
