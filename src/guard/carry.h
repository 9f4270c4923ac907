/*
 * List and checkpoint carried to a machine without network, as files. Judged as if they had been
 * fetched (guard/held); a copy of the log's tiles must come along where the checkpoint is another
 * than that held before, or than that which the list names.
 */
#ifndef SEALWARD_GUARD_CARRY_H
#define SEALWARD_GUARD_CARRY_H

#include "base/auto.h"
#include "base/err.h"
#include "guard/held.h"

struct carry {
    const char *list; /* files */
    const char *checkpoint;
    const char *log; /* a folder that holds tile/..., as the public log/ does; NULL: none */
};

CHECKED bool carry_in(struct held *h, const struct carry *c, const struct held_moment *at,
                      struct err *e);

#endif
