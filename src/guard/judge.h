/*
 * Is this file to be trusted on this endpoint now? The verdict of verify/verify.h by what the guard
 * holds, and whether what it holds still counts.
 */
#ifndef SEALWARD_GUARD_JUDGE_H
#define SEALWARD_GUARD_JUDGE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "guard/answer.h"

struct judge_plan {
    const char *file;
    const char *signature;       /* NULL: FILE.p7s, if there is one */
    const char *format;          /* NULL: by what the file looks like */
    const char *const *receipts; /* NULL-terminated */
    bool demand_receipt;
};

/* Appends the verdict with every reason, for people and for programs. False only where there is
 * nothing to judge, as for verify_file. Memory: the file, its receipts, VERIFY_ARENA and
 * DISTRUST_ARENA. */
CHECKED bool judge_file(struct buf *text, struct buf *json, bool *ret_good,
                        const struct judge_plan *plan, const struct answer *a, struct err *e);

#endif
