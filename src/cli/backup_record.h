/*
 * A journal as `sealward backup` and `sealward restore` read it: copied on the way where that is
 * wanted, its tree built, and held against checkpoints that the public has seen.
 *
 * Each checkpoint must be signed by the log key that genesis names, lie within the journal, and
 * have its root there. What it does not do: judge entries (the keeper does at its start, an audit
 * does).
 */
#ifndef SEALWARD_CLI_BACKUP_RECORD_H
#define SEALWARD_CLI_BACKUP_RECORD_H

#include "cli/copying.h"
#include "proof/checkpoint.h"
#include "rules/rules.h"

#define BACKUP_SEEN_MAX 16

struct backup_seen {
    const char *where; /* for messages */
    struct bytes note;
    struct checkpoint checkpoint; /* once genesis has been read */
    bool met;                     /* the journal has that size and that root */
};

struct backup_record {
    struct copying *copy; /* NULL: only read */
    struct backup_seen seen[BACKUP_SEEN_MAX];
    size_t seen_count;
    uint64_t expected; /* bytes of the journal, for progress; 0: none is shown */
    uint64_t read;
    struct rules_head head; /* as genesis leaves it; texts belong to *state */
    struct rules_state *state;
    struct tree tree;
    uint8_t root[TREE_HASH];
};

/* Adds a checkpoint to be met: a public folder, a file, or a URL; absent (ERR_NOT_FOUND) is the
 * caller's to judge. The note lives in the arena. */
CHECKED bool backup_record_see(struct backup_record *r, const char *where, const char *ca,
                               struct arena *a, struct err *e);

/* Reads it. ERR_REFUSED "backup.older" if a checkpoint lies behind its end, naming the entries that
 * are missing; "backup.other" for one that is not of this record. */
CHECKED bool backup_record_load(struct backup_record *r, const char *path, struct err *e);

/* The newest of the checkpoints; NULL if there are none. */
const struct backup_seen *backup_record_newest(const struct backup_record *r);

void backup_record_done(struct backup_record *r);
AUTO_DONE(backup_record)

#endif
