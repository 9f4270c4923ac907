#include "client/history.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "proof/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FOLDER_SIZE = 3584,
    NAME_SIZE = 64,
    PATH_SIZE = FOLDER_SIZE + NAME_SIZE,
    LOCK_TRIES = 100,
    LOCK_PAUSE_MS = 20
};

struct history {
    const struct authority *authority;
    bool kept; /* in a folder */
    char folder[FOLDER_SIZE];
    bool known;
    struct checkpoint newest;
};

static bool folder_set(struct history *h, const char *folder, struct err *e)
{
    char hex[2 * 8 + 1];
    (void)hex_string(hex, bytes_make(h->authority->id, 8));
    int size = snprintf(h->folder, sizeof h->folder, "%s/%s", folder, hex);
    if (size < 0 || (size_t)size >= sizeof h->folder)
        return err_set(e, ERR_LIMIT, "the folder for what was seen has too long a name");
    h->kept = true;
    return file_make_folders(h->folder, 0700, e);
}

static void file_name(char ret[PATH_SIZE], const struct history *h, const char *name)
{
    (void)snprintf(ret, PATH_SIZE, "%s/%s", h->folder, name);
}

static bool note_open(const struct history *h, struct bytes note, struct checkpoint *ret,
                      struct err *e)
{
    return checkpoint_open(ret, note, h->authority->origin, &h->authority->log_key, e);
}

/* What is in the file; *ret_found false if there is none. */
static bool kept_read(const struct history *h, struct checkpoint *ret, bool *ret_found,
                      struct buf *note, struct err *e)
{
    char path[PATH_SIZE];
    struct checkpoint found;
    file_name(path, h, "checkpoint");
    if (!file_read(note, path, FILE_REGULAR, e)) {
        *ret_found = false;
        return e->code == ERR_NOT_FOUND;
    }
    if (!note_open(h, buf_bytes(note), &found, e)) {
        (void)err_wrap(e, "%s", path);
        return err_hint(e, "the file is damaged: find out by whom; without it nothing remembers "
                           "what you have seen");
    }
    *ret = found;
    *ret_found = true;
    return true;
}

bool history_new(struct history **ret, const char *folder, const struct authority *authority,
                 struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    AUTO(history) h = calloc(1, sizeof *h);
    if (h == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for what was seen");
    h->authority = authority;
    if (folder != NULL &&
        (!folder_set(h, folder, e) || !kept_read(h, &h->newest, &h->known, &note, e)))
        return false;
    *ret = TAKE(h);
    return true;
}

void history_free(struct history *h)
{
    free(h);
}

bool history_newest(const struct history *h, struct checkpoint *ret)
{
    if (h->known)
        *ret = h->newest;
    return h->known;
}

static bool lock_take(struct file *lock, struct err *e)
{
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (file_lock(lock, e))
            return true;
        if (e->code != ERR_BUSY || !clock_sleep_until(clock_monotonic_ms() + LOCK_PAUSE_MS))
            return false;
    }
    return false;
}

static bool is_alarm(const struct err *e)
{
    return strcmp(e->rule, HISTORY_SPLIT) == 0 || strcmp(e->rule, HISTORY_DOUBT) == 0;
}

/* Two heads of two histories: both are kept, and the person is told where. */
static bool alarm(struct history *h, const struct checkpoint *other, struct bytes note,
                  struct err *e)
{
    char name[NAME_SIZE];
    char hex[9];
    char path[PATH_SIZE];
    struct err ignored;
    (void)hex_string(hex, bytes_make(other->root, 4));
    (void)snprintf(name, sizeof name, "conflict-%" PRIu64 "-%s", other->size, hex);
    file_name(path, h, name);
    bool saved = h->kept && file_replace(path, note, 0600, &ignored);
    (void)err_because(e,
                      "ALARM: the log shows another history than the one seen before (%" PRIu64
                      " entries then, %" PRIu64 " now)%s%s",
                      h->newest.size, other->size, saved ? ": compare " : "", saved ? path : "");
    return err_hint(e, "trust nothing of it; show %s%s and this to the authority's people",
                    saved ? h->folder : "the checkpoint", saved ? "/checkpoint" : "");
}

static bool roots_equal(const struct checkpoint *a, const struct checkpoint *b)
{
    return memcmp(a->root, b->root, sizeof a->root) == 0;
}

static bool is_same(const struct checkpoint *a, const struct checkpoint *b)
{
    return a->size == b->size && roots_equal(a, b);
}

static bool auth_refuse(struct err *e)
{
    e->code = ERR_AUTH;
    return false;
}

static bool split_refuse(struct err *e)
{
    (void)err_refuse(e, HISTORY_SPLIT, "the smaller is no beginning of the larger");
    return auth_refuse(e);
}

static bool doubt_refuse(struct err *e)
{
    (void)err_refuse(e, HISTORY_DOUBT, "the log's own tiles do not join them");
    return auth_refuse(e);
}

/* The new head does not fit the one seen before by these tiles, which are anybody's word: only
 * tiles that lead to one of the heads say something about the other. To the larger: then the
 * smaller is none of its beginnings. To the new one, if it is the smaller: then it is at least no
 * accident. */
