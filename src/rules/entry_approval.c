/* One person's signed yes to exactly one proposal or grant. */
#include "base/hex.h"
#include "rules/duties.h"
#include "rules/electorate.h"
#include "rules/grants.h"
#include "rules/proposals.h"
#include "rules/quorum.h"
#include "rules/tables.h"

/* What follows from the last approval. */
static bool decision_carry(struct rules_state *s, const struct decision *decision,
                           const struct entry *entry, struct outcome *out, struct err *e)
{
    const struct proposal_row *row = proposal_row_find(decision->kind);
    if (row == NULL)
        return grant_open(s, decision, entry, e);
    if (row->effect != NULL)
        return row->effect(s, decision->detail, entry, out, e) &&
               state_end(s, decision->leaf, END_DONE, entry->time, e);
    if (!row->judge(s, decision->detail, e))
        return false;
    struct decision approved = *decision;
    approved.approved = true;
    return state_put_decision(s, &approved, e);
}

static bool approve(struct rules_state *s, const struct entry *entry,
                    const struct decision *decision, struct bytes person, struct outcome *out,
                    struct arena *a, struct err *e)
{
    struct electorate electorate;
    if (!electorate_find(&electorate, s, decision, a, e) ||
        !electorate_judge(&electorate, s, person, e))
        return false;
    size_t before = electorate_count(s, decision, &electorate);
    if (act_has(s, decision->leaf, electorate.act, person)) {
        (void)err_refuse(e, "approval.again", "%.*s has approved this already",
                         BYTES_PRINT(person));
        return err_hint(e, "%zu of %zu approvals are in: other people must give the rest", before,
                        electorate.needed);
    }
    if (!act_put(s, decision->leaf, electorate.act, person, entry->index, e))
        return false;
    return before + 1 < electorate.needed || decision_carry(s, decision, entry, out, e);
}

static bool approval_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                           struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct verdict verdict;
    struct bytes person;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&verdict, &verdict_fields, read.statement.body, &arena, e) ||
        !statement_person(&person, &read.statement, e))
        return false;
    const struct decision *decision = state_decision(s, verdict.subject);
    if (decision == NULL)
        return subject_refuse(s, verdict.subject, "proposal", e);
    if (decision->approved)
        return err_refuse(e, "approval.done", "the quorum is in already");
    return approve(s, entry, decision, person, out, &arena, e);
}

static bool approval_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct verdict verdict;
    char hex[65];
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&verdict, &verdict_fields, read.statement.body, &arena, e))
        return false;
    buf_printf(b, "%.*s approves %.16s", BYTES_PRINT(read.statement.actor),
               hex_string(hex, verdict.subject));
    return true;
}

static bool approval_marks(struct mark **list, const struct entry *entry, struct arena *a,
                           struct err *e)
{
    struct signed_entry read;
    struct verdict verdict;
    return signed_entry_marks(list, entry, a, e) && signed_entry_read(&read, entry, a, e) &&
           fields_read(&verdict, &verdict_fields, read.statement.body, a, e) &&
           mark_add(list, "proposal", verdict.subject, 0, a, e);
}

const struct entry_row entry_approval = {
    .name = "approval",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .statement = STATEMENT_ORDINARY,
    .apply = approval_apply,
    .describe = approval_describe,
    .marks = approval_marks,
};
