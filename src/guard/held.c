#include "guard/held.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/hex.h"
#include "pki/digest.h"
#include "proof/distrust.h"

#define SEEN_FOLDER "seen"
#define LOCK_FILE "lock"

enum {
    SEEN_GRAIN_MS = 60000, /* how often it is written down that nothing has changed */
    STANDING_MAX = SETTINGS_MAX,
    FILES_MAX = 10000,
};

/* A list's file and what it decodes into. */
struct list_held {
    struct buf file;
    struct arena arena;
    struct distrust list;
    uint8_t digest[DIGEST_SHA256_SIZE];
    int64_t expires; /* it, or its certificate, whichever is first */
    bool known;
};

static void list_held_done(struct list_held *l)
{
    buf_done(&l->file);
    arena_done(&l->arena);
    l->known = false;
}
AUTO_DONE(list_held)

struct held {
    const struct folder *folder;
    struct file *lock;
    struct history *history;  /* NULL: may not be read */
    struct checkpoint newest; /* of it */
    bool has_newest;
    struct list_held list;
    struct standing standing;
    int64_t boot; /* when standing.newest was so */
    struct err trouble;
};

/* --- Opening ---------------------------------------------------------------------------------- */

static bool expiry_find(struct list_held *l, struct err *e)
{
    struct x509 certificate;
    if (!x509_parse(&certificate, l->list.certificate, e))
        return false;
    l->expires =
        certificate.not_after < l->list.head.expires ? certificate.not_after : l->list.head.expires;
    return true;
}

/* Form, then the authority's signature. The bytes are moved. */
static bool list_open(struct list_held *ret, const struct folder *f, struct buf *file,
                      struct err *e)
{
    AUTO_VALUE(list_held) l = {.file = buf_take(file), .arena = DISTRUST_ARENA};
    struct x509 roots[FOLDER_ROOTS_MAX];
    struct distrust_trust trust = {
        .authority = f->authority.id, .roots = roots, .root_count = f->root_count};
    for (size_t i = 0; i < f->root_count; i++)
        if (!x509_parse(&roots[i], f->roots[i], e))
            return false;
    if (!distrust_open(&l.list, buf_bytes(&l.file), &l.arena, e) ||
        !distrust_verify(&l.list, &trust, e) || !expiry_find(&l, e))
        return false;
    digest_sha256(l.digest, buf_bytes(&l.file));
    l.known = true;
    *ret = l;
    l = (struct list_held){.known = false};
    return true;
}

/* One that does not hold, or is older than what was held, is none. */
static bool list_load(struct held *h, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DISTRUST_MAX);
    if (!folder_get(&file, h->folder, FOLDER_LIST, e))
        return e->code == ERR_NOT_FOUND;
    if (list_open(&h->list, h->folder, &file, &h->trouble)) {
        if (held_number(h) >= h->standing.number)
            return true;
        (void)err_set(&h->trouble, ERR_DAMAGED,
                      "it is number %" PRId64 ", and %" PRId64 " was held", held_number(h),
                      h->standing.number);
        list_held_done(&h->list);
    }
    (void)err_wrap(&h->trouble, "the list that is stored");
    return true;
}

static bool standing_load(struct held *h, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(STANDING_MAX);
    h->standing = (struct standing){.number = -1, .seen = -1, .confirmed = -1, .confirmed_at = -1};
    if (!folder_get(&text, h->folder, FOLDER_STANDING, e))
        return e->code == ERR_NOT_FOUND;
    if (standing_read(&h->standing, buf_bytes(&text), e))
        return true;
    (void)err_wrap(e, "%s", FOLDER_STANDING);
    e->code = ERR_DAMAGED;
    return err_hint(e, "find out by what; without it the guard forgets the newest time and list "
                       "number that it has seen");
}

