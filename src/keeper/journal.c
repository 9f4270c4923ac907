#include "keeper/journal.h"

#include "base/buf.h"
#include "base/fault.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Space is reserved in steps, so that most batches change nothing but bytes already on the disk. */
#define RESERVE_STEP (16U << 20)
#define SCAN_CHUNK (1U << 20)

enum stage { STAGE_OPENED, STAGE_READY, STAGE_BROKEN };

struct journal {
    struct file *file;
    enum stage stage;
    uint64_t end;    /* where the next batch goes */
    uint64_t length; /* of the file, reserved space included */
    uint64_t size;   /* entries */
    uint8_t last[JOURNAL_HASH_SIZE];
    struct buf batch; /* of the batch at hand, kept for its memory */
    struct buf payload;
};

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    file_free(j->file);
    buf_done(&j->batch);
    buf_done(&j->payload);
    free(j);
}

uint64_t journal_size(const struct journal *j)
{
    return j->size;
}

/* What is wrong, in `e`, becomes ERR_DAMAGED with the place. */
static bool damaged(const struct journal *j, uint64_t offset, struct err *e)
{
    e->code = ERR_DAMAGED;
    err_wrap(e, "%s at byte %" PRIu64, file_path(j->file), offset);
    return err_hint(e, "the file is left as it is; find out what changed it, or restore the newest "
                       "copy of the journal");
}

/* --- Opening ---------------------------------------------------------------------------------- */

/* A file that is empty, or holds only a part of the magic that was torn while it was written. */
static bool file_is_new(const uint8_t *front, size_t size)
{
    size_t same = 0;
    while (same < size && front[same] == journal_file_magic[same])
        same++;
    for (size_t i = same; i < size; i++)
        if (front[i] != 0)
            return false;
    return same < JOURNAL_START;
}

static bool front_make(struct journal *j, struct err *e)
{
    FAULT_POINT(journal_before_front);
    if (!file_pwrite(j->file, 0, BYTES_OF(journal_file_magic), e))
        return false;
    FAULT_POINT(journal_front_written);
    if (!file_sync(j->file, e) || !file_sync_name(j->file, e))
        return false;
    j->length = JOURNAL_START;
    return true;
}

static bool front_check(struct journal *j, struct err *e)
{
    uint8_t front[JOURNAL_START] = {0};
    struct file_facts facts = {0};
    if (!file_facts(&facts, j->file, e))
        return false;
    size_t size = facts.size < sizeof front ? (size_t)facts.size : sizeof front;
    if (!file_pread(j->file, 0, front, size, e))
        return false;
    if (facts.size <= sizeof front && file_is_new(front, size))
        return front_make(j, e);
    j->length = facts.size;
    if (size == sizeof front && memcmp(front, journal_file_magic, sizeof front) == 0)
        return true;
    err_set(e, ERR_DAMAGED, "this is not a journal");
    return damaged(j, 0, e);
}

bool journal_open(struct journal **ret, const char *path, struct err *e)
{
    AUTO(journal) j = calloc(1, sizeof *j);
    if (j == NULL)
        return err_set(e, ERR_MEMORY, "out of memory opening the journal");
    j->batch = BUF(JOURNAL_BATCH_MAX);
    j->payload = BUF(JOURNAL_PAYLOAD_MAX);
    j->end = JOURNAL_START;
    if (!file_open(&j->file, path, FILE_OPEN, FILE_REGULAR, 0600, e) || !file_lock(j->file, e))
        return false;
    if (!front_check(j, e))
        return false;
    *ret = TAKE(j);
    return true;
}

/* --- Replaying -------------------------------------------------------------------------------- */

enum found { FOUND_WHOLE, FOUND_NONE };

/* Looks for one whole batch at `offset`, into j->batch. FOUND_NONE with the reason in *e_reason if
 * there is none; false if the file cannot be read or the batch is of an unknown version. */
