/*
 * Deadlines: what ends by itself when its time comes. The only mover is the time of entries.
 */
#ifndef SEALWARD_RULES_DEADLINE_H
#define SEALWARD_RULES_DEADLINE_H

#include "rules/rules.h"
#include "rules/state.h"

/* Lets every deadline up to `time` fire, in the order (time, kind, id): undecided proposals and
 * grants expire, open grants close. */
CHECKED bool deadlines_fire(struct rules_state *s, int64_t time, struct outcome *out,
                            struct err *e);

/* Forgets, after an entry, the statements that are too old to be entered again and the ends that
 * are too long ago to be asked for. */
CHECKED bool state_forget(struct rules_state *s, const struct entry *entry, struct err *e);

/* Ends an open grant; one that ends with an unbound signature is a finding. */
CHECKED bool grant_finish(struct rules_state *s, const struct grant *g, enum end_reason reason,
                          int64_t time, struct outcome *out, struct err *e);

#endif
