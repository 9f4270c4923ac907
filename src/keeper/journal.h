/*
 * The journal: the record itself, one file of batches (docs/protocol/journal.md). Everything else
 * that Sealward keeps about the record is a view of it.
 *
 * Invariants:
 *   - A batch whose append returned true is on the disk: one write, then one fdatasync.
 *   - The entries of a batch are there all or not at all.
 *   - After any failed append the object refuses everything with ERR_STATE. What is on the disk is
 *     then unknown; the process must end, and the next start replays and finds out.
 *   - The file is locked exclusively while open: one keeper, one journal.
 *
 * Use: journal_open, then journal_replay exactly once, then journal_append and journal_read.
 *
 * Replay tells three things apart. Nothing but zeros behind the last whole batch is the end. A
 * batch that is not whole, with no whole batch anywhere behind it, is the torn tail of a write that
 * was never acknowledged: it is cut off and reported. Everything else is ERR_DAMAGED with the file,
 * the byte offset and what is wrong, and the file is left as it is.
 *
 * Memory: one batch at a time, whatever the length of the record. Threads: one at a time.
 * What it does not do: look into entries, check that embedded checkpoints are signed or fit (the
 * keeper does, through the callback), or notice a file cut at a batch boundary (the newest
 * published checkpoint, shown at the start, does).
 */
#ifndef SEALWARD_KEEPER_JOURNAL_H
#define SEALWARD_KEEPER_JOURNAL_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/journal_batch.h"

struct journal;

void journal_free(struct journal *j);
AUTO_FREE(journal)

/* Opens and locks the journal at `path`; makes an empty one (mode 0600) if nothing is there,
 * durable when this returns. ERR_BUSY: another process holds it. ERR_DAMAGED: the file is not a
 * journal. */
CHECKED bool journal_open(struct journal **ret, const char *path, struct err *e);

struct journal_entry {
    uint64_t index;
    uint64_t offset; /* for journal_read */
    struct bytes bytes;
};

/* What replay calls, in the order of the file. A false return ends the replay with that error.
 * Bytes are valid during the call only. */
struct journal_replay {
    void *context;
    CHECKED bool (*entry)(void *context, const struct journal_entry *entry, struct err *e);
    /* The checkpoint that the batch beginning with entry `first` carries, before that batch's
     * entries. Not proven in any way: it must fit the entries before `first`. */
    CHECKED bool (*checkpoint)(void *context, struct bytes note, uint64_t first, struct err *e);
};

struct journal_report {
    uint64_t entries;
    uint64_t batches;
    uint64_t end;        /* bytes of the file that hold the record */
    uint64_t cut_offset; /* where a torn tail was cut; equal to end */
    uint64_t cut_size;   /* bytes up to the last that was not zero; 0 if the tail was clean */
};

/* Streams all entries, cuts a torn tail, makes the journal ready for appending. */
CHECKED bool journal_replay(struct journal *j, const struct journal_replay *replay,
                            struct journal_report *ret, struct err *e);

/* Makes `count` entries durable as one batch that carries `checkpoint` (the last signed one known,
 * or BYTES_NONE). ret_offsets[i] is where entry i can be read. Entries over JOURNAL_ENTRY_MAX,
 * none, or more than JOURNAL_PAYLOAD_MAX in all is ERR_LIMIT with nothing written and the journal
 * still usable; every other failure is final (see above). */
CHECKED bool journal_append(struct journal *j, const struct bytes *entries, size_t count,
                            struct bytes checkpoint, uint64_t *ret_offsets, struct err *e);

/* Appends the entry's bytes at an offset that replay or append gave to `ret`. The disk is believed:
 * a caller who must be sure compares the leaf hash. */
CHECKED bool journal_read(struct journal *j, uint64_t offset, struct buf *ret, struct err *e);

/* Entries in the journal: the index that the next one gets. */
uint64_t journal_size(const struct journal *j);

#endif
