/*
 * One table of the state: records in the order of their keys, each described by a field table, so
 * that its canonical text, and with it the state's digest, follow from the description.
 *
 * The table owns its records. Numbers, flags and words in a record may be changed in place; texts,
 * bytes and lists only by putting the record anew. Pointers to a record are valid until it is put
 * or removed, and, in a table that notes its changes, until these are kept or undone.
 */
#ifndef SEALWARD_RULES_TABLE_H
#define SEALWARD_RULES_TABLE_H

#include "base/auto.h"
#include "base/fields.h"

struct row;

/* A record in its place. The first eight bytes of its key, big-endian, stand beside it: a search
 * mostly needs no more. */
struct slot {
    uint64_t head;
    struct row *row;
};

/* What was put into tables and removed from them since it was last kept or undone. Notes hang on
 * the rows themselves, so undoing needs no memory. What was changed in place is not undone. */
struct changes {
    struct row *put;
    struct row *removed;
};
void changes_keep(struct changes *c);
void changes_undo(struct changes *c);

struct table {
    const struct fields *fields;
    struct slot *slots;
    size_t count;
    size_t capacity;
    struct changes *changes; /* where changes are noted; NULL: nowhere */
    uint64_t generation;     /* another one whenever a record has been put, removed or undone */
};

void table_done(struct table *t);
AUTO_DONE(table)

/* The record with that key, or NULL. */
void *table_get(const struct table *t, struct bytes key);

/* Inserts or replaces a deep copy of `value`. ERR_LIMIT if the table does not allow a value,
 * ERR_MEMORY. */
CHECKED bool table_put(struct table *t, struct bytes key, const void *value, struct err *e);

/* Removes the record if it is there. */
void table_remove(struct table *t, struct bytes key);

/* Index of the first record whose key is >= key; count if there is none. */
size_t table_seek(const struct table *t, struct bytes key);

void *table_at(const struct table *t, size_t i);
struct bytes table_key(const struct table *t, size_t i);
/* Whether record i exists and its key starts with the prefix. */
bool table_within(const struct table *t, size_t i, struct bytes prefix);

/* Removes every record whose key starts with the prefix. */
void table_remove_within(struct table *t, struct bytes prefix);

/* Canonical texts of all records in order, each followed by a newline, added to the digest. */
CHECKED bool table_digest(const struct table *t, uint8_t ret[32], struct err *e);

/* A deep copy. */
CHECKED bool table_copy(struct table *ret, const struct table *t, struct err *e);

#endif
