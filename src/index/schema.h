/*
 * The schemas of this room's files as numbered steps. A file carries the number of the last step
 * that it has seen (user_version) and whose it is (application_id); opening it runs the steps that
 * it lacks, each whole or not at all. A step that was released is never changed: a new one is
 * added behind it.
 */
#ifndef SEALWARD_INDEX_SCHEMA_H
#define SEALWARD_INDEX_SCHEMA_H

#include "index/database.h"

struct schema {
    int32_t application_id;
    const char *const *steps; /* SQL each; step n makes version n + 1 */
    size_t count;
};

extern const struct schema schema_index;
extern const struct schema schema_kept;

/* Brings the file to the newest step; a new file begins with the first. ERR_DAMAGED: it is a
 * database, but not this one. ERR_STATE: it has steps that this build does not know. */
CHECKED bool schema_upgrade(struct database *db, const struct schema *schema, struct err *e);

/* For readers: true if the file is at the newest step; errors as above, and ERR_STATE if it must
 * be upgraded by a writer first. */
CHECKED bool schema_check(struct database *db, const struct schema *schema, struct err *e);

#endif
