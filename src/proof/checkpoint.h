/*
 * The log's signed head (C2SP tlog-checkpoint): a note whose text is the origin, the number of
 * entries and the root hash, a line each. Sealward writes no extension lines and takes none.
 *
 * Signing is two steps: checkpoint_write gives the text, proof/note.h what to sign of it and the
 * note. Opening is one: nothing of a checkpoint is given out before its signature holds.
 */
#ifndef SEALWARD_PROOF_CHECKPOINT_H
#define SEALWARD_PROOF_CHECKPOINT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/note.h"
#include "proof/tree.h"

struct checkpoint {
    uint64_t size;
    uint8_t root[TREE_HASH];
};

/* Appends the text (the note without its signatures). */
void checkpoint_write(struct buf *b, struct bytes origin, const struct checkpoint *c);

/* Opens a signed checkpoint: note in form, signed by the key, of that origin. ERR_INPUT for what is
 * no checkpoint; ERR_AUTH for another origin, no signature by the key, or one that fails. */
CHECKED bool checkpoint_open(struct checkpoint *ret, struct bytes note, struct bytes origin,
                             const struct note_key *key, struct err *e);

#endif
