/*
 * A record with every type of entry, and with more entries than one bundle holds.
 */
#ifndef SEALWARD_TESTS_UNIT_VERIFY_RECORD_H
#define SEALWARD_TESTS_UNIT_VERIFY_RECORD_H

#include "published.h"

/* Of the record: entries, signatures that were authorised, grants that left one unbound. */
#define RECORD_SIGNATURES 242

struct record {
    struct world world;
    struct world_key key; /* of the signer "desktop" */
};

void record_make(struct record *r);
void record_done(struct record *r);
AUTO_DONE(record)

/* The first entry of that type. */
size_t record_first(const struct record *r, const char *type);

#endif