static bool batch_look(struct journal *j, uint64_t offset, enum found *ret,
                       struct journal_batch *ret_batch, struct err *e_reason, struct err *e)
{
    uint8_t head[JOURNAL_HEAD_SIZE];
    size_t size = 0;
    *ret = FOUND_NONE;
    err_set(e_reason, ERR_INPUT, "the file ends within a batch");
    if (j->length - offset < sizeof head)
        return true;
    if (!file_pread(j->file, offset, head, sizeof head, e))
        return false;
    if (!journal_batch_size(&size, BYTES_OF(head), e_reason)) {
        if (e_reason->code != ERR_STATE)
            return true;
        *e = *e_reason;
        return damaged(j, offset, e);
    }
    if (size > j->length - offset)
        return true;
    buf_reset(&j->batch);
    uint8_t *place = buf_grow(&j->batch, size);
    if (place == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a batch of %zu bytes", size);
    if (!file_pread(j->file, offset, place, size, e))
        return false;
    if (journal_batch_read(ret_batch, buf_bytes(&j->batch), e_reason))
        *ret = FOUND_WHOLE;
    return true;
}

/* What lies behind the last whole batch. */
struct tail {
    uint64_t used;  /* the file's bytes up to its last that is not zero; `end` if there is none */
    uint64_t whole; /* where a whole batch stands in it; 0 if nowhere */
};

/* Looks into the places in `chunk`, the file's bytes from `offset` on, where a batch could begin.
 */
static bool chunk_scan(struct journal *j, uint64_t offset, struct bytes chunk, struct tail *tail,
                       struct err *e)
{
    const uint8_t *from = chunk.data;
    size_t left = chunk.size;
    while (tail->whole == 0) {
        const uint8_t *hit = memmem(from, left, journal_batch_magic, JOURNAL_MAGIC_SIZE);
        if (hit == NULL)
            return true;
        uint64_t place = offset + (uint64_t)(hit - chunk.data);
        enum found found = FOUND_NONE;
        struct journal_batch batch = {0};
        struct err reason;
        if (!batch_look(j, place, &found, &batch, &reason, e))
            return false;
        if (found == FOUND_WHOLE)
            tail->whole = place;
        left -= (size_t)(hit + 1 - from);
        from = hit + 1;
    }
    return true;
}

static void chunk_used(uint64_t offset, struct bytes chunk, struct tail *tail)
{
    size_t n = chunk.size;
    while (n > 0 && chunk.data[n - 1] == 0)
        n--;
    if (n > 0 && offset + n > tail->used)
        tail->used = offset + n;
}

static bool tail_scan(struct journal *j, struct tail *ret, struct err *e)
{
    AUTO_VALUE(buf) chunk = BUF(SCAN_CHUNK);
    struct tail tail = {.used = j->end};
    /* Chunks overlap, so that a magic across a border is seen. */
    for (uint64_t at = j->end; at < j->length; at += SCAN_CHUNK - JOURNAL_MAGIC_SIZE) {
        uint64_t left = j->length - at;
        size_t size = left < SCAN_CHUNK ? (size_t)left : SCAN_CHUNK;
        buf_reset(&chunk);
        uint8_t *place = buf_grow(&chunk, size);
        if (place == NULL)
            return err_set(e, ERR_MEMORY, "out of memory reading the journal's end");
        if (!file_pread(j->file, at, place, size, e))
            return false;
        chunk_used(at, buf_bytes(&chunk), &tail);
        if (!chunk_scan(j, at, buf_bytes(&chunk), &tail, e))
            return false;
    }
    *ret = tail;
    return true;
}

/* No whole batch stands at j->end: is this the end, a torn tail to be cut, or damage? */
static bool tail_settle(struct journal *j, const struct err *reason, struct journal_report *report,
                        struct err *e)
{
    struct tail tail = {0};
    if (!tail_scan(j, &tail, e))
        return false;
    if (tail.whole != 0) {
        err_set(e, ERR_DAMAGED, "%s, but a whole batch follows at byte %" PRIu64, reason->message,
                tail.whole);
        return damaged(j, j->end, e);
    }
    report->end = report->cut_offset = j->end;
    report->cut_size = tail.used - j->end;
    if (report->cut_size == 0)
        return true;
    FAULT_POINT(journal_before_cut);
    if (!file_truncate(j->file, j->end, e))
        return false;
    j->length = j->end;
    FAULT_POINT(journal_cut);
    return file_sync(j->file, e);
}

/* A batch that is whole must also be the next one. */
static bool batch_check(const struct journal *j, const struct journal_batch *b, struct err *e)
{
    if (b->first != j->size)
        return err_set(e, ERR_DAMAGED,
                       "a batch begins with entry %" PRIu64 ", the next is %" PRIu64, b->first,
                       j->size);
    if (memcmp(b->before, j->last, sizeof j->last) != 0)
        return err_set(e, ERR_DAMAGED, "a batch does not belong behind the one before it");
    uint32_t count = 0;
    for (size_t place = 0; place < b->payload.size; count++) {
        struct bytes entry = BYTES_NONE;
        if (!journal_batch_entry_next(&entry, &place, b->payload, e))
            return false;
    }
    if (count != b->count)
        return err_set(e, ERR_DAMAGED, "a batch of %" PRIu32 " entries holds %" PRIu32, b->count,
                       count);
    return true;
}

static bool batch_deliver(struct journal *j, const struct journal_batch *b,
                          const struct journal_replay *replay, struct err *e)
{
    if (b->checkpoint.data != NULL && replay->checkpoint != NULL &&
        !replay->checkpoint(replay->context, b->checkpoint, b->first, e))
        return err_wrap(e, "checkpoint in the batch of entry %" PRIu64, b->first);
    uint64_t front = j->end + JOURNAL_HEAD_SIZE + b->checkpoint.size;
    for (size_t place = 0; place < b->payload.size; j->size++) {
        struct journal_entry entry = {.index = j->size, .offset = front + place};
        if (!journal_batch_entry_next(&entry.bytes, &place, b->payload, e))
            return false;
        if (!replay->entry(replay->context, &entry, e))
            return err_wrap(e, "entry %" PRIu64, entry.index);
    }
    return true;
}

/* The batches from j->end on, until there is no whole one: why is in *e_reason. */
static bool batches_replay(struct journal *j, const struct journal_replay *replay,
                           struct journal_report *report, struct err *e_reason, struct err *e)
{
    for (;;) {
        enum found found = FOUND_NONE;
        struct journal_batch b = {0};
        if (!batch_look(j, j->end, &found, &b, e_reason, e))
            return false;
        if (found == FOUND_NONE)
            return true;
        if (!batch_check(j, &b, e))
            return damaged(j, j->end, e);
        if (!batch_deliver(j, &b, replay, e))
            return err_wrap(e, "%s at byte %" PRIu64, file_path(j->file), j->end);
        memcpy(j->last, b.hash, sizeof j->last);
        j->end += j->batch.size;
        report->batches++;
    }
}

bool journal_replay(struct journal *j, const struct journal_replay *replay,
                    struct journal_report *ret, struct err *e)
{
    struct journal_report report = {0};
    struct err reason;
    if (j->stage != STAGE_OPENED)
        return err_set(e, ERR_STATE, "%s was replayed before", file_path(j->file));
    j->stage = STAGE_BROKEN;
    if (!batches_replay(j, replay, &report, &reason, e) || !tail_settle(j, &reason, &report, e))
        return false;
    j->stage = STAGE_READY;
    report.entries = j->size;
    *ret = report;
    return true;
}

/* --- Appending and reading -------------------------------------------------------------------- */

static bool stage_check(const struct journal *j, struct err *e)
{
    if (j->stage == STAGE_READY)
        return true;
    err_set(e, ERR_STATE, "%s is not ready: %s", file_path(j->file),
            j->stage == STAGE_OPENED ? "it must be replayed first" : "an earlier step failed");
    return err_hint(e, "the keeper must be started again");
}

static bool payload_fill(struct journal *j, const struct bytes *entries, size_t count,
                         struct err *e)
{
    if (count == 0 || count > UINT32_MAX)
        return err_set(e, ERR_LIMIT, "a batch cannot have %zu entries", count);
    buf_reset(&j->payload);
    for (size_t i = 0; i < count; i++)
        if (!journal_batch_entry_put(&j->payload, entries[i], e))
            return err_wrap(e, "entry %" PRIu64, j->size + i);
    return true;
}

static bool space_reserve(struct journal *j, struct err *e)
{
    uint64_t need = j->end + j->batch.size;
    if (need <= j->length)
        return true;
    uint64_t length = (need / RESERVE_STEP + 1) * RESERVE_STEP;
    FAULT_POINT(journal_before_reserve);
    if (!file_preallocate(j->file, length, e))
        return false;
    j->length = length;
    return true;
}

static bool batch_put(struct journal *j, struct err *e)
{
    struct bytes batch = buf_bytes(&j->batch);
    FAULT_POINT(journal_before_write);
#ifdef SEALWARD_FAULTS
    if (!file_pwrite(j->file, j->end, bytes_make(batch.data, batch.size / 2), e))
        return false;
    FAULT_POINT(journal_half_written);
#endif
    if (!file_pwrite(j->file, j->end, batch, e))
        return false;
    FAULT_POINT(journal_written);
    if (!file_sync(j->file, e))
        return false;
    FAULT_POINT(journal_synced);
    return true;
}

static void offsets_give(const struct journal *j, const struct bytes *entries, size_t count,
                         size_t checkpoint, uint64_t *ret_offsets)
{
    uint64_t place = j->end + JOURNAL_HEAD_SIZE + checkpoint;
    for (size_t i = 0; i < count; i++) {
        ret_offsets[i] = place;
        place += sizeof(uint32_t) + entries[i].size;
    }
}

bool journal_append(struct journal *j, const struct bytes *entries, size_t count,
                    struct bytes checkpoint, uint64_t *ret_offsets, struct err *e)
{
    if (!stage_check(j, e) || !payload_fill(j, entries, count, e))
        return false;
    struct journal_batch b = {.first = j->size,
                              .count = (uint32_t)count,
                              .checkpoint = checkpoint,
                              .payload = buf_bytes(&j->payload)};
    memcpy(b.before, j->last, sizeof b.before);
    buf_reset(&j->batch);
    if (!journal_batch_write(&j->batch, &b, e))
        return false;

