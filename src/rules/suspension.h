/*
 * Suspending and resuming: the statement, and what it may be about.
 */
#ifndef SEALWARD_RULES_SUSPENSION_H
#define SEALWARD_RULES_SUSPENSION_H

#include "rules/entry.h"
#include "rules/state.h"

struct suspend {
    int subject;             /* enum suspended_kind */
    struct bytes id;         /* hex of the key id, or id of the release path */
    struct bytes activation; /* leaf of the entry that last activated it */
    struct bytes reason;
};
extern const struct fields suspend_fields;

/* What suspending a subject concerns. Views into the state or the arena. */
struct suspended {
    struct bytes signer;    /* absent for a CA key */
    struct bytes activated; /* leaf hash */
};

CHECKED bool suspended_key(struct suspended *ret, const struct rules_state *s, struct bytes id,
                           struct err *e);
CHECKED bool suspended_path(struct suspended *ret, const struct rules_state *s, struct bytes id,
                            struct arena *a, struct err *e);

/* Detail of a "resume" proposal. */
struct resume {
    int subject; /* enum suspended_kind */
    struct bytes id;
    struct bytes suspension; /* leaf of the suspend entry */
};
extern const struct fields resume_fields;

/* Takes a suspension away, with who did it and what waits to be ratified; nothing if there is none.
 */
void suspension_end(struct rules_state *s, enum suspended_kind kind, struct bytes id);

/* From now on this entry is what last activated the release path, so that what was signed before
 * about it cannot be entered any more. Nothing for a path that policy does not have. */
CHECKED bool path_activate(struct rules_state *s, struct bytes id, const struct entry *entry,
                           struct err *e);

#endif
