/* The deputy of an orphaned signer asks for the grace time once more. */
#include "rules/entries.h"
#include "rules/ownership.h"
#include "rules/tables.h"

FIELDS(owner_confirm_fields, "confirm statement", struct owner_confirm,
       ROW_ID(struct owner_confirm, signer));

static bool confirmation_read(struct signed_entry *ret, struct owner_confirm *ret_body,
                              const struct entry *entry, struct arena *a, struct err *e)
{
    return signed_entry_read(ret, entry, a, e) &&
           fields_read(ret_body, &owner_confirm_fields, ret->statement.body, a, e);
}

static bool heir_judge(const struct rules_state *s, const struct orphan *o, struct bytes person,
                       struct arena *a, struct err *e)
{
    struct bytes heir;
    if (!orphan_heir(&heir, s, o, a, e))
        return false;
    if (heir.data != NULL && bytes_equal(heir, person))
        return true;
    (void)err_refuse(e, "confirm.entitled", "%.*s does not stand in for signer \"%.*s\"",
                     BYTES_PRINT(person), BYTES_PRINT(o->signer));
    if (heir.data == NULL)
        return err_hint(e, "nobody does: propose a new owner");
    return err_hint(e, "%.*s can confirm", BYTES_PRINT(heir));
}

static bool orphan_judge(const struct orphan *o, const struct owner_confirm *body, int64_t time,
                         struct err *e)
{
    if (o == NULL)
        return err_refuse(e, "confirm.orphan", "signer \"%.*s\" misses nobody",
                          BYTES_PRINT(body->signer));
    if (o->deadline <= time) {
        (void)err_refuse(e, "confirm.late", "the grace time of signer \"%.*s\" is over",
                         BYTES_PRINT(body->signer));
        return err_hint(e, "propose a new owner, then resume its keys");
    }
    if (!o->confirmed)
        return true;
    (void)err_refuse(e, "confirm.twice", "the grace time was extended once already");
    return err_hint(e, "propose a new owner");
}

static bool grace_of(int64_t *ret, const struct rules_state *s, struct bytes id, struct arena *a,
                     struct err *e)
{
    struct signer signer;
    struct life_object life;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_get(&signer, objects, OBJECT_SIGNER, id, a, e) ||
        !policy_get(&life, objects, OBJECT_LIFE, signer.level, a, e))
        return false;
    *ret = life.grace * 1000;
    return true;
}

static bool confirm_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct owner_confirm body;
    struct bytes person;
    int64_t grace;
    if (!confirmation_read(&read, &body, entry, &arena, e) ||
        !statement_person(&person, &read.statement, e))
        return false;
    const struct orphan *there = state_orphan(s, body.signer);
    if (!orphan_judge(there, &body, entry->time, e) || !heir_judge(s, there, person, &arena, e) ||
        !grace_of(&grace, s, body.signer, &arena, e))
        return false;
    struct orphan o = *there;
    o.deadline += grace;
    o.confirmed = true;
    return state_put_orphan(s, &o, e);
}

static bool confirm_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct owner_confirm body;
    if (!confirmation_read(&read, &body, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s confirms signer \"%.*s\" for its grace time",
               BYTES_PRINT(read.statement.actor), BYTES_PRINT(body.signer));
    return true;
}

const struct entry_row entry_confirm = {
    .name = "confirm",
    .since = 2,
    .origin = ENTRY_FROM_OUTSIDE,
    .statement = STATEMENT_ORDINARY,
    .apply = confirm_apply,
    .describe = confirm_describe,
    .marks = signed_entry_marks,
};
