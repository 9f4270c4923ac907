#include "service/publish.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/reader.h"
#include "proof/bundle.h"
#include "proof/receipt.h"
#include "proof/tile.h"

enum { PUBLIC_FILE_MODE = 0644, PUBLIC_FOLDER_MODE = 0755, PARTIALS_MAX = 1024 };
/* Between two publications: the cost of one does not depend on how much it covers. */
enum { PAUSE_MS = 100 };

/* The tile that grows at one level. */
struct level {
    uint64_t index;
    unsigned count;
    unsigned written; /* hashes of it that stand in its partial tile */
    uint8_t hashes[TILE_WIDTH][TREE_HASH];
};

struct publish {
    char *folder; /* <public>/log */

    /* The follower's. */
    struct tree tree; /* of the entries in levels and bundle, and before */
    struct level levels[TILE_LEVELS];
    struct buf bundle;  /* of the level 0 tile that grows */
    struct buf waiting; /* entries to come: u32 length and bytes each */
    size_t taken;       /* bytes at its front that are used up */
    struct checkpoint offered;
    struct buf offered_note;
    struct checkpoint shown; /* of the file that stood there at the opening; size 0: none */
    bool shown_read;
    int64_t published_ms;

    pthread_mutex_t lock;     /* over the following */
    struct buf note;          /* as it stands in the file */
    struct checkpoint newest; /* of it, once verified; else size 0 */
};

/* --- Files ------------------------------------------------------------------------------------ */

static bool path_in(struct buf *path, const struct publish *p, struct bytes name, struct err *e)
{
    buf_put_text(path, p->folder);
    buf_put_u8(path, '/');
    buf_put(path, name);
    (void)buf_string(path);
    return buf_ok(path, "a path of a public file", e);
}

/* Whether the file holds just these bytes already. */
static bool file_holds(const char *path, struct bytes bytes)
{
    AUTO_VALUE(buf) found = BUF(bytes.size);
    struct err unread;
    return file_read(&found, path, FILE_REGULAR, &unread) && bytes_equal(buf_bytes(&found), bytes);
}

static bool view_put(const struct publish *p, struct bytes name, struct bytes bytes, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    if (!path_in(&path, p, name, e))
        return false;
    const char *text = buf_string(&path);
    FAULT_POINT(publish_before_view);
    return file_holds(text, bytes) || (file_make_folders_above(text, PUBLIC_FOLDER_MODE, e) &&
                                       file_replace_view(text, bytes, PUBLIC_FILE_MODE, e));
}

static bool tile_put(const struct publish *p, const struct tile *t, struct bytes bytes,
                     struct err *e)
{
    AUTO_VALUE(buf) name = BUF(TILE_PATH_MAX);
    tile_path(&name, t);
    return buf_ok(&name, "a tile's path", e) && view_put(p, buf_bytes(&name), bytes, e);
}

struct partials {
    const char *folder;
};

static bool partial_remove(void *context, const char *name, struct err *e)
{
    const struct partials *partials = context;
    AUTO_VALUE(buf) path = BUF(4096);
    buf_printf(&path, "%s/%s", partials->folder, name);
    return buf_ok(&path, "a partial tile's path", e) && file_remove(buf_string(&path), e);
}

/* Takes away the partial tiles of a tile that has long been full. */
static bool partials_remove(const struct publish *p, struct tile t, struct err *e)
{
    AUTO_VALUE(buf) name = BUF(TILE_PATH_MAX);
    AUTO_VALUE(buf) path = BUF(4096);
    struct err gone;
    t.width = TILE_WIDTH;
    tile_path(&name, &t);
    buf_put_text(&name, ".p");
    if (!path_in(&path, p, buf_bytes(&name), e))
        return false;
    struct partials partials = {.folder = buf_string(&path)};
    if (file_list(partials.folder, PARTIALS_MAX, partial_remove, &partials, &gone) &&
        file_remove(partials.folder, &gone))
        return true;
    if (gone.code == ERR_NOT_FOUND)
        return true;
    *e = gone;
    return false;
}

/* --- Opening ---------------------------------------------------------------------------------- */

static bool checkpoint_path(struct buf *path, const struct publish *p, struct err *e)
{
    return path_in(path, p, bytes_text("checkpoint"), e);
}

/* What stands there, if anything does. */
static bool note_load(struct publish *p, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    bool there = false;
    if (!checkpoint_path(&path, p, e) || !file_exists(&there, buf_string(&path), e))
        return false;
    return !there || file_read(&p->note, buf_string(&path), FILE_REGULAR, e);
}

