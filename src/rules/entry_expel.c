/* The end of an endpoint: what it says from now on counts for nothing. */
#include "rules/enrolment.h"
#include "rules/quorum.h"
#include "rules/tables.h"

FIELDS(expulsion_fields, "expel statement", struct expulsion, ROW_ID(struct expulsion, id),
       ROW_DIGEST(struct expulsion, activation));

/* Those who enroll, and those who may suspend. */
static bool person_judge(const struct rules_state *s, struct bytes person, struct arena *a,
                         struct err *e)
{
    static const char *const quorums[] = {"enroll", "suspend"};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    for (size_t i = 0; i < 2; i++) {
        struct quorum quorum;
        struct err ignored;
        if (quorum_get(&quorum, s, quorums[i], a, &ignored) &&
            team_has(objects, quorum.team, person))
            return true;
    }
    (void)err_refuse(e, "expel.entitled", "%.*s does not expel endpoints", BYTES_PRINT(person));
    return err_hint(e, "somebody of the team of quorum enroll or suspend can");
}

static bool expel_read(struct signed_entry *ret, struct expulsion *ret_body,
                       const struct entry *entry, struct arena *a, struct err *e)
{
    return signed_entry_read(ret, entry, a, e) &&
           fields_read(ret_body, &expulsion_fields, ret->statement.body, a, e);
}

static bool expel_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct expulsion body;
    struct bytes person;
    if (!expel_read(&read, &body, entry, &arena, e) ||
        !statement_person(&person, &read.statement, e) || !person_judge(s, person, &arena, e))
        return false;
    const struct endpoint *there = state_endpoint(s, body.id);
    if (there == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no endpoint \"%.*s\"",
                       BYTES_PRINT(body.id));
    if (!bytes_equal(there->leaf, body.activation)) {
        (void)err_refuse(e, "expel.activation",
                         "the statement does not name the entry that enrolled it");
        return err_hint(e, "sign a new one");
    }
    table_remove(state_table(s, TABLE_ENDPOINTS), body.id);
    return true;
}

static bool expel_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct expulsion body;
    if (!expel_read(&read, &body, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s expels endpoint \"%.*s\"", BYTES_PRINT(read.statement.actor),
               BYTES_PRINT(body.id));
    return true;
}

const struct entry_row entry_expel = {
    .name = "expel",
    .since = 2,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .apply = expel_apply,
    .describe = expel_describe,
    .marks = signed_entry_marks,
};
