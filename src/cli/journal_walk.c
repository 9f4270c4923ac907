#include "cli/journal_walk.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "proof/journal_batch.h"

enum { SCAN_CHUNK = 1 << 20 };

struct walking {
    const struct journal_walk *walk;
    struct file *file;
    uint64_t at;      /* where the next batch begins */
    uint64_t entries; /* before it */
    uint8_t last[JOURNAL_HASH_SIZE];
    struct buf batch;
};

static void walking_done(struct walking *w)
{
    file_free(w->file);
    buf_done(&w->batch);
}
AUTO_DONE(walking)

static bool damaged(const struct walking *w, uint64_t at, struct err *e)
{
    e->code = ERR_DAMAGED;
    return err_wrap(e, "%s at byte %" PRIu64, file_path(w->file), at);
}

/* *ret_whole: a whole batch stands there, in w->batch. Else *ret_why says why not. */
static bool batch_look(struct walking *w, uint64_t at, bool *ret_whole, struct journal_batch *ret,
                       struct err *ret_why, struct err *e)
{
    uint8_t head[JOURNAL_HEAD_SIZE];
    struct file_facts facts;
    size_t size = 0;
    *ret_whole = false;
    (void)err_set(ret_why, ERR_INPUT, "the file ends within a batch");
    if (!file_facts(&facts, w->file, e))
        return false;
    if (facts.size < at || facts.size - at < sizeof head)
        return true;
    if (!file_pread(w->file, at, head, sizeof head, e))
        return false;
    if (!journal_batch_size(&size, BYTES_OF(head), ret_why)) {
        if (ret_why->code != ERR_STATE)
            return true;
        *e = *ret_why;
        return damaged(w, at, e);
    }
    if (size > facts.size - at)
        return true;
    buf_reset(&w->batch);
    uint8_t *place = buf_grow(&w->batch, size);
    if (place == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a batch of %zu bytes", size);
    if (!file_pread(w->file, at, place, size, e))
        return false;
    *ret_whole = journal_batch_read(ret, buf_bytes(&w->batch), ret_why);
    return true;
}

static bool chunk_search(struct walking *w, uint64_t at, struct bytes chunk, bool *ret_found,
                         struct err *e)
{
    const uint8_t *from = chunk.data;
    const uint8_t *end = chunk.data + chunk.size;
    struct journal_batch batch;
    struct err why;
    while (!*ret_found) {
        const uint8_t *hit =
            memmem(from, (size_t)(end - from), journal_batch_magic, JOURNAL_MAGIC_SIZE);
        if (hit == NULL)
            return true;
        if (!batch_look(w, at + (uint64_t)(hit - chunk.data), ret_found, &batch, &why, e))
            return false;
        from = hit + 1;
    }
    return true;
}

/* Whether a whole batch stands anywhere from there on. Chunks overlap by the length of a magic. */
static bool rest_search(struct walking *w, uint64_t at, bool *ret_found, struct err *e)
{
    AUTO_VALUE(buf) chunk = BUF(SCAN_CHUNK);
    struct file_facts facts;
    *ret_found = false;
    if (!file_facts(&facts, w->file, e))
        return false;
    for (; at < facts.size && !*ret_found; at += SCAN_CHUNK - JOURNAL_MAGIC_SIZE) {
        size_t size = facts.size - at < SCAN_CHUNK ? (size_t)(facts.size - at) : SCAN_CHUNK;
        buf_reset(&chunk);
        uint8_t *place = buf_grow(&chunk, size);
        if (place == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for reading a journal");
        if (!file_pread(w->file, at, place, size, e) ||
            !chunk_search(w, at, buf_bytes(&chunk), ret_found, e))
            return false;
    }
    return true;
}

/* A keeper that was writing at this place has finished by the time a later batch is found, so a
 * second look tells. */
static bool next_find(struct walking *w, bool *ret_whole, struct journal_batch *ret, struct err *e)
{
    struct err why;
    bool behind = false;
    if (!batch_look(w, w->at, ret_whole, ret, &why, e))
        return false;
    if (*ret_whole)
        return true;
    if (!rest_search(w, w->at, &behind, e))
        return false;
    if (!behind)
        return true;
    if (!batch_look(w, w->at, ret_whole, ret, &why, e))
        return false;
    if (*ret_whole)
        return true;
    (void)err_set(e, ERR_DAMAGED, "%s, but a whole batch follows", why.message);
    return damaged(w, w->at, e);
}

static bool batch_judge(const struct walking *w, const struct journal_batch *b, struct err *e)
{
    if (b->first == w->entries && memcmp(b->before, w->last, sizeof w->last) == 0)
        return true;
    (void)err_set(e, ERR_DAMAGED, "a batch does not belong behind the one before it");
    return damaged(w, w->at, e);
}

static bool batch_give(struct walking *w, const struct journal_batch *b, struct err *e)
{
    const struct journal_walk *walk = w->walk;
    struct bytes entry;
    uint32_t count = 0;
    for (size_t place = 0; place < b->payload.size; count++)
        if (!journal_batch_entry_next(&entry, &place, b->payload, e) ||
            (walk->entry != NULL && !walk->entry(walk->context, w->entries + count, entry, e)))
            return err_wrap(e, "entry %" PRIu64, w->entries + count);
    if (count != b->count) {
        (void)err_set(e, ERR_DAMAGED, "a batch of %" PRIu32 " entries holds %" PRIu32, b->count,
                      count);
        return damaged(w, w->at, e);
    }
    w->entries += count;
    return walk->piece == NULL || walk->piece(walk->context, buf_bytes(&w->batch), e);
}

static bool front_give(struct walking *w, struct err *e)
{
    uint8_t front[JOURNAL_START];
    struct file_facts facts;
    if (!file_facts(&facts, w->file, e))
        return false;
    bool whole = facts.size >= sizeof front;
    if (whole && !file_pread(w->file, 0, front, sizeof front, e))
        return false;
    if (!whole || memcmp(front, journal_file_magic, sizeof front) != 0) {
        (void)err_set(e, ERR_DAMAGED, "this is not a journal");
        return damaged(w, 0, e);
    }
    return w->walk->piece == NULL ||
           w->walk->piece(w->walk->context, BYTES_OF(journal_file_magic), e);
}

bool journal_walk(uint64_t *ret_entries, const char *path, const struct journal_walk *walk,
                  struct err *e)
{
    AUTO_VALUE(walking) w = {.walk = walk, .at = JOURNAL_START, .batch = BUF(JOURNAL_BATCH_MAX)};
    if (!file_open(&w.file, path, FILE_READ, FILE_REGULAR, 0, e) || !front_give(&w, e))
        return false;
    for (;;) {
        struct journal_batch batch;
        bool whole = false;
        if (!next_find(&w, &whole, &batch, e))
            return false;
        if (!whole)
            break;
        if (!batch_judge(&w, &batch, e) || !batch_give(&w, &batch, e))
            return false;
        memcpy(w.last, batch.hash, sizeof w.last);
        w.at += w.batch.size;
    }
    *ret_entries = w.entries;
    return true;
}