bool publish_open(struct publish **ret, const char *folder, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    AUTO(publish) p = calloc(1, sizeof *p);
    if (p == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the public files");
    (void)pthread_mutex_init(&p->lock, NULL);
    p->bundle = BUF(BUNDLE_BYTES_MAX);
    p->waiting = BUF(PUBLISH_WAITING_MAX + CUSTODY_PAYLOAD_MAX);
    p->offered_note = BUF(LIMIT_NOTE);
    p->note = BUF(LIMIT_NOTE);
    buf_printf(&path, "%s/log", folder);
    if (!buf_ok(&path, "the folder of public files", e))
        return false;
    p->folder = strdup(buf_string(&path));
    if (p->folder == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the public files");
    if (!file_make_folders(p->folder, PUBLIC_FOLDER_MODE, e) || !note_load(p, e))
        return false;
    publish_reset(p);
    *ret = TAKE(p);
    return true;
}

void publish_free(struct publish *p)
{
    if (p == NULL)
        return;
    (void)pthread_mutex_destroy(&p->lock);
    buf_done(&p->bundle);
    buf_done(&p->waiting);
    buf_done(&p->offered_note);
    buf_done(&p->note);
    free(p->folder);
    free(p);
}

bool publish_newest(struct publish *p, struct buf *ret_note, struct err *e)
{
    (void)pthread_mutex_lock(&p->lock);
    buf_put(ret_note, buf_bytes(&p->note));
    (void)pthread_mutex_unlock(&p->lock);
    return buf_ok(ret_note, "a checkpoint", e);
}

void publish_reset(struct publish *p)
{
    tree_init(&p->tree);
    for (size_t l = 0; l < TILE_LEVELS; l++) {
        p->levels[l].index = 0;
        p->levels[l].count = 0;
        p->levels[l].written = 0;
    }
    buf_reset(&p->bundle);
    buf_reset(&p->waiting);
    p->taken = 0;
    p->offered.size = 0;
    p->shown_read = false;
    (void)pthread_mutex_lock(&p->lock);
    p->newest.size = 0;
    (void)pthread_mutex_unlock(&p->lock);
}

bool publish_authority(struct publish *p, const struct authority *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_AUTHORITY);
    authority_write(&text, a);
    return buf_ok(&text, "the authority's file", e) &&
           view_put(p, bytes_text("authority.json"), buf_bytes(&text), e);
}

/* --- Entries ---------------------------------------------------------------------------------- */

bool publish_add(struct publish *p, struct bytes entry, struct err *e)
{
    buf_put_u32(&p->waiting, (uint32_t)entry.size);
    buf_put(&p->waiting, entry);
    return buf_ok(&p->waiting, "entries that wait for a checkpoint", e);
}

bool publish_full(const struct publish *p)
{
    return p->waiting.size - p->taken > PUBLISH_WAITING_MAX;
}

static void waiting_pack(struct publish *p)
{
    if (p->taken < p->waiting.size && p->taken < (1u << 20))
        return;
    buf_drop(&p->waiting, p->taken);
    p->taken = 0;
}

/* Writes every tile that is full, and begins the next of its level. Can be called again after a
 * failure. */
static bool full_tiles_put(struct publish *p, struct err *e)
{
    struct level *lowest = &p->levels[0];
    struct tile bundle = {.kind = TILE_ENTRIES, .index = lowest->index, .width = TILE_WIDTH};
    if (lowest->count == TILE_WIDTH && !tile_put(p, &bundle, buf_bytes(&p->bundle), e))
        return false;
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        struct level *level = &p->levels[l];
        struct tile t = {
            .kind = TILE_HASHES, .level = l, .index = level->index, .width = TILE_WIDTH};
        struct tree subtree;
        if (level->count < TILE_WIDTH)
            continue;
        if (!tile_put(p, &t, bytes_make(level->hashes, sizeof level->hashes), e))
            return false;
        tree_init(&subtree);
        for (size_t i = 0; i < TILE_WIDTH; i++)
            tree_append(&subtree, level->hashes[i]);
        if (l + 1 < TILE_LEVELS)
            tree_root(p->levels[l + 1].hashes[p->levels[l + 1].count++], &subtree);
        /* The partial tiles of the one before stay a whole tile longer, for readers of an older
         * checkpoint. */
        if (level->index > 0) {
            t.index--;
            bundle.index = t.index;
            if (!partials_remove(p, t, e) || (l == 0 && !partials_remove(p, bundle, e)))
                return false;
        }
        level->index++;
        level->count = 0;
        level->written = 0;
        if (l == 0)
            buf_reset(&p->bundle);
    }
    return true;
}

