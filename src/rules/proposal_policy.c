/* A change of policy: an atomic list of objects, in force with the last approval. */
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(policy_detail_fields, "policy proposal", struct policy_detail,
       ROW_LIST(struct policy_detail, changes, &change_fields, 1, 256));

/* Policy as it would be, if it may be so. */
static bool policy_next(struct table *ret, const struct rules_state *s, struct bytes detail,
                        struct bytes activated, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    struct policy_detail policy;
    if (!fields_read(&policy, &policy_detail_fields, detail, &arena, e) ||
        !table_copy(&next, state_view(s, TABLE_OBJECTS), e) ||
        !policy_change(&next, &policy.changes, activated, e) || !policy_check(&next, e))
        return false;
    *ret = next;
    next = (struct table){.fields = &object_record_fields};
    return true;
}

static bool policy_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    return policy_next(&next, s, detail, BYTES_OF(not_yet), e);
}

static bool policy_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                          struct err *e)
{
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    if (!policy_next(&next, s, detail, BYTES_OF(entry->leaf), e))
        return false;
    struct table old = s->tables[TABLE_OBJECTS];
    s->tables[TABLE_OBJECTS] = next;
    next = old;
    return true;
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
    .judge = policy_judge,
    .effect = policy_effect,
    .describe = policy_describe,
};
