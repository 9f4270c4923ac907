/* A workload that has moved is confirmed anew; what it had open under its old identity ends. */
#include "rules/grants.h"
#include "rules/proposals.h"
#include "rules/reconfirm.h"
#include "rules/tables.h"

FIELDS(reconfirm_fields, "reconfirm proposal", struct reconfirm, ROW_ID(struct reconfirm, workload),
       ROW_DIGEST(struct reconfirm, replaces), ROW_RAW(struct reconfirm, value, LIMIT_OBJECT));

/* Makes the change to these objects. */
static bool reconfirm_enter(struct table *objects, const struct reconfirm *body, int64_t version,
                            struct bytes activated, struct err *e)
{
    struct change change = {.kind = OBJECT_WORKLOAD,
                            .id = body->workload,
                            .replaces = body->replaces,
                            .value = body->value};
    struct list changes = {.items = &change, .count = 1};
    return policy_change(objects, &changes, activated, e) && policy_check(objects, version, e);
}

static bool reconfirm_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    struct reconfirm body;
    return fields_read(&body, &reconfirm_fields, detail, &arena, e) &&
           table_copy(&next, state_view(s, TABLE_OBJECTS), e) &&
           reconfirm_enter(&next, &body, s->rules_version, BYTES_OF(not_yet), e);
}

static bool reconfirm_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                             struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct reconfirm body;
    return fields_read(&body, &reconfirm_fields, detail, &arena, e) &&
           reconfirm_enter(state_table(s, TABLE_OBJECTS), &body, s->rules_version,
                           BYTES_OF(entry->leaf), e) &&
           grants_close_workload(s, body.workload, entry->time, out, e);
}

static bool reconfirm_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct reconfirm body;
    struct workload workload;
    if (!fields_read(&body, &reconfirm_fields, detail, &arena, e) ||
        !fields_read(&workload, object_fields(OBJECT_WORKLOAD), body.value, &arena, e))
        return false;
    buf_printf(b, "to confirm workload \"%.*s\" anew:", BYTES_PRINT(body.workload));
    if (workload.issuer.data != NULL)
        buf_printf(b, " issuer %.*s", BYTES_PRINT(workload.issuer));
    const struct claim *claims = workload.claims.items;
    for (size_t i = 0; i < workload.claims.count; i++)
        buf_printf(b, ", %.*s = %.*s", BYTES_PRINT(claims[i].name), BYTES_PRINT(claims[i].value));
    return true;
}

const struct proposal_row proposal_reconfirm = {
    .name = "reconfirm",
    .since = 2,
    .judge = reconfirm_judge,
    .effect = reconfirm_effect,
    .describe = reconfirm_describe,
};
