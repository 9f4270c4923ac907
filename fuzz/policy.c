/*
 * Aims at what reads policy: policy_change and policy_check, given the detail of a policy proposal
 * against the policy of a record that lives. A policy that passes leaves two people at least to
 * every decision that raises trust.
 */
#include "recorded.h"

#include "rules/proposals.h"
#include "rules/tables.h"

static void quorum_holds(const struct table *objects, const char *id, int64_t floor)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    struct quorum quorum;
    struct team team;
    struct err e;
    PROPERTY(policy_get(&quorum, objects, OBJECT_QUORUM, bytes_text(id), &arena, &e));
    PROPERTY(policy_get(&team, objects, OBJECT_TEAM, quorum.team, &arena, &e));
    PROPERTY(quorum.count >= floor && (size_t)quorum.count <= team.members.count);
    const struct bytes *members = team.members.items;
    for (size_t i = 0; i < team.members.count; i++) {
        PROPERTY(policy_has(objects, OBJECT_PERSON, members[i]));
        for (size_t n = 0; n < i; n++)
            PROPERTY(!bytes_equal(members[i], members[n]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rules_state *state;
    static const uint8_t leaf[32];
    static const char *const raising[] = {"policy", "key",   "issuance", "resume",
                                          "rules",  "clock", NULL};
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(table) objects = {.fields = &object_record_fields};
    struct policy_detail detail;
    struct err e;
    if (state == NULL)
        state = recorded_state(SIZE_MAX);
    if (!fields_read(&detail, &policy_detail_fields, bytes_make(data, size), &arena, &e))
        return 0;
    PROPERTY(table_copy(&objects, state_view(state, TABLE_OBJECTS), &e));
    if (!policy_change(&objects, &detail.changes, BYTES_OF(leaf), &e) ||
        !policy_check(&objects, RULES_VERSION, &e))
        return 0;
    for (size_t i = 0; raising[i] != NULL; i++)
        quorum_holds(&objects, raising[i], 2);
    quorum_holds(&objects, "suspend", 1);
    PROPERTY(policy_has(&objects, OBJECT_LIMITS, bytes_text("main")));
    return 0;
}
