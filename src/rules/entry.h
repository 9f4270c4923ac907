/*
 * An entry of the record: its four members and its leaf hash. docs/protocol/entry.md.
 *
 * Leaf bytes are the canonical JSON text itself; the leaf hash is SHA-256(00 || text) (RFC 6962
 * section 2.1), and the leaf hash of entry 0 is the authority id. Views point into the text given.
 */
#ifndef SEALWARD_RULES_ENTRY_H
#define SEALWARD_RULES_ENTRY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct entry {
    struct bytes text; /* the whole entry */
    int64_t index;
    int64_t time; /* milliseconds */
    struct bytes type;
    struct bytes body; /* canonical JSON object */
    uint8_t leaf[32];
};

/* Reads one entry of at most LIMIT_ENTRY bytes. The arena holds nothing that *ret needs, but is
 * used on the way. ERR_INPUT says what is wrong. */
CHECKED bool entry_read(struct entry *ret, struct bytes text, struct arena *a, struct err *e);

/* Writes an entry around a body that is canonical JSON already. */
void entry_write(struct buf *b, int64_t index, int64_t time, struct bytes type, struct bytes body);

#endif
