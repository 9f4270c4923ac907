#include "proof/journal_batch.h"

#include "base/reader.h"
#include "pki/digest.h"

#include <inttypes.h>
#include <string.h>

/* No entry can hold it: 0x89 and 0xff are not text. */
const uint8_t journal_batch_magic[JOURNAL_MAGIC_SIZE] = {0x89, 'S',  'W',  'J',
                                                         'B',  '\r', '\n', 0xff};

const uint8_t journal_file_magic[JOURNAL_START] = {0x89, 's', 'e', 'a', 'l', 'w',  'a',  'r',
                                                   'd',  ' ', 'l', 'o', 'g', 0x0d, 0x0a, 0xff};

static bool entry_size_check(size_t size, struct err *e)
{
    if (size == 0)
        return err_set(e, ERR_INPUT, "an entry is empty");
    if (size > JOURNAL_ENTRY_MAX)
        return err_set(e, ERR_INPUT, "an entry has %zu bytes, the most is %d", size,
                       JOURNAL_ENTRY_MAX);
    return true;
}

bool journal_batch_entry_put(struct buf *payload, struct bytes entry, struct err *e)
{
    if (!entry_size_check(entry.size, e)) {
        e->code = ERR_LIMIT;
        return false;
    }
    buf_put_u32(payload, (uint32_t)entry.size);
    buf_put(payload, entry);
    return buf_ok(payload, "the journal's batch", e);
}

bool journal_batch_entry_next(struct bytes *ret, size_t *place, struct bytes payload, struct err *e)
{
    if (*place > payload.size)
        return err_set(e, ERR_INPUT, "an entry lies behind its batch");
    struct reader r = reader_make(bytes_make(payload.data + *place, payload.size - *place));
    size_t size = reader_u32(&r);
    struct bytes entry = reader_bytes(&r, size);
    if (!r.failed && !entry_size_check(size, e))
        return false;
    if (r.failed)
        return err_set(e, ERR_INPUT, "an entry is longer than its batch");
    *ret = entry;
    *place += sizeof(uint32_t) + size;
    return true;
}

bool journal_batch_write(struct buf *out, struct journal_batch *b, struct err *e)
{
    if (b->count == 0 || b->payload.size > JOURNAL_PAYLOAD_MAX)
        return err_set(e, ERR_LIMIT, "a batch of %" PRIu32 " entries in %zu bytes is none",
                       b->count, b->payload.size);
    if (b->checkpoint.size > JOURNAL_CHECKPOINT_MAX)
        return err_set(e, ERR_LIMIT, "a checkpoint has %zu bytes, the most is %d",
                       b->checkpoint.size, JOURNAL_CHECKPOINT_MAX);
    size_t start = out->size;
    buf_put(out, BYTES_OF(journal_batch_magic));
    buf_put_u32(out, JOURNAL_VERSION);
    buf_put_u64(out, b->first);
    buf_put_u32(out, b->count);
    buf_put_u32(out, (uint32_t)b->checkpoint.size);
    buf_put_u32(out, (uint32_t)b->payload.size);
    buf_put(out, BYTES_OF(b->before));
    buf_put(out, b->checkpoint);
    buf_put(out, b->payload);
    if (!buf_ok(out, "the journal's batch", e))
        return false;
    digest_sha256(b->hash, bytes_make(out->data + start, out->size - start));
    buf_put(out, BYTES_OF(b->hash));
    return buf_ok(out, "the journal's batch", e);
}

struct head {
    uint64_t first;
    uint32_t count;
    size_t checkpoint;
    size_t payload;
};

/* Takes the fixed part from the reader and judges it. */
static bool head_read(struct head *ret, uint8_t before[JOURNAL_HASH_SIZE], struct reader *r,
                      struct err *e)
{
    struct bytes magic = reader_bytes(r, JOURNAL_MAGIC_SIZE);
    uint32_t version = reader_u32(r);
    struct head h = {.first = reader_u64(r), .count = reader_u32(r)};
    h.checkpoint = reader_u32(r);
    h.payload = reader_u32(r);
    reader_copy(r, before, JOURNAL_HASH_SIZE);
    if (r->failed || !bytes_equal(magic, BYTES_OF(journal_batch_magic)))
        return err_set(e, ERR_INPUT, "no batch begins here");
    /* Version 0 does not exist: it is what a write torn within this field leaves. */
    if (version == 0)
        return err_set(e, ERR_INPUT, "a batch is cut in its version");
    if (version != JOURNAL_VERSION)
        return err_set(e, ERR_STATE, "a batch has format version %" PRIu32 ", known is %u", version,
                       JOURNAL_VERSION);
    if (h.checkpoint > JOURNAL_CHECKPOINT_MAX || h.payload > JOURNAL_PAYLOAD_MAX || h.count == 0)
        return err_set(e, ERR_INPUT, "a batch's lengths are out of their limits");
    *ret = h;
    return true;
}

bool journal_batch_size(size_t *ret, struct bytes head, struct err *e)
{
    uint8_t before[JOURNAL_HASH_SIZE];
    struct reader r = reader_make(head);
    struct head h = {0};
    if (!head_read(&h, before, &r, e))
        return false;
    *ret = JOURNAL_HEAD_SIZE + h.checkpoint + h.payload + JOURNAL_HASH_SIZE;
    return true;
}

bool journal_batch_read(struct journal_batch *ret, struct bytes whole, struct err *e)
{
    struct journal_batch b = {0};
    struct reader r = reader_make(whole);
    struct head h = {0};
    if (!head_read(&h, b.before, &r, e))
        return false;
    b.first = h.first;
    b.count = h.count;
    struct bytes checkpoint = reader_bytes(&r, h.checkpoint);
    b.checkpoint = checkpoint.size > 0 ? checkpoint : BYTES_NONE;
    b.payload = reader_bytes(&r, h.payload);
    reader_copy(&r, b.hash, JOURNAL_HASH_SIZE);
    if (!reader_done(&r, "a batch", e))
        return false;
    uint8_t hash[JOURNAL_HASH_SIZE];
    digest_sha256(hash, bytes_make(whole.data, whole.size - JOURNAL_HASH_SIZE));
    if (memcmp(hash, b.hash, sizeof hash) != 0)
        return err_set(e, ERR_INPUT, "a batch's bytes are not those of its hash");
    *ret = b;
    return true;
}
