/*
 * The file beside the journal that makes old entries cheap: for every entry its place in the
 * journal, and the hash of every complete subtree of the log. So any proof is O(log n) reads, and
 * the keeper's memory does not grow with the record.
 *
 * A view, never the record. Every start appends all entries again while it replays the journal;
 * what the file already holds is compared, and from the first byte that differs on it is written
 * anew. So after a replay the file is right, whatever stood there: missing, short, torn, edited, or
 * of an older format. It is not made durable.
 *
 * docs/protocol/hashes.md gives the layout; places in the file follow from level and index alone.
 * An object owns its file; the journal's lock covers it. One thread at a time. What it does not do:
 * read the journal or entries.
 */
#ifndef SEALWARD_KEEPER_HASHES_H
#define SEALWARD_KEEPER_HASHES_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/path.h"
#include "proof/tree.h"

struct hashes;

void hashes_free(struct hashes *h);
AUTO_FREE(hashes)

/* Opens the file at `path`, or makes it (mode 0600). It counts no entries yet. */
CHECKED bool hashes_open(struct hashes **ret, const char *path, struct err *e);

/* Adds the next entry: its leaf hash, and the offset that the journal gave for it. After a failure
 * the entry is not added; after ERR_IO the same call may be tried again. */
CHECKED bool hashes_append(struct hashes *h, uint64_t offset, const uint8_t leaf[TREE_HASH],
                           struct err *e);

/* Entries added since it was opened. */
uint64_t hashes_size(const struct hashes *h);

/* Where the entry stands in the journal. ERR_NOT_FOUND if no such entry has been added. */
CHECKED bool hashes_offset(const struct hashes *h, uint64_t index, uint64_t *ret, struct err *e);

/* The nodes, for proof/path.h: valid as long as *h. Level 0 gives the leaf hash that an entry read
 * from the journal must have. */
struct path_source hashes_source(struct hashes *h);

#endif
