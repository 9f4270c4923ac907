#include "rules/electorate.h"

#include <stdio.h>

#include "rules/grants.h"
#include "rules/proposals.h"
#include "rules/quorum.h"
#include "rules/tables.h"

static bool electorate_of_proposal(struct electorate *ret, const struct rules_state *s,
                                   const struct proposal_row *row, struct arena *a, struct err *e)
{
    struct quorum quorum;
    if (!quorum_get(&quorum, s, row->name, a, e))
        return false;
    ret->team = quorum.team;
    ret->needed = (size_t)quorum.count;
    (void)snprintf(ret->act, sizeof ret->act, "%s.approve", row->name);
    return true;
}

static bool electorate_of_grant(struct electorate *ret, const struct rules_state *s,
                                const struct decision *decision, struct arena *a, struct err *e)
{
    struct grant_terms terms;
    if (!grant_terms_find(&terms, s, decision->actor, decision->detail, a, e))
        return false;
    ret->team = terms.path.approvers;
    ret->needed = terms.approvals;
    (void)snprintf(ret->act, sizeof ret->act, "grant.approve");
    return true;
}

bool electorate_find(struct electorate *ret, const struct rules_state *s,
                     const struct decision *decision, struct arena *a, struct err *e)
{
    const struct proposal_row *row = proposal_row_find(decision->kind);
    return row != NULL ? electorate_of_proposal(ret, s, row, a, e)
                       : electorate_of_grant(ret, s, decision, a, e);
}

size_t electorate_count(const struct rules_state *s, const struct decision *decision,
                        const struct electorate *electorate)
{
    return quorum_count(s, decision->leaf, electorate->act, electorate->team);
}
