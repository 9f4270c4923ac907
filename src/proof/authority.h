/*
 * The pinned authority: the few facts that everyone who checks must have got from somewhere safe.
 * Kept as a file of one canonical JSON object and a newline (docs/protocol/log.md).
 *
 * Texts are views into what was read or into the arena; the struct owns nothing.
 */
#ifndef SEALWARD_PROOF_AUTHORITY_H
#define SEALWARD_PROOF_AUTHORITY_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/note.h"
#include "proof/tree.h"

struct authority {
    uint8_t id[TREE_HASH]; /* leaf hash of entry 0 */
    struct bytes origin;   /* of its log; a note key's name can be */
    struct note_key log_key;
    struct bytes base_url; /* where its public files are: http or https, no slash at the end */
};

/* ERR_INPUT for a text that authority_write would not write. The log key must be named by the
 * origin. */
CHECKED bool authority_read(struct authority *ret, struct bytes text, struct arena *a,
                            struct err *e);

/* Appends the file's content. */
void authority_write(struct buf *b, const struct authority *a);

/* True if the text can be a base URL (genesis asks the same question). */
CHECKED bool authority_url_check(struct bytes url, struct err *e);

#endif
