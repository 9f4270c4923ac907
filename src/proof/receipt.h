/*
 * A receipt: one entry of the log with the proof that it stands there, to carry along offline. It
 * is a C2SP tlog-proof whose `extra` line holds the entry itself: what that format leaves
 * unauthenticated is authenticated here, because the entry must hash to the leaf that is proved.
 *
 * receipt_parse judges form only. Nothing in a receipt counts before receipt_verify has returned
 * true. What it does not do: read the entry (rules/entry.h does).
 */
#ifndef SEALWARD_PROOF_RECEIPT_H
#define SEALWARD_PROOF_RECEIPT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "proof/note.h"
#include "proof/path.h"

/* First line, extra, index, hashes, blank line, checkpoint. */
#define RECEIPT_BYTES_MAX (64 + (LIMIT_ENTRY + 2) / 3 * 4 + 64 + PATH_HASHES * 45 + LIMIT_NOTE)

struct receipt {
    struct bytes entry;
    uint64_t index;
    struct path path;
    struct bytes checkpoint; /* the signed note, verbatim */
};

void receipt_write(struct buf *b, const struct receipt *r);

/* Reads a receipt. The entry lives in the arena, the checkpoint is a view into `text`. ERR_INPUT
 * says which line is out of form. */
CHECKED bool receipt_parse(struct receipt *ret, struct bytes text, struct arena *a, struct err *e);

/* True if the authority's log holds the entry at the index: checkpoint signed by its log key for
 * its origin, and the path leads from the entry's leaf hash to the checkpoint's root. Gives the
 * checkpoint, and the leaf hash by which other entries name this one. */
CHECKED bool receipt_verify(const struct receipt *r, const struct authority *authority,
                            struct checkpoint *ret_checkpoint, uint8_t ret_leaf[TREE_HASH],
                            struct err *e);

#endif