    j->stage = STAGE_BROKEN;
    if (!space_reserve(j, e) || !batch_put(j, e))
        return err_hint(e,
                        "the batch of entry %" PRIu64 " is not durable; see to the disk, then "
                        "start the keeper again",
                        j->size);
    j->stage = STAGE_READY;
    offsets_give(j, entries, count, checkpoint.size, ret_offsets);
    memcpy(j->last, b.hash, sizeof j->last);
    j->end += j->batch.size;
    j->size += count;
    return true;
}

bool journal_read(struct journal *j, uint64_t offset, struct buf *ret, struct err *e)
{
    uint8_t length[sizeof(uint32_t)];
    if (!stage_check(j, e))
        return false;
    if (offset < JOURNAL_START + JOURNAL_HEAD_SIZE || offset >= j->end)
        return err_set(e, ERR_INTERNAL, "no entry can stand at byte %" PRIu64 " of the journal",
                       offset);
    if (!file_pread(j->file, offset, length, sizeof length, e))
        return false;
    size_t size = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
                  (size_t)length[3];
    if (size == 0 || size > JOURNAL_ENTRY_MAX || size > j->end - offset) {
        err_set(e, ERR_DAMAGED, "no entry has %zu bytes", size);
        return damaged(j, offset, e);
    }
    uint8_t *place = buf_grow(ret, size);
    if (place == NULL)
        return buf_ok(ret, "a read entry", e);
    if (file_pread(j->file, offset + sizeof length, place, size, e))
        return true;
    ret->size -= size;
    return false;
}
