#include "rules/duties.h"

#include <stdio.h>

#include "rules/tables.h"

/* Those behind the 13th since rules version 2. */
#define ACTS_OF_VERSION_1 13
const char *const act_names[] = {
    "policy.propose",
    "policy.approve",
    "key.propose",
    "key.approve",
    "issuance.propose",
    "issuance.approve",
    "grant.request",
    "grant.approve",
    "resume.propose",
    "resume.approve",
    "rules.propose",
    "rules.approve",
    "suspend",
    "revoke",
    "ratify.propose",
    "ratify.approve",
    "lift.propose",
    "lift.approve",
    "advance.propose",
    "advance.approve",
    "revoke-ca.propose",
    "revoke-ca.approve",
    "ownership.propose",
    "ownership.approve",
    "reconfirm.propose",
    "reconfirm.approve",
    "destroy.propose",
    "destroy.approve",
    "rollover.propose",
    "rollover.approve",
    0,
};

int64_t act_since(struct bytes act)
{
    for (size_t i = 0; act_names[i] != NULL; i++)
        if (bytes_is(act, act_names[i]))
            return i < ACTS_OF_VERSION_1 ? 1 : 2;
    return 0;
}

/* subject || act || 00 || person */
struct act_key {
    uint8_t bytes[32 + LIMIT_ID + 1 + LIMIT_ID];
    size_t size;
};

static struct act_key act_key(struct bytes subject, struct bytes act, struct bytes person)
{
    struct act_key k;
    memcpy(k.bytes, subject.data, 32);
    memcpy(k.bytes + 32, act.data, act.size);
    k.bytes[32 + act.size] = 0;
    memcpy(k.bytes + 33 + act.size, person.data, person.size);
    k.size = 33 + act.size + person.size;
    return k;
}

static bool act_done(const struct rules_state *s, struct bytes subject, struct bytes act,
                     struct bytes person)
{
    struct act_key k = act_key(subject, act, person);
    return table_get(state_view(s, TABLE_ACTS), bytes_make(k.bytes, k.size)) != NULL;
}

bool act_has(const struct rules_state *s, struct bytes subject, const char *act,
             struct bytes person)
{
    return act_done(s, subject, bytes_text(act), person);
}

bool act_put(struct rules_state *s, struct bytes subject, const char *act, struct bytes person,
             int64_t entry, struct err *e)
{
    struct act value = {
        .subject = subject, .act = bytes_text(act), .person = person, .entry = entry};
    struct act_key k = act_key(subject, value.act, person);
    return table_put(state_table(s, TABLE_ACTS), bytes_make(k.bytes, k.size), &value, e);
}

static bool duty_refuse(const struct duty *duty, struct bytes person, struct bytes other,
                        struct err *e)
{
    char rule[sizeof e->rule];
    (void)snprintf(rule, sizeof rule, "duty.%.*s/%.*s", BYTES_PRINT(duty->first),
                   BYTES_PRINT(duty->second));
    (void)err_refuse(e, rule, "%.*s has already done \"%.*s\" on this subject", BYTES_PRINT(person),
                     BYTES_PRINT(other));
    return err_hint(e, "somebody else must do this: policy keeps the two acts apart");
}

/* The act paired with `act` by the duty; absent if the duty does not speak of it. */
static struct bytes duty_other(const struct duty *duty, const char *act)
{
    if (bytes_is(duty->first, act))
        return duty->second;
    return bytes_is(duty->second, act) ? duty->first : BYTES_NONE;
}

static bool duty_judge(const struct rules_state *s, const struct object *object,
                       const struct subjects *subjects, const char *act, struct bytes person,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct duty duty;
    if (!fields_read(&duty, object_fields(OBJECT_DUTY), object->value, &arena, e))
        return false;
    struct bytes other = duty_other(&duty, act);
    for (size_t n = 0; other.data != NULL && n < subjects->count; n++)
        if (act_done(s, subjects->list[n], other, person))
            return duty_refuse(&duty, person, other, e);
    return true;
}

bool duty_check(const struct rules_state *s, const struct subjects *subjects, const char *act,
                struct bytes person, struct err *e)
{
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = table_at(objects, i);
        if (object->kind == OBJECT_DUTY && !duty_judge(s, object, subjects, act, person, e))
            return false;
    }
    return true;
}

bool duty_pairs(const struct table *objects, const char *a, const char *b)
{
    for (size_t i = 0; i < objects->count; i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct duty duty;
        struct err ignored;
        const struct object *object = table_at(objects, i);
        if (object->kind == OBJECT_DUTY &&
            fields_read(&duty, object_fields(OBJECT_DUTY), object->value, &arena, &ignored) &&
            bytes_is(duty_other(&duty, a), b))
            return true;
    }
    return false;
}
