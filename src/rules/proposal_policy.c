/* A change of policy: an atomic list of objects, in force with the last approval. */
#include "rules/grants.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(policy_detail_fields, "policy proposal", struct policy_detail,
       ROW_LIST(struct policy_detail, changes, &change_fields, 1, 256));

/* Whether an earlier change of the proposal takes the person away whom change `n` brings in. */
static bool retires_before(const struct change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (changes[i].kind == OBJECT_PERSON && changes[i].value.data == NULL &&
            bytes_equal(changes[i].id, changes[n].id))
            return true;
    return false;
}

/* A handle is never given to a second person: what the first one did would be taken for his. */
static bool handles_judge(const struct rules_state *s, const struct list *list, struct err *e)
{
    const struct change *changes = list->items;
    for (size_t i = 0; i < list->count; i++) {
        if (changes[i].kind != OBJECT_PERSON || changes[i].value.data == NULL ||
            changes[i].replaces.data != NULL)
            continue;
        if (table_get(state_view(s, TABLE_RETIRED), changes[i].id) == NULL &&
            !retires_before(changes, i))
            continue;
        (void)err_refuse(e, "policy.handle", "handle \"%.*s\" was somebody's before",
                         BYTES_PRINT(changes[i].id));
        return err_hint(e, "choose a new handle: handles are never used again");
    }
    return true;
}

static bool handles_retire(struct rules_state *s, const struct list *list, struct err *e)
{
    const struct change *changes = list->items;
    for (size_t i = 0; i < list->count; i++) {
        struct retired retired = {.handle = changes[i].id};
        if (changes[i].kind == OBJECT_PERSON && changes[i].value.data == NULL &&
            !table_put(state_table(s, TABLE_RETIRED), retired.handle, &retired, e))
            return false;
    }
    return true;
}

/* What a workload has open was vouched for by the pipeline that it was. */
static bool workloads_close(struct rules_state *s, const struct list *list, int64_t time,
                            struct outcome *out, struct err *e)
{
    const struct change *changes = list->items;
    for (size_t i = 0; i < list->count; i++)
        if (changes[i].kind == OBJECT_WORKLOAD &&
            !grants_close_workload(s, changes[i].id, time, out, e))
            return false;
    return true;
}

static bool policy_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    struct policy_detail policy;
    return fields_read(&policy, &policy_detail_fields, detail, &arena, e) &&
           handles_judge(s, &policy.changes, e) &&
           table_copy(&next, state_view(s, TABLE_OBJECTS), e) &&
           policy_change(&next, &policy.changes, BYTES_OF(not_yet), e) &&
           policy_check(&next, s->rules_version, e) &&
           policy_people_check(&next, &policy.changes, e);
}

static bool policy_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                          struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct table *objects = state_table(s, TABLE_OBJECTS);
    struct policy_detail policy;
    return fields_read(&policy, &policy_detail_fields, detail, &arena, e) &&
           handles_judge(s, &policy.changes, e) &&
           policy_change(objects, &policy.changes, BYTES_OF(entry->leaf), e) &&
           policy_check(objects, s->rules_version, e) &&
           policy_people_check(objects, &policy.changes, e) &&
           handles_retire(s, &policy.changes, e) &&
           workloads_close(s, &policy.changes, entry->time, out, e) &&
           orphans_update(s, &policy.changes, entry, out, e);
}

static bool policy_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct policy_detail policy;
    if (!fields_read(&policy, &policy_detail_fields, detail, &arena, e))
        return false;
    const struct change *changes = policy.changes.items;
    buf_put_text(b, "to change policy:");
    for (size_t i = 0; i < policy.changes.count; i++)
        buf_printf(b, "%s %s %s \"%.*s\"", i == 0 ? "" : ",",
                   changes[i].value.data == NULL      ? "remove"
                   : changes[i].replaces.data == NULL ? "add"
                                                      : "replace",
                   object_kind_names[changes[i].kind], BYTES_PRINT(changes[i].id));
    return true;
}

const struct proposal_row proposal_policy = {
    .name = "policy",
    .since = 1,
    .judge = policy_judge,
    .effect = policy_effect,
    .describe = policy_describe,
};
