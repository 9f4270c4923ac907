/*
 * Deadlines: what ends by itself when its time comes. The only mover is the time of entries.
 */
#ifndef SEALWARD_RULES_DEADLINE_H
#define SEALWARD_RULES_DEADLINE_H

#include "rules/rules.h"
#include "rules/state.h"

/* Something without a deadline. */
#define DUE_NEVER INT64_MAX

/* Longest key of a record with a deadline. */
#define DUE_KEY_MAX (1 + LIMIT_ID)

/* A kind of deadline: each record of one table has at most one. Its id is the record's key. */
struct due_row {
    int64_t since; /* rules version from which on they fire */
    enum state_table table;
    /* When that record falls due, or DUE_NEVER. Whatever makes it earlier calls state_deadline. */
    int64_t (*time)(const struct rules_state *s, const void *record);
    /* What happens then. What fired before it at the same entry may have taken the record away or
     * put its deadline off: then it must do nothing. Must leave no deadline up to `time`, else it
     * fires again. */
    bool (*fire)(struct rules_state *s, struct bytes key, int64_t time, struct outcome *out,
                 struct err *e);
};

/* Lets every deadline up to `time` fire, in the order (time, kind, id), kinds in the order of their
 * rows. What falls due by that itself, fires after those. */
CHECKED bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out,
                            struct err *e);

/* Forgets, after an entry, the statements that are too old to be entered again and the ends that
 * are too long ago to be asked for. */
CHECKED bool state_forget(struct rules_state *s, const struct entry *entry, struct err *e);

/* Ends an open grant; one that ends with an unbound signature is a finding. */
CHECKED bool grant_finish(struct rules_state *s, const struct grant *g, enum end_reason reason,
                          int64_t time, struct outcome *out, struct err *e);

#endif
