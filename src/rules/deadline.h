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

/* A kind of deadline: each record of one table has at most one. Its id is the record's key. A table
 * has one row at the most. */
struct due_row {
    int64_t since; /* rules version from which on they fire */
    enum state_table table;
    /* When that record falls due, or DUE_NEVER. s->signers are those of policy in force. A time
     * that lies before the last entry's counts as that one. Whatever else than a change of policy
     * makes it earlier calls state_deadline or deadline_note. */
    int64_t (*time)(const struct rules_state *s, const void *record);
    /* What happens then. The record is there and due. Must move its deadline, or it fires for ever.
     */
    bool (*fire)(struct rules_state *s, struct bytes key, int64_t time, struct outcome *out,
                 struct err *e);
};

extern const struct due_row due_ratification;

/* Follows a change of policy: when everything is due is looked for anew. Moves nothing, so that it
 * stands also where the entry at work is refused. */
CHECKED bool deadlines_ready(struct rules_state *s, struct err *e);

/* Lets every deadline up to `time` fire, in the order (time, kind, id), kinds in the order of their
 * rows; what falls due by that itself, in its place among the others. So it makes no difference
 * into how many steps a stretch of time is cut. */
CHECKED bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out,
                            struct err *e);

/* Notes when the record of that key falls due, after it was put or what it depends on changed. */
void deadline_note(struct rules_state *s, enum state_table t, struct bytes key);

/* Forgets, after an entry, the statements that are too old to be entered again and the ends that
 * are too long ago to be asked for. */
CHECKED bool state_forget(struct rules_state *s, const struct entry *entry, struct err *e);

/* Ends an open grant; one that ends with an unbound signature is a finding. */
CHECKED bool grant_finish(struct rules_state *s, const struct grant *g, enum end_reason reason,
                          int64_t time, struct outcome *out, struct err *e);

#endif
