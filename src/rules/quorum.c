#include "rules/quorum.h"

#include <stdio.h>

#include "rules/tables.h"

bool team_has(const struct table *objects, struct bytes team, struct bytes person)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct err ignored;
    struct team members;
    return policy_has(objects, OBJECT_PERSON, person) &&
           policy_get(&members, objects, OBJECT_TEAM, team, &arena, &ignored) &&
           ids_have(&members.members, person);
}

size_t quorum_count(const struct rules_state *s, struct bytes subject, const char *act,
                    struct bytes team)
{
    const struct table *acts = state_view(s, TABLE_ACTS);
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    size_t people = 0;
    for (size_t i = table_seek(acts, subject); table_within(acts, i, subject); i++) {
        const struct act *done = table_at(acts, i);
        if (bytes_is(done->act, act) && team_has(objects, team, done->person))
            people++;
    }
    return people;
}

bool quorum_get(struct quorum *ret, const struct rules_state *s, const char *id, struct arena *a,
                struct err *e)
{
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_has(objects, OBJECT_QUORUM, bytes_text(id))) {
        (void)err_refuse(e, "quorum.absent", "policy has no quorum \"%s\"", id);
        return err_hint(e, "add a quorum object \"%s\" with a team and a count", id);
    }
    return policy_get(ret, objects, OBJECT_QUORUM, bytes_text(id), a, e);
}

static bool entitled_refuse(const char *id, struct bytes team, struct bytes person, struct err *e)
{
    char rule[sizeof e->rule];
    (void)snprintf(rule, sizeof rule, "%s.entitled", id);
    (void)err_refuse(e, rule, "%.*s may not %s this", BYTES_PRINT(person), id);
    if (team.data == NULL)
        return err_hint(e, "the signer's owner or deputy can");
    return err_hint(e, "somebody of team %.*s, or the signer's owner or deputy, can",
                    BYTES_PRINT(team));
}

bool entitled_judge(const struct rules_state *s, const char *id, struct bytes signer_id,
                    struct bytes person, struct arena *a, struct err *e)
{
    struct quorum quorum = {.team = BYTES_NONE};
    struct signer signer;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (policy_has(objects, OBJECT_QUORUM, bytes_text(id)) && !quorum_get(&quorum, s, id, a, e))
        return false;
    if (quorum.team.data != NULL && team_has(objects, quorum.team, person))
        return true;
    if (signer_id.data != NULL && policy_get(&signer, objects, OBJECT_SIGNER, signer_id, a, e) &&
        (bytes_equal(signer.owner, person) || bytes_equal(signer.deputy, person)))
        return true;
    return entitled_refuse(id, quorum.team, person, e);
}
