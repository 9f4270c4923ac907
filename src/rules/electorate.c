#include "rules/electorate.h"

#include <stdio.h>

#include "rules/grants.h"
#include "rules/proposals.h"
#include "rules/quorum.h"
#include "rules/revocation.h"
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

bool electorate_team(struct bytes *ret, const struct rules_state *s,
                     const struct decision *decision, struct arena *a, struct err *e)
{
    struct grant_body body;
    struct release_path path;
    struct electorate electorate;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    const struct proposal_row *row = proposal_row_find(decision->kind);
    if (row != NULL) {
        if (!electorate_of_proposal(&electorate, s, row, a, e))
            return false;
        *ret = electorate.team;
        return true;
    }
    if (!fields_read(&body, &grant_body_fields, decision->detail, a, e))
        return false;
    if (!policy_has(objects, OBJECT_PATH, body.path)) {
        *ret = BYTES_NONE;
        return true;
    }
    if (!policy_get(&path, objects, OBJECT_PATH, body.path, a, e))
        return false;
    *ret = path.approvers;
    return true;
}

/* Whatever policy says, nobody approves the grant that he opened himself, nor judges what he
 * revoked or suspended. */
static void electorate_bar(struct electorate *ret, const struct rules_state *s,
                           const struct proposal_row *row, const struct decision *decision)
{
    ret->why = "opened this grant";
    if (row == NULL) {
        (void)actor_is_person(decision->actor, &ret->barred);
        return;
    }
    if (row->revoker == REVOKER_MAY || ret->subjects.count < 2)
        return;
    ret->why = "did himself what this is about";
    ret->barred = revoker_find(s, ret->subjects.list[1]);
}

bool electorate_find(struct electorate *ret, const struct rules_state *s,
                     const struct decision *decision, struct arena *a, struct err *e)
{
    struct electorate electorate = {.barred = BYTES_NONE};
    const struct proposal_row *row = proposal_row_find(decision->kind);
    if (!(row != NULL ? electorate_of_proposal(&electorate, s, row, a, e)
                      : electorate_of_grant(&electorate, s, decision, a, e)) ||
        !proposal_subjects(&electorate.subjects, decision, a, e))
        return false;
    electorate_bar(&electorate, s, row, decision);
    *ret = electorate;
    return true;
}

bool electorate_judge(const struct electorate *electorate, const struct rules_state *s,
                      struct bytes person, struct err *e)
{
    if (!team_has(state_view(s, TABLE_OBJECTS), electorate->team, person)) {
        (void)err_refuse(e, "approval.team", "%.*s does not decide on this", BYTES_PRINT(person));
        return err_hint(e, "it takes %zu of team %.*s", electorate->needed,
                        BYTES_PRINT(electorate->team));
    }
    if (!duty_check(s, &electorate->subjects, electorate->act, person, e))
        return false;
    if (electorate->barred.data != NULL && bytes_equal(electorate->barred, person)) {
        (void)err_refuse(e, "approval.self", "%.*s %s", BYTES_PRINT(person), electorate->why);
        return err_hint(e, "another person must approve it");
    }
    return true;
}

size_t electorate_count(const struct rules_state *s, const struct decision *decision,
                        const struct electorate *electorate)
{
    const struct table *acts = state_view(s, TABLE_ACTS);
    size_t people = 0;
    for (size_t i = table_seek(acts, decision->leaf); table_within(acts, i, decision->leaf); i++) {
        struct err ignored;
        const struct act *done = table_at(acts, i);
        people += bytes_is(done->act, electorate->act) &&
                  electorate_judge(electorate, s, done->person, &ignored);
    }
    return people;
}
