#include "keeper/hashes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/reader.h"

#define OFFSET_SIZE 8
/* The record of an entry that finishes a subtree of every level. */
#define RECORD_MAX (OFFSET_SIZE + (TREE_LEVELS + 1) * TREE_HASH)
/* Bytes written, and compared, at a time: large enough that the system's calls do not count. */
#define CHUNK 65536

struct hashes {
    struct file *file;
    struct tree tree;
    uint64_t end;      /* bytes of the records of all entries added */
    uint64_t on_disk;  /* how many of them the file has; the rest waits */
    uint64_t old_end;  /* where the file ended when it was opened; 0 once it has been cut */
    uint64_t old_from; /* place in the file of `old` */
    struct buf waiting;
    struct buf old; /* a piece of what the file held when it was opened, to compare with */
};

void hashes_free(struct hashes *h)
{
    if (!h) {
        return;
    }
    /* What still waits is lost without harm: the next start writes it. */
    file_free(h->file);
    buf_done(&h->waiting);
    buf_done(&h->old);
    free(h);
}

bool hashes_open(struct hashes **ret, const char *path, struct err *e)
{
    AUTO(hashes) h = calloc(1, sizeof *h);
    struct file_facts facts;
    if (!h) {
        return err_set(e, ERR_MEMORY, "no memory for the hashes of the log");
    }
    h->waiting = BUF(CHUNK + RECORD_MAX);
    h->old = BUF(CHUNK);
    if (!file_open(&h->file, path, FILE_OPEN, FILE_REGULAR, 0600, e) ||
        !file_facts(&facts, h->file, e)) {
        return false;
    }
    h->old_end = facts.size;
    *ret = TAKE(h);
    return true;
}

/* Where the record of an entry begins: before it stand the records of `index` entries, each with
 * its offset, and all the subtrees that they finish, 2 * index - (ones in index) of them. */
static uint64_t record_place(uint64_t index)
{
    uint64_t nodes = 2 * index - (uint64_t)__builtin_popcountll(index);
    return nodes * TREE_HASH + index * OFFSET_SIZE;
}

/* Where the node stands: in the record of the last entry below it, behind the smaller ones. */
static uint64_t node_place(unsigned level, uint64_t index)
{
    uint64_t last = ((index + 1) << level) - 1;
    return record_place(last) + OFFSET_SIZE + (uint64_t)level * TREE_HASH;
}

/* True if the file, as it was opened, holds exactly these bytes at the end of what is added. */
static bool old_holds(struct hashes *h, struct bytes record, bool *ret, struct err *e)
{
    if (h->old_end < h->end + record.size) {
        *ret = false;
        return true;
    }
    if (h->end + record.size > h->old_from + h->old.size) {
        uint64_t left = h->old_end - h->end;
        size_t size = left < CHUNK ? (size_t)left : CHUNK;
        buf_reset(&h->old);
        uint8_t *room = buf_grow(&h->old, size);
        if (!room) {
            return buf_ok(&h->old, "the hashes of the log", e);
        }
        if (!file_pread(h->file, h->end, room, size, e)) {
            buf_reset(&h->old);
            return false;
        }
        h->old_from = h->end;
    }
    *ret = memcmp(h->old.data + (h->end - h->old_from), record.data, record.size) == 0;
    return true;
}

/* Cuts off what the file held beyond the entries added, so that it never shows again. */
static bool old_cut(struct hashes *h, struct err *e)
{
    if (!file_truncate(h->file, h->end, e)) {
        return false;
    }
    buf_done(&h->old);
    h->old_end = 0;
    return true;
}

static bool waiting_write(struct hashes *h, struct err *e)
{
    if (!file_pwrite(h->file, h->on_disk, buf_bytes(&h->waiting), e)) {
        return false;
    }
    h->on_disk += h->waiting.size;
    buf_reset(&h->waiting);
    return true;
}

/* Brings the record to its place: it is there already, or it waits to be written. */
static bool record_add(struct hashes *h, struct bytes record, struct err *e)
{
    bool there = false;
    if (h->old_end != 0) {
        if (!old_holds(h, record, &there, e) || (!there && !old_cut(h, e))) {
            return false;
        }
    }
    if (there) {
        h->on_disk += record.size;
    } else {
        if (h->waiting.size >= CHUNK && !waiting_write(h, e)) {
            return false;
        }
        buf_put(&h->waiting, record);
        if (!buf_ok(&h->waiting, "the hashes of the log", e)) {
            return false;
        }
    }
    h->end += record.size;
    return true;
}

bool hashes_append(struct hashes *h, uint64_t offset, const uint8_t leaf[TREE_HASH], struct err *e)
{
    struct tree grown = h->tree;
    uint8_t nodes[TREE_LEVELS + 1][TREE_HASH];
    unsigned count = tree_append_nodes(&grown, leaf, nodes);
    uint8_t record[RECORD_MAX];
    for (unsigned i = 0; i < OFFSET_SIZE; i++) {
        record[i] = (uint8_t)(offset >> (8 * (OFFSET_SIZE - 1 - i)));
    }
    memcpy(record + OFFSET_SIZE, nodes, (size_t)count * TREE_HASH);
    if (!record_add(h, bytes_make(record, OFFSET_SIZE + (size_t)count * TREE_HASH), e)) {
        return err_wrap(e, "hashes of entry %" PRIu64, h->tree.size);
    }
    h->tree = grown;
    return true;
}

uint64_t hashes_size(const struct hashes *h)
{
    return h->tree.size;
}

/* Bytes of a record that has been added, from the file or from what waits; a record is never in
 * both. */
static bool added_read(const struct hashes *h, uint64_t place, uint8_t *ret, size_t size,
                       struct err *e)
{
    if (place < h->on_disk) {
        return file_pread(h->file, place, ret, size, e);
    }
    memcpy(ret, h->waiting.data + (place - h->on_disk), size);
    return true;
}

bool hashes_offset(const struct hashes *h, uint64_t index, uint64_t *ret, struct err *e)
{
    if (index >= h->tree.size) {
        return err_set(e, ERR_NOT_FOUND, "the log has %" PRIu64 " entries, none is number %" PRIu64,
                       h->tree.size, index);
    }
    uint8_t bytes[OFFSET_SIZE];
    if (!added_read(h, record_place(index), bytes, sizeof bytes, e)) {
        return false;
    }
    struct reader r = reader_make(BYTES_OF(bytes));
    *ret = reader_u64(&r);
    return true;
}

static bool hashes_node(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                        struct err *e)
{
    const struct hashes *h = context;
    if (level >= TREE_LEVELS || index >= h->tree.size >> level) {
        return err_set(e, ERR_NOT_FOUND,
                       "the log of %" PRIu64 " entries has no subtree %" PRIu64 " of level %u",
                       h->tree.size, index, level);
    }
    return added_read(h, node_place(level, index), ret, TREE_HASH, e);
}

struct path_source hashes_source(struct hashes *h)
{
    return (struct path_source){.node = hashes_node, .context = h};
}
