/* A new owner or deputy of a signer. */
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(ownership_fields, "ownership proposal", struct ownership, ROW_ID(struct ownership, signer),
       ROW_ID(struct ownership, owner), ROW_ID(struct ownership, deputy),
       ROW_DIGEST(struct ownership, replaces));

static bool people_judge(const struct table *objects, const struct ownership *o, struct err *e)
{
    if (bytes_equal(o->owner, o->deputy))
        return err_refuse(e, "policy.owner", "owner and deputy are one person");
    const struct bytes people[] = {o->owner, o->deputy};
    for (size_t i = 0; i < 2; i++)
        if (!policy_has(objects, OBJECT_PERSON, people[i]))
            return err_refuse(e, "ownership.person", "policy has no person \"%.*s\"",
                              BYTES_PRINT(people[i]));
    return true;
}

/* The change of policy that it comes down to; its value is in `text`. */
static bool ownership_change(struct change *ret, struct buf *text, const struct table *objects,
                             const struct ownership *o, struct arena *a, struct err *e)
{
    struct signer signer;
    if (!policy_get(&signer, objects, OBJECT_SIGNER, o->signer, a, e))
        return false;
    signer.owner = o->owner;
    signer.deputy = o->deputy;
    fields_write(text, object_fields(OBJECT_SIGNER), &signer);
    if (!buf_ok(text, "signer", e))
        return false;
    *ret = (struct change){
        .kind = OBJECT_SIGNER, .id = o->signer, .replaces = o->replaces, .value = buf_bytes(text)};
    return true;
}

/* Makes the change to these objects. */
static bool ownership_enter(struct table *objects, struct bytes detail, int64_t version,
                            struct bytes activated, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) text = BUF(LIMIT_OBJECT);
    struct ownership o;
    struct change change;
    if (!fields_read(&o, &ownership_fields, detail, &arena, e) || !people_judge(objects, &o, e) ||
        !ownership_change(&change, &text, objects, &o, &arena, e))
        return false;
    struct list changes = {.items = &change, .count = 1};
    return policy_change(objects, &changes, activated, e) && policy_check(objects, version, e);
}

static bool ownership_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(table) next = {.fields = &object_record_fields};
    return table_copy(&next, state_view(s, TABLE_OBJECTS), e) &&
           ownership_enter(&next, detail, s->rules_version, BYTES_OF(not_yet), e);
}

static bool ownership_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                             struct outcome *out, struct err *e)
{
    return ownership_enter(state_table(s, TABLE_OBJECTS), detail, s->rules_version,
                           BYTES_OF(entry->leaf), e) &&
           orphans_update(s, NULL, entry, out, e);
}

static bool ownership_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct ownership o;
    if (!fields_read(&o, &ownership_fields, detail, &arena, e))
        return false;
    buf_printf(b, "that %.*s own signer \"%.*s\", with %.*s as deputy", BYTES_PRINT(o.owner),
               BYTES_PRINT(o.signer), BYTES_PRINT(o.deputy));
    return true;
}

const struct proposal_row proposal_ownership = {
    .name = "ownership",
    .since = 2,
    .judge = ownership_judge,
    .effect = ownership_effect,
    .describe = ownership_describe,
};