static bool history_load(struct held *h, enum held_access access, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    struct err ignored;
    bool there = false;
    if (!folder_file(&path, h->folder, SEEN_FOLDER, e))
        return false;
    if (access == HELD_WRITE)
        return history_new(&h->history, buf_string(&path), &h->folder->authority, e);
    /* A reader makes no folders, and may be somebody else. */
    if (file_exists(&there, buf_string(&path), &ignored) && there &&
        !history_new(&h->history, buf_string(&path), &h->folder->authority, &ignored))
        h->history = NULL;
    return true;
}

static void newest_take(struct held *h)
{
    h->has_newest = h->history != NULL && history_newest(h->history, &h->newest);
}

static bool lock_take(struct held *h, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    if (!folder_file(&path, h->folder, LOCK_FILE, e) ||
        !file_open(&h->lock, buf_string(&path), FILE_OPEN, FILE_REGULAR, 0600, e))
        return false;
    if (file_lock(h->lock, e))
        return true;
    return e->code != ERR_BUSY ? false
                               : err_hint(e, "a guard is running on this folder: it does it by "
                                             "itself, or stop it first");
}

/* What a process that was ended in the middle of storing has left. */
static bool leftover_remove(void *context, const char *name, struct err *e)
{
    static const char *const kept[] = {FOLDER_LIST ".", FOLDER_STANDING "."};
    const struct held *h = context;
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        size_t size = strlen(kept[i]);
        if (strncmp(name, kept[i], size) != 0 || strlen(name) != size + 6)
            continue;
        return folder_file(&path, h->folder, name, e) && file_remove(buf_string(&path), e);
    }
    return true;
}

static bool writer_settle(struct held *h, struct err *e)
{
    return lock_take(h, e) && file_list(h->folder->path, FILES_MAX, leftover_remove, h, e);
}

