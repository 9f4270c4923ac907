/* The table of all kinds of proposal. */
#include "rules/proposals.h"

static const struct proposal_row *const rows[] = {
    &proposal_policy,    &proposal_key,       &proposal_issuance,  &proposal_resume,
    &proposal_rules,     &proposal_ratify,    &proposal_lift,      &proposal_advance,
    &proposal_revoke_ca, &proposal_ownership, &proposal_reconfirm, &proposal_destroy,
    &proposal_rollover,
};

const struct proposal_row *proposal_row_find(struct bytes kind)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(kind, rows[i]->name))
            return rows[i];
    return NULL;
}

bool proposal_subjects(struct subjects *ret, const struct decision *decision, struct arena *a,
                       struct err *e)
{
    const struct proposal_row *row = proposal_row_find(decision->kind);
    struct subjects subjects = {.list = {decision->leaf}, .count = 1};
    if (row != NULL && row->subjects != NULL && !row->subjects(&subjects, decision->detail, a, e))
        return false;
    *ret = subjects;
    return true;
}
