/*
 * One batch of the journal as bytes: writing and reading side by side. docs/protocol/journal.md
 * gives the layout.
 *
 * A batch proves itself: it ends with the SHA-256 over all of its own bytes, the hash of the batch
 * before it included. So one batch can be judged alone, and a row of them cannot be reordered,
 * thinned out or replaced in the middle.
 *
 * Pure: bytes in, bytes out. Views point into the bytes given. What it does not do: say whether a
 * batch fits the one before it (the journal does), or read entries' contents.
 */
#ifndef SEALWARD_PROOF_JOURNAL_BATCH_H
#define SEALWARD_PROOF_JOURNAL_BATCH_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define JOURNAL_VERSION 1U
#define JOURNAL_MAGIC_SIZE 8
#define JOURNAL_HASH_SIZE 32
/* The fixed part at the front of every batch. */
#define JOURNAL_HEAD_SIZE 64
/* An entry holds 1 to this many bytes; the same limit as the record's own. */
#define JOURNAL_ENTRY_MAX 65535
/* The payload: for each entry its u32 length and its bytes. */
#define JOURNAL_PAYLOAD_MAX (16U << 20)
/* A signed note: room for an origin, a root and the signatures of many witnesses. */
#define JOURNAL_CHECKPOINT_MAX 16384
#define JOURNAL_BATCH_MAX                                                                          \
    (JOURNAL_HEAD_SIZE + JOURNAL_CHECKPOINT_MAX + JOURNAL_PAYLOAD_MAX + JOURNAL_HASH_SIZE)

extern const uint8_t journal_batch_magic[JOURNAL_MAGIC_SIZE];

/* What a journal begins with, and so where its first batch stands. */
#define JOURNAL_START 16
extern const uint8_t journal_file_magic[JOURNAL_START];

struct journal_batch {
    uint64_t first;                    /* index of its first entry in the record */
    uint32_t count;                    /* entries, at least 1 */
    uint8_t before[JOURNAL_HASH_SIZE]; /* hash of the batch before it; zeros in the first */
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct bytes checkpoint; /* absent if none was known */
    struct bytes payload;
};

/* Appends the whole batch to `out` and puts its hash into b->hash. `b` must keep the limits above
 * and its payload must be `count` entries as journal_batch_entry_put writes them. */
CHECKED bool journal_batch_write(struct buf *out, struct journal_batch *b, struct err *e);

/* Adds one entry to a payload; ERR_LIMIT if it is empty or over JOURNAL_ENTRY_MAX. */
CHECKED bool journal_batch_entry_put(struct buf *payload, struct bytes entry, struct err *e);

/* The size of the whole batch that begins with these JOURNAL_HEAD_SIZE bytes, from its lengths
 * alone, not yet proven. ERR_INPUT: no batch begins so (magic, lengths). ERR_STATE: a batch, but of
 * a version that this build does not know. */
CHECKED bool journal_batch_size(size_t *ret, struct bytes head, struct err *e);

/* Reads exactly one whole batch and checks its hash. Its payload is then proven to be what was
 * written, but is still walked entry by entry. ERR_INPUT names what is wrong; ERR_STATE as above.
 */
CHECKED bool journal_batch_read(struct journal_batch *ret, struct bytes whole, struct err *e);

/* Walks the payload: gives the next entry and moves *place (bytes from the payload's front, 0 at
 * the start) behind it. ERR_INPUT for an empty entry, one over JOURNAL_ENTRY_MAX, or a cut one.
 * *place of a result is where the entry's u32 length stands. */
CHECKED bool journal_batch_entry_next(struct bytes *ret, size_t *place, struct bytes payload,
                                      struct err *e);

#endif
