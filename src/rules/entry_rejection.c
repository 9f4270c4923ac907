/*
 * One entitled person's signed no. It ends a proposal or a grant that waits, and closes an open
 * grant. Reduces trust, so it takes effect at once.
 */
#include "base/hex.h"
#include "rules/deadline.h"
#include "rules/electorate.h"
#include "rules/entries.h"
#include "rules/quorum.h"
#include "rules/tables.h"

/* Those who decide, those who may suspend, and the one who asked may say no. */
static bool entitled(const struct rules_state *s, struct bytes decides, struct bytes asked,
                     const struct statement *statement, struct bytes person, struct arena *a,
                     struct err *e)
{
    struct quorum suspend;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (bytes_equal(asked, statement->actor) || team_has(objects, decides, person))
        return true;
    if (!quorum_get(&suspend, s, "suspend", a, e))
        return false;
    if (team_has(objects, suspend.team, person))
        return true;
    (void)err_refuse(e, "rejection.team", "%.*s does not decide on this", BYTES_PRINT(person));
    return err_hint(e, "somebody of team %.*s can reject it",
                    BYTES_PRINT(decides.data != NULL ? decides : suspend.team));
}

static bool reject_decision(struct rules_state *s, const struct entry *entry,
                            const struct decision *decision, const struct statement *statement,
                            struct bytes person, struct arena *a, struct err *e)
{
    struct bytes team;
    return electorate_team(&team, s, decision, a, e) &&
           entitled(s, team, decision->actor, statement, person, a, e) &&
           state_end(s, decision->leaf, END_REJECTED, entry->time, e);
}

static bool reject_grant(struct rules_state *s, const struct entry *entry,
                         const struct grant *grant, const struct statement *statement,
                         struct bytes person, struct outcome *out, struct arena *a, struct err *e)
{
    struct release_path path = {.approvers = BYTES_NONE};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (policy_has(objects, OBJECT_PATH, grant->path) &&
        !policy_get(&path, objects, OBJECT_PATH, grant->path, a, e))
        return false;
    return entitled(s, path.approvers, grant->actor, statement, person, a, e) &&
           grant_finish(s, grant, END_REJECTED, entry->time, out, e);
}

static bool rejection_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
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
    const struct grant *grant = state_grant(s, verdict.subject);
    if (decision == NULL && grant == NULL)
        return subject_refuse(s, verdict.subject, "proposal", e);
    return decision != NULL
               ? reject_decision(s, entry, decision, &read.statement, person, &arena, e)
               : reject_grant(s, entry, grant, &read.statement, person, out, &arena, e);
}

static bool rejection_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct verdict verdict;
    char hex[65];
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&verdict, &verdict_fields, read.statement.body, &arena, e))
        return false;
    buf_printf(b, "%.*s rejects %.16s", BYTES_PRINT(read.statement.actor),
               hex_string(hex, verdict.subject));
    return true;
}

const struct entry_row entry_rejection = {
    .name = "rejection",
    .since = 1,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .apply = rejection_apply,
    .describe = rejection_describe,
    .marks = signed_entry_marks,
};
