/*
 * Who decides on a waiting proposal or grant, and how many it takes, under the policy in force now.
 * Inside the rules room only.
 */
#ifndef SEALWARD_RULES_ELECTORATE_H
#define SEALWARD_RULES_ELECTORATE_H

#include "rules/duties.h"

struct electorate {
    struct bytes team;        /* view into the state or the arena */
    size_t needed;            /* distinct people */
    char act[LIMIT_ID + 1];   /* what approving it is called */
    struct bytes barred;      /* handle of the person who never approves it; absent */
    const char *why;          /* that is: what he did */
    struct subjects subjects; /* what duties look at */
};

CHECKED bool electorate_find(struct electorate *ret, const struct rules_state *s,
                             const struct decision *decision, struct arena *a, struct err *e);

/* The team that decides; absent where policy has dropped the grant's release path. */
CHECKED bool electorate_team(struct bytes *ret, const struct rules_state *s,
                             const struct decision *decision, struct arena *a, struct err *e);

/* May that person approve? Refused by "approval.team", "approval.self" or a duty. */
CHECKED bool electorate_judge(const struct electorate *electorate, const struct rules_state *s,
                              struct bytes person, struct err *e);

/* Distinct people who have approved and may approve under the policy in force now. */
size_t electorate_count(const struct rules_state *s, const struct decision *decision,
                        const struct electorate *electorate);

#endif
