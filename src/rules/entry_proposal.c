/* A proposal of any kind: filed now, decided by approvals and rejections. */
#include "rules/duties.h"
#include "rules/proposals.h"
#include "rules/quorum.h"
#include "rules/revocation.h"
#include "rules/tables.h"

#include <stdio.h>

FIELDS(proposal_fields, "proposal", struct proposal, ROW_ID(struct proposal, kind),
       ROW_RAW(struct proposal, detail, LIMIT_STATEMENT));

static bool proposal_find(const struct proposal_row **ret, struct proposal *ret_proposal,
                          struct bytes body, struct arena *a, struct err *e)
{
    if (!fields_read(ret_proposal, &proposal_fields, body, a, e))
        return false;
    *ret = proposal_row_find(ret_proposal->kind);
    if (*ret != NULL)
        return true;
    return err_set(e, ERR_INPUT, "no kind of proposal is called \"%.*s\"",
                   BYTES_PRINT(ret_proposal->kind));
}

/* Nobody asks for the end of what he did himself. */
static bool revoker_judge(const struct rules_state *s, const struct proposal_row *row,
                          const struct subjects *subjects, struct bytes person, struct err *e)
{
    if (row->revoker != REVOKER_BARRED || subjects->count < 2 ||
        !bytes_equal(revoker_find(s, subjects->list[1]), person))
        return true;
    (void)err_refuse(e, "proposal.self", "%.*s revoked it", BYTES_PRINT(person));
    return err_hint(e, "another person must propose it");
}

static bool proposal_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                           struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    const struct proposal_row *row;
    struct proposal proposal;
    struct limits_object limits;
    struct quorum quorum;
    struct bytes person;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !statement_person(&person, &read.statement, e) ||
        !proposal_find(&row, &proposal, read.statement.body, &arena, e) ||
        !version_judge(s, row->since, "this kind of proposal", e) ||
        !quorum_get(&quorum, s, row->name, &arena, e) || !row->judge(s, proposal.detail, e) ||
        !state_limits(&limits, s, e))
        return false;

    char act[LIMIT_ID];
    (void)snprintf(act, sizeof act, "%s.propose", row->name);
    struct decision decision = {.leaf = BYTES_OF(entry->leaf),
                                .kind = proposal.kind,
                                .actor = read.statement.actor,
                                .detail = proposal.detail,
                                .index = entry->index,
                                .opened = entry->time,
                                .expires = entry->time + limits.proposal_age};
    struct subjects subjects;
    return proposal_subjects(&subjects, &decision, &arena, e) &&
           revoker_judge(s, row, &subjects, person, e) &&
           duty_check(s, &subjects, act, person, e) && state_put_decision(s, &decision, e) &&
           act_put(s, decision.leaf, act, person, entry->index, e);
}

static bool proposal_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    const struct proposal_row *row;
    struct proposal proposal;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !proposal_find(&row, &proposal, read.statement.body, &arena, e))
        return false;
    buf_printf(b, "%.*s proposes ", BYTES_PRINT(read.statement.actor));
    return row->describe(b, proposal.detail, e);
}

const struct entry_row entry_proposal = {
    .name = "proposal",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .statement = STATEMENT_ORDINARY,
    .apply = proposal_apply,
    .describe = proposal_describe,
    .marks = signed_entry_marks,
};