static bool history_check(const struct publish *p, const struct checkpoint *c, const char *which,
                          struct err *e)
{
    uint8_t root[TREE_HASH];
    if (c->size != p->tree.size)
        return true;
    tree_root(root, &p->tree);
    if (memcmp(root, c->root, sizeof root) == 0)
        return true;
    (void)err_set(e, ERR_DAMAGED,
                  "the %s checkpoint of %" PRIu64
                  " entries has another root than the entries that the keeper gives",
                  which, c->size);
    return err_hint(e, "keep the public files as they are: they show the other history");
}

/* Moves the next waiting entry into its bundle and tile. */
static bool entry_take(struct publish *p, struct err *e)
{
    struct level *lowest = &p->levels[0];
    struct reader r =
        reader_make(bytes_make(p->waiting.data + p->taken, p->waiting.size - p->taken));
    struct bytes entry = reader_string32(&r, LIMIT_ENTRY);
    bundle_put(&p->bundle, entry);
    if (r.failed || !buf_ok(&p->bundle, "an entry bundle", e))
        return err_set(e, ERR_INTERNAL, "an entry that waits for its checkpoint is broken");
    tree_leaf_hash(lowest->hashes[lowest->count], entry);
    tree_append(&p->tree, lowest->hashes[lowest->count]);
    lowest->count++;
    p->taken += 4 + entry.size;
    return history_check(p, &p->shown, "published", e);
}

static bool entries_take(struct publish *p, struct err *e)
{
    if (!full_tiles_put(p, e))
        return false;
    while (p->tree.size < p->offered.size && p->taken < p->waiting.size)
        if (!entry_take(p, e) || !full_tiles_put(p, e))
            return false;
    waiting_pack(p);
    return true;
}

/* --- Checkpoints ------------------------------------------------------------------------------ */

/* What stood in the file when it was opened; what is no checkpoint of this log counts for nothing.
 */
static void shown_read(struct publish *p, const struct note_key *key)
{
    struct err not_ours;
    if (p->shown_read)
        return;
    p->shown_read = true;
    if (!checkpoint_open(&p->shown, buf_bytes(&p->note), note_key_name(key), key, &not_ours))
        p->shown.size = 0;
}

bool publish_offer(struct publish *p, struct bytes note, const struct note_key *key, struct err *e)
{
    struct checkpoint c;
    shown_read(p, key);
    if (!checkpoint_open(&c, note, note_key_name(key), key, e))
        return err_wrap(e, "the keeper's checkpoint");
    if (c.size <= p->offered.size)
        return true;
    buf_reset(&p->offered_note);
    buf_put(&p->offered_note, note);
    if (!buf_ok(&p->offered_note, "a checkpoint", e))
        return false;
    p->offered = c;
    return true;
}

static bool partial_tiles_put(struct publish *p, struct err *e)
{
    struct level *lowest = &p->levels[0];
    struct tile bundle = {.kind = TILE_ENTRIES, .index = lowest->index, .width = lowest->count};
    if (lowest->count > lowest->written && !tile_put(p, &bundle, buf_bytes(&p->bundle), e))
        return false;
    for (unsigned l = 0; l < TILE_LEVELS; l++) {
        struct level *level = &p->levels[l];
        struct tile t = {
            .kind = TILE_HASHES, .level = l, .index = level->index, .width = level->count};
        if (level->count == level->written)
            continue;
        if (!tile_put(p, &t, bytes_make(level->hashes, level->count * TREE_HASH), e))
            return false;
        level->written = level->count;
    }
    return true;
}

/* The checkpoint alone is durable: a start shows it to the keeper. */
static bool checkpoint_put(struct publish *p, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    FAULT_POINT(publish_before_checkpoint);
    if (!checkpoint_path(&path, p, e) ||
        !file_replace(buf_string(&path), buf_bytes(&p->offered_note), PUBLIC_FILE_MODE, e))
        return false;
    FAULT_POINT(publish_checkpoint);
    (void)pthread_mutex_lock(&p->lock);
    buf_reset(&p->note);
    buf_put(&p->note, buf_bytes(&p->offered_note));
    p->newest = p->offered;
    bool ok = buf_ok(&p->note, "a checkpoint", e);
    (void)pthread_mutex_unlock(&p->lock);
    return ok;
}

static bool to_publish(const struct publish *p)
{
    /* Never a smaller one than what the world may have seen. */
    return p->offered.size > p->newest.size && p->tree.size == p->offered.size &&
           p->offered.size >= p->shown.size;
}

