/*
 * The audit: replays a whole record from its public files and trusts nothing but the pinned
 * authority. docs/protocol/audit.md.
 *
 *   1. the checkpoint is signed by the pinned log key
 *   2. the hash tiles lead to the checkpoint's root
 *   3. each entry is the one whose hash stands in the tiles; entry 0 is the pinned authority
 *   4. each entry, with all its evidence, is admitted by the rulebook
 *
 * Three verdicts. "Broken": something that can be read contradicts the signed root or a rule.
 * "Unverifiable": a piece is absent or cannot be read, so nobody can tell. "Holds": everything was
 * there and everything holds; nothing less.
 *
 * One thread; memory for the rulebook's state, one bundle, and an eighth of a byte an entry. What
 * it does not do: fetch (a source does, cli/audit_files.h), print, or read the clock.
 */
#ifndef SEALWARD_CLI_AUDIT_H
#define SEALWARD_CLI_AUDIT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "proof/tile.h"

enum audit_verdict { AUDIT_HOLDS, AUDIT_BROKEN, AUDIT_UNVERIFIABLE };

/* "holds", "broken", "unverifiable", NULL. */
extern const char *const audit_verdict_names[];

/* Appends the whole public file of that path ("checkpoint", "tile/0/000"); ret->max is its limit.
 * ERR_NOT_FOUND if there is none. */
struct audit_source {
    bool (*read)(void *context, const char *path, struct buf *ret, struct err *e);
    void *context;
};

struct audit_plan {
    const struct authority *authority;
    struct audit_source source;
    /* Told how many entries have been judged, now and then; NULL: not wanted. */
    void (*progress)(void *context, uint64_t judged, uint64_t size);
    void *progress_context;
};

#define AUDIT_KINDS_MAX 64

/* How many of what. */
struct audit_count {
    char name[LIMIT_ID + 1];
    uint64_t count;
};
struct audit_counts {
    size_t kinds;
    struct audit_count list[AUDIT_KINDS_MAX];
};

struct audit_report {
    enum audit_verdict verdict;
    /* Where the verdict is not AUDIT_HOLDS: the file, the entry (-1: none) and its type, and why;
     * why.rule is the rule that the entry breaks. */
    char file[TILE_PATH_MAX];
    int64_t entry;
    char type[LIMIT_ID + 1];
    struct err why;

    struct checkpoint checkpoint; /* what was audited; size 0 where none could be opened */
    uint64_t judged;              /* entries from 0 on that hold */
    int64_t first_time;           /* milliseconds, of the first and the last of them */
    int64_t last_time;
    bool demonstration;           /* what genesis says of the authority */
    uint64_t signatures;          /* that were authorised */
    struct audit_counts entries;  /* by type */
    struct audit_counts objects;  /* of the policy in force, by kind: "person", "signer" */
    struct audit_counts findings; /* by kind: "grant.unbound" */
};

/* How many of that name. */
uint64_t audit_count_of(const struct audit_counts *counts, const char *name);

/* True with a report; false only when the program itself fails: ERR_MEMORY, ERR_INTERNAL. */
CHECKED bool audit_run(struct audit_report *ret, const struct audit_plan *plan, struct err *e);

#endif