static bool differ_judge(const struct checkpoint *seen, const struct checkpoint *new,
                         const struct path *path, const struct path_source *nodes, struct err *e)
{
    const struct checkpoint *large = seen->size < new->size ? new : seen;
    struct checkpoint shown = {.size = seen->size < new->size ? seen->size : new->size};
    struct tree tree;
    struct err ignored;
    if (!path_tree(&tree, shown.size, nodes, e))
        return false;
    tree_root(shown.root, &tree);
    if (path_check_consistency(path, shown.size, shown.root, large->size, large->root, &ignored))
        return split_refuse(e);
    if (is_same(&shown, new))
        return doubt_refuse(e);
    (void)err_refuse(e, HISTORY_TILES,
                     "the log's tiles do not lead to its checkpoint of %" PRIu64 " entries",
                     large->size);
    (void)err_hint(e, "they are damaged, or of another history: ask again, then ask elsewhere");
    return auth_refuse(e);
}

/* Whether the smaller is the beginning of the larger. */
static bool one_history(const struct checkpoint *seen, const struct checkpoint *new,
                        const struct history_tiles *tiles, struct err *e)
{
    const struct checkpoint *small = seen->size < new->size ? seen : new;
    const struct checkpoint *large = seen->size < new->size ? new : seen;
    AUTO_VALUE(tile_source) source = {.size = 0};
    struct path path;
    struct err ignored;
    if (small->size == large->size)
        return roots_equal(small, large) || split_refuse(e);
    if (small->size == 0)
        return true;
    tile_source_init(&source, large->size, tiles->read, tiles->context);
    struct path_source nodes = tile_source_nodes(&source);
    if (!path_prove_consistency(&path, small->size, large->size, &nodes, e))
        return false;
    return path_check_consistency(&path, small->size, small->root, large->size, large->root,
                                  &ignored) ||
           differ_judge(seen, new, &path, &nodes, e);
}

/* Why the two could not be shown to be one history. */
static bool unproven(const struct history *h, const struct checkpoint *seen, struct err *e)
{
    if (strcmp(e->rule, HISTORY_TILES) == 0)
        return false;
    if (seen->size >= h->newest.size)
        return err_wrap(e, "the daemon does not prove that its checkpoint follows the one seen "
                           "before");
    (void)err_because(e,
                      "the daemon shows %" PRIu64 " entries; you have seen %" PRIu64
                      " and it cannot show that these are their beginning",
                      seen->size, h->newest.size);
    (void)snprintf(e->rule, sizeof e->rule, "%s", HISTORY_BEHIND);
    return err_hint(e, "wait until it has caught up with the keeper");
}

/* Takes what another process has kept meanwhile, which must be of the same history. */
static bool kept_take(struct history *h, const struct history_tiles *tiles, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct checkpoint kept;
    bool found = false;
    if (!h->kept)
        return true;
    if (!kept_read(h, &kept, &found, &note, e))
        return false;
    if (!found || (h->known && is_same(&kept, &h->newest)))
        return true;
    if (h->known && !one_history(&h->newest, &kept, tiles, e)) {
        /* Both were seen here: tiles that do not join them are another history's, sooner than
         * broken. */
        if (strcmp(e->rule, HISTORY_TILES) == 0)
            (void)doubt_refuse(e);
        return is_alarm(e) ? alarm(h, &kept, buf_bytes(&note), e) : unproven(h, &kept, e);
    }
    if (!h->known || kept.size > h->newest.size)
        h->newest = kept;
    h->known = true;
    return true;
}

/* Keeps `seen` in place of the newest, against which it was held. *ret_kept is false if another
 * process has gone on meanwhile: then `seen` must be held against that first. */
static bool newest_keep(struct history *h, const struct checkpoint *seen, struct bytes note,
                        bool *ret_kept, struct err *e)
{
    AUTO(file) lock = NULL;
    AUTO_VALUE(buf) there_note = BUF(LIMIT_NOTE);
    char path[PATH_SIZE];
    struct checkpoint there;
    bool found = false;
    file_name(path, h, "lock");
    if (h->kept && (!file_open(&lock, path, FILE_OPEN, FILE_REGULAR, 0600, e) ||
                    !lock_take(lock, e) || !kept_read(h, &there, &found, &there_note, e)))
        return false;
    *ret_kept = !found || (h->known && is_same(&there, &h->newest));
    if (!*ret_kept)
        return true;
    file_name(path, h, "checkpoint");
    if (h->kept && !file_replace(path, note, 0600, e))
        return false;
    h->newest = *seen;
    h->known = true;
    return true;
}

bool history_see(struct history *h, struct checkpoint *ret, struct bytes note,
                 const struct history_tiles *tiles, struct err *e)
{
    struct checkpoint seen;
    if (!note_open(h, note, &seen, e))
        return false;
    for (bool done = false; !done;) {
        if (!kept_take(h, tiles, e))
            return false;
        if (h->known && !one_history(&h->newest, &seen, tiles, e))
            return is_alarm(e) ? alarm(h, &seen, note, e) : unproven(h, &seen, e);
        done = h->known && seen.size <= h->newest.size;
        if (!done && !newest_keep(h, &seen, note, &done, e))
            return false;
    }
    *ret = seen;
    return true;
}

bool history_fits(const struct history *h, const struct checkpoint *head,
                  const struct history_tiles *tiles, struct err *e)
{
    if (!h->known)
        return err_set(e, ERR_STATE, "no checkpoint of the log has been seen");
    if (one_history(&h->newest, head, tiles, e))
        return true;
    if (!is_alarm(e))
        return unproven(h, head, e);
    return err_because(e,
                       "ALARM: the head of %" PRIu64 " entries that it names is none of the log's, "
                       "of which %" PRIu64 " were seen",
                       head->size, h->newest.size);
}
