#include "rules/quorum.h"

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