bool publish_step(struct publish *p, int64_t now_ms, struct err *e)
{
    if (!entries_take(p, e))
        return false;
    if (!to_publish(p) || now_ms < p->published_ms + PAUSE_MS)
        return true;
    if (!history_check(p, &p->offered, "keeper's", e) || !partial_tiles_put(p, e) ||
        !checkpoint_put(p, e))
        return false;
    p->published_ms = now_ms;
    return true;
}

int64_t publish_offered(const struct publish *p)
{
    return (int64_t)p->offered.size;
}

int64_t publish_promised(const struct publish *p)
{
    return (int64_t)p->shown.size;
}

int64_t publish_due(const struct publish *p)
{
    return to_publish(p) ? p->published_ms + PAUSE_MS : INT64_MAX;
}

int64_t publish_size(struct publish *p)
{
    (void)pthread_mutex_lock(&p->lock);
    int64_t size = (int64_t)p->newest.size;
    (void)pthread_mutex_unlock(&p->lock);
    return size;
}

/* --- Receipts --------------------------------------------------------------------------------- */

static bool tile_file_read(const struct publish *p, const struct tile *t, struct buf *ret,
                           struct err *e)
{
    AUTO_VALUE(buf) name = BUF(TILE_PATH_MAX);
    AUTO_VALUE(buf) path = BUF(4096);
    tile_path(&name, t);
    return path_in(&path, p, buf_bytes(&name), e) &&
           file_read(ret, buf_string(&path), FILE_REGULAR, e);
}

/* A partial tile may be gone because the full one is there by now. */
static bool tile_of_receipt(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    const struct publish *p = context;
    if (tile_file_read(p, t, ret, e))
        return true;
    if (e->code != ERR_NOT_FOUND || t->width == TILE_WIDTH)
        return false;
    struct tile full = *t;
    full.width = TILE_WIDTH;
    if (!tile_file_read(p, &full, ret, e))
        return false;
    if (ret->size == TILE_BYTES)
        ret->size = t->width * (size_t)TREE_HASH;
    return true;
}

static bool receipt_prove(struct publish *p, struct receipt *r, const struct checkpoint *c,
                          struct err *e)
{
    AUTO_VALUE(tile_source) tiles;
    uint8_t leaf[TREE_HASH];
    tile_source_init(&tiles, c->size, tile_of_receipt, p);
    struct path_source nodes = tile_source_nodes(&tiles);
    tree_leaf_hash(leaf, r->entry);
    if (!path_prove_inclusion(&r->path, r->index, c->size, &nodes, e))
        return false;
    if (path_check_inclusion(&r->path, r->index, c->size, leaf, c->root, e))
        return true;
    e->code = ERR_DAMAGED;
    (void)err_because(e, "the public files do not prove entry %" PRIu64 " any more", r->index);
    return err_hint(e, "restart the daemon: it writes them anew");
}

bool publish_receipt(struct publish *p, int64_t index, struct bytes entry, struct buf *b,
                     struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct receipt r = {.entry = entry, .index = (uint64_t)index};
    (void)pthread_mutex_lock(&p->lock);
    struct checkpoint c = p->newest;
    buf_put(&note, buf_bytes(&p->note));
    (void)pthread_mutex_unlock(&p->lock);
    if (!buf_ok(&note, "a checkpoint", e))
        return false;
    if ((uint64_t)index >= c.size) {
        (void)err_set(e, ERR_STATE, "no published checkpoint covers entry %" PRId64 " yet", index);
        return err_hint(e, "ask with ?wait=MS");
    }
    if (!receipt_prove(p, &r, &c, e))
        return false;
    r.checkpoint = buf_bytes(&note);
    receipt_write(b, &r);
    return buf_ok(b, "a receipt", e);
}

bool publish_root(struct publish *p, int64_t size, uint8_t ret[32], struct err *e)
{
    AUTO_VALUE(tile_source) tiles;
    struct tree tree;
    (void)pthread_mutex_lock(&p->lock);
    uint64_t covered = p->newest.size;
    (void)pthread_mutex_unlock(&p->lock);
    tile_source_init(&tiles, covered, tile_of_receipt, p);
    struct path_source nodes = tile_source_nodes(&tiles);
    if (size < 1 || (uint64_t)size > covered)
        return err_set(e, ERR_STATE, "no published checkpoint covers %" PRId64 " entries", size);
    if (!path_tree(&tree, (uint64_t)size, &nodes, e))
        return false;
    tree_root(ret, &tree);
    return true;
}