bool held_new(struct held **ret, const struct folder *f, enum held_access access,
              const struct held_moment *at, struct err *e)
{
    AUTO(held) h = calloc(1, sizeof *h);
    if (h == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for what is held");
    h->folder = f;
    h->boot = at->boot;
    if ((access == HELD_WRITE && !writer_settle(h, e)) || !standing_load(h, e) ||
        !list_load(h, e) || !history_load(h, access, e))
        return false;
    newest_take(h);
    /* The list may have been stored, and the standing not yet. */
    if (h->list.known) {
        const struct distrust_head *head = &h->list.list.head;
        h->standing.number = (int64_t)head->number;
        if (h->standing.newest < head->issued)
            h->standing.newest = head->issued;
    }
    *ret = TAKE(h);
    return true;
}

void held_free(struct held *h)
{
    if (h == NULL)
        return;
    list_held_done(&h->list);
    history_free(h->history);
    file_free(h->lock);
    free(h);
}

int64_t held_now(const struct held *h, const struct held_moment *at)
{
    int64_t newest = h->standing.newest + (at->boot > h->boot ? at->boot - h->boot : 0);
    return at->wall > newest ? at->wall : newest;
}

struct bytes held_list(const struct held *h)
{
    return h->list.known ? buf_bytes(&h->list.file) : BYTES_NONE;
}

int64_t held_number(const struct held *h)
{
    return h->list.known ? (int64_t)h->list.list.head.number : -1;
}

/* --- Taking ----------------------------------------------------------------------------------- */

static bool standing_put(struct held *h, const struct standing *standing, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(STANDING_MAX);
    standing_write(&text, standing);
    FAULT_POINT(guard_before_standing);
    if (!buf_ok(&text, "the standing", e) ||
        !folder_put(h->folder, FOLDER_STANDING, buf_bytes(&text), e))
        return false;
    FAULT_POINT(guard_standing);
    h->standing = *standing;
    return true;
}

/* Heads disagree: from now on, whether or not it could be written down. */
static void doubt_raise(struct held *h, enum doubt doubt)
{
    struct standing standing = h->standing;
    struct err ignored;
    if (standing.doubt >= (int)doubt)
        return;
    standing.doubt = (int)doubt;
    if (!standing_put(h, &standing, &ignored))
        h->standing.doubt = (int)doubt;
}

static bool doubt_check(const struct held *h, struct err *e)
{
    if (h->standing.doubt != DOUBT_PROVEN)
        return true;
    (void)err_refuse(e, "guard.split",
                     "ALARM: the log has shown this endpoint two histories; nothing more is taken");
    return err_hint(e, "show what is in seen/ and conflict-list-* of its folder to the authority's "
                       "people; when they have explained it, enrol the endpoint anew");
}

bool held_see(struct held *h, struct bytes note, const struct history_tiles *tiles, struct err *e)
{
    struct checkpoint seen;
    if (!doubt_check(h, e))
        return false;
    FAULT_POINT(guard_before_checkpoint);
    if (!history_see(h->history, &seen, note, tiles, e)) {
        if (strcmp(e->rule, HISTORY_SPLIT) == 0)
            doubt_raise(h, DOUBT_PROVEN);
        if (strcmp(e->rule, HISTORY_DOUBT) == 0)
            doubt_raise(h, DOUBT_SUSPECTED);
        return false;
    }
    FAULT_POINT(guard_checkpoint);
    newest_take(h);
    return true;
}

/* The list is the authority's and yet cannot be: it is kept as evidence. Always false. */
static bool list_alarm(struct held *h, const struct list_held *l, struct err *e)
{
    char name[64];
    char hex[9];
    struct err ignored;
    (void)snprintf(name, sizeof name, "conflict-list-%" PRIu64 "-%s", l->list.head.number,
                   hex_string(hex, bytes_make(l->digest, 4)));
    bool saved = folder_put(h->folder, name, buf_bytes(&l->file), &ignored);
    doubt_raise(h, DOUBT_PROVEN);
    return err_hint(e, "trust nothing of it; show %s%s%s to the authority's people",
                    saved ? h->folder->path : "this", saved ? "/" : "", saved ? name : "");
}

/* No list that the authority made before the one held can have been made after that one's end: then
 * its number was none of the authority's, but of a thief of the key for lists. */
static bool is_from_behind(const struct held *h, const struct list_held *l)
{
    return h->list.known && l->list.head.issued > h->list.expires;
}

/* Above all that was held; or the same once more: signed again, or because its file was lost. */
static bool number_check(struct held *h, const struct list_held *l, struct err *e)
{
    int64_t number = (int64_t)l->list.head.number;
    bool follows = number > h->standing.number || is_from_behind(h, l);
    if (follows && h->list.known && !distrust_check_signer(&l->list, &h->list.list, e))
        return false;
    if (follows || (number == h->standing.number && !h->list.known))
        return true;
    if (number < h->standing.number)
        return distrust_check_newer(&l->list, (uint64_t)h->standing.number, e);
    if (bytes_equal(l->list.body, h->list.list.body))
        return true;
    (void)err_refuse(e, "guard.split", "ALARM: there are two distrust lists of number %" PRId64,
                     number);
    return list_alarm(h, l, e);
}

static bool history_check(struct held *h, const struct list_held *l,
                          const struct history_tiles *tiles, struct err *e)
{
    const struct distrust_head *head = &l->list.head;
    struct checkpoint bound = {.size = head->size};
    memcpy(bound.root, head->root, sizeof bound.root);
    if (!h->has_newest || h->newest.size < bound.size) {
        (void)err_set(e, ERR_STATE,
                      "the list %" PRIu64 " is of a log of %" PRIu64 " entries, which no "
                      "checkpoint reaches yet",
                      head->number, head->size);
        return err_hint(e, "it is taken with the next checkpoint");
    }
    if (history_fits(h->history, &bound, tiles, e))
        return true;
    (void)err_wrap(e, "distrust list %" PRIu64, head->number);
    return strcmp(e->rule, HISTORY_SPLIT) == 0 ? list_alarm(h, l, e) : false;
}

/* A lower number is written down first: a process that ends in between must not find a list that is
 * older than what it remembers. */
static bool number_lower(struct held *h, int64_t number, struct err *e)
{
    struct standing standing = h->standing;
    if (number >= standing.number)
        return true;
    standing.number = number;
    return standing_put(h, &standing, e);
}

/* The list is stored, then counts. */
static bool list_put(struct held *h, struct list_held *l, const struct held_moment *at,
                     struct err *e)
{
    int64_t issued = h->list.known ? h->list.list.head.issued : 0;
    FAULT_POINT(guard_before_list);
    if (!number_lower(h, (int64_t)l->list.head.number, e) ||
        !folder_put(h->folder, FOLDER_LIST, buf_bytes(&l->file), e))
        return false;
    FAULT_POINT(guard_list);
    list_held_done(&h->list);
    h->list = *l;
    *l = (struct list_held){.known = false};
    h->trouble = (struct err){.code = ERR_NONE};
    h->standing.number = (int64_t)h->list.list.head.number;
    h->standing.newest = h->list.list.head.issued > issued ? h->list.list.head.issued : issued;
    h->boot = at->boot;
    return standing_put(h, &h->standing, e);
}

bool held_take(struct held *h, struct buf *list, const struct history_tiles *tiles,
               const struct held_moment *at, struct err *e)
{
    AUTO_VALUE(list_held) l = {.known = false};
    if (!doubt_check(h, e))
        return false;
    if (h->list.known && bytes_equal(buf_bytes(list), buf_bytes(&h->list.file)))
        return true;
    return list_open(&l, h->folder, list, e) && number_check(h, &l, e) &&
           history_check(h, &l, tiles, e) && list_put(h, &l, at, e);
}

/* --- Standing --------------------------------------------------------------------------------- */

bool held_keep_seen(struct held *h, const struct held_moment *at, struct err *e)
{
    struct standing standing = h->standing;
    if (!doubt_check(h, e))
        return false;
    standing.seen = held_now(h, at);
    standing.newest = standing.seen;
    standing.doubt = DOUBT_NONE;
    bool soon = h->standing.seen >= 0 && standing.seen - h->standing.seen < SEEN_GRAIN_MS;
    if (soon && h->standing.doubt == DOUBT_NONE)
        return true;
    if (!standing_put(h, &standing, e))
        return false;
    h->boot = at->boot;
    return true;
}

bool held_keep_confirmed(struct held *h, int64_t number, const struct held_moment *at,
                         struct err *e)
{
    struct standing standing = h->standing;
    standing.confirmed = number;
    standing.confirmed_at = held_now(h, at);
    return standing_put(h, &standing, e);
}

bool held_confirmation(struct confirmation *ret, const struct held *h, const struct held_moment *at,
                       struct err *e)
{
    struct holding holding;
    if (!doubt_check(h, e))
        return false;
    held_report(&holding, h, at);
    if (holding.number < 0 || holding.size < 0)
        return err_set(e, ERR_STATE, "there is nothing to confirm: no list and checkpoint is held");
    *ret = (struct confirmation){.authority = BYTES_OF(h->folder->authority.id),
                                 .endpoint = holding.endpoint,
                                 .time = holding.now,
                                 .number = holding.number,
                                 .list = holding.list,
                                 .size = holding.size,
                                 .root = holding.root};
    return true;
}

void held_report(struct holding *ret, const struct held *h, const struct held_moment *at)
{
    const struct settings *settings = &h->folder->settings;
    const struct distrust_head *head = &h->list.list.head;
    bool known = h->list.known;
    *ret = (struct holding){
        .endpoint = settings->endpoint,
        .class = settings->class,
        .stale = settings->rules.stale,
        .grace = settings->rules.grace,
        .clock_error = settings->rules.clock_error,
        .now = held_now(h, at),
        .clock = at->wall,
        .doubt = h->standing.doubt,
        .number = held_number(h),
        .issued = known ? head->issued : -1,
        .expires = known ? h->list.expires : -1,
        .list = known ? BYTES_OF(h->list.digest) : BYTES_NONE,
        .size = h->has_newest ? (int64_t)h->newest.size : -1,
        .root = h->has_newest ? BYTES_OF(h->newest.root) : BYTES_NONE,
        .seen = h->standing.seen,
        .confirmed = h->standing.confirmed,
        .confirmed_at = h->standing.confirmed_at,
        .trouble = bytes_text(h->trouble.message),
    };
}
