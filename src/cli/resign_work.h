/*
 * Signing again, one artifact after the other, under one open grant: detached signatures as
 * `sealward sign` makes them, other formats by a tool as `sealward run` runs it. A signed file is
 * handed out only when it is bound and, where that is demanded, has its timestamp.
 *
 *   resign_work_declare   what goes into the grant, before it is asked for
 *   resign_work_do        all of it, once the grant is open; the grant stays open
 */
#ifndef SEALWARD_CLI_RESIGN_WORK_H
#define SEALWARD_CLI_RESIGN_WORK_H

#include "cli/resign_ledger.h"
#include "cli/signing.h"
#include "cli/tool_signing.h"

struct resign_work {
    struct cli *cli;
    struct resign_ledger *ledger;
    const char *folder; /* where the files are */
    const char *out;    /* for what is signed; NULL: beside the files, in place of them */
    const char *with;   /* the tool's words; NULL: none */
    bool again;         /* also what is done, but not in its place */
    struct signing signing;
    struct resign_item *items[LIMIT_GRANT_ARTIFACTS]; /* as declared */
    const char *module;
    struct tool_signing tool;
    struct buf spare; /* folder that tools write to */
    struct signatures made;
    size_t failed; /* by their tool */
    size_t left;   /* that no tool was named for, or that are known by another hash */
    size_t lost;   /* that are done, but not in their place */
    bool blocked;  /* a signature stays unbound or without its timestamp: no more are made */
};

void resign_work_done(struct resign_work *w);

/* Up to 256 of those that have a file and are to be signed. */
CHECKED bool resign_work_declare(struct resign_work *w, struct err *e);

/* Marks in the ledger what is done, and collects the signatures. What a tool fails at is told and
 * counted. */
CHECKED bool resign_work_do(struct resign_work *w, struct err *e);

#endif
