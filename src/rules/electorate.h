/*
 * Who decides on a waiting proposal or grant, and how many it takes, under the policy in force now.
 * Inside the rules room only.
 */
#ifndef SEALWARD_RULES_ELECTORATE_H
#define SEALWARD_RULES_ELECTORATE_H

#include "rules/state.h"

struct electorate {
    struct bytes team;      /* view into the arena */
    size_t needed;          /* distinct people */
    char act[LIMIT_ID + 1]; /* what approving it is called */
};

CHECKED bool electorate_find(struct electorate *ret, const struct rules_state *s,
                             const struct decision *decision, struct arena *a, struct err *e);

/* Distinct people who have approved and may still decide. */
size_t electorate_count(const struct rules_state *s, const struct decision *decision,
                        const struct electorate *electorate);

#endif
