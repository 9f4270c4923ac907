#include "rules/ownership.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/text.h"
#include "rules/entries.h"
#include "rules/life.h"
#include "rules/lifecycle.h"
#include "rules/signers.h"
#include "rules/tables.h"

/* What is wrong with each signer; cause -1: nothing. */
struct want {
    int cause; /* enum orphan_cause */
    struct bytes who;
};

/* ---- Who is missing ---- */

/* Signers of release paths whose team of approvers is gone; of a retired one nobody needs it. */
static bool teams_missing(struct want *wants, const struct rules_state *s,
                          const struct signers *signers, struct arena *a, struct err *e)
{
    static const uint8_t kind[] = {OBJECT_PATH};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    for (size_t i = table_seek(objects, BYTES_OF(kind)); table_within(objects, i, BYTES_OF(kind));
         i++) {
        AUTO_VALUE(arena) one = ARENA_ENTRY;
        struct release_path path;
        const struct object *object = table_at(objects, i);
        if (!fields_read(&path, object_fields(OBJECT_PATH), object->value, &one, e))
            return false;
        const struct signer_info *signer = signers_find(signers, path.signer);
        if (signer == NULL || policy_has(objects, OBJECT_TEAM, path.approvers) ||
            state_retirement(s, RETIRED_PATH, object->id) != NULL)
            continue;
        struct want *want = &wants[signer - signers->list];
        if (want->cause >= 0)
            continue;
        *want = (struct want){.cause = ORPHAN_TEAM, .who = arena_copy(a, path.approvers)};
        if (want->who.data == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for the teams that are gone");
    }
    return true;
}

static bool wants_find(struct want *wants, const struct rules_state *s,
                       const struct signers *signers, struct arena *a, struct err *e)
{
    for (size_t i = 0; i < signers->count; i++)
        wants[i] = (struct want){.cause = -1};
    if (!teams_missing(wants, s, signers, a, e))
        return false;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    for (size_t i = 0; i < signers->count; i++) {
        const struct signer *signer = &signers->list[i].signer;
        if (!policy_has(objects, OBJECT_PERSON, signer->owner))
            wants[i] = (struct want){.cause = ORPHAN_OWNER, .who = signer->owner};
        if (state_retirement(s, RETIRED_SIGNER, signers->list[i].id) != NULL)
            wants[i].cause = -1;
    }
    return true;
}

/* ---- Orphans ---- */

/* Where somebody was missing already, his departure counts: a second one buys no time. */
static bool orphan_begin(struct rules_state *s, const struct signer_info *signer,
                         const struct want *want, const struct orphan *there,
                         const struct entry *entry, struct outcome *out, struct err *e)
{
    char end[TEXT_TIME_SIZE];
    struct orphan o = {.signer = signer->id,
                       .cause = want->cause,
                       .who = want->who,
                       .since = entry->time,
                       .deadline = there != NULL ? there->deadline
                                                 : entry->time + signer->life.grace * 1000,
                       .confirmed = there != NULL && there->confirmed};
    struct bytes heir = want->cause == ORPHAN_OWNER ? signer->signer.deputy : signer->signer.owner;
    if (!state_put_orphan(s, &o, e))
        return false;
    deadline_note(s, TABLE_ORPHANS, o.signer);
    return outcome_find(out, "signer.orphan", BYTES_OF(entry->leaf), e,
                        "%s %.*s of signer \"%.*s\" has left: %.*s must take over or confirm by %s",
                        orphan_cause_names[want->cause], BYTES_PRINT(want->who),
                        BYTES_PRINT(signer->id), BYTES_PRINT(heir), text_time(end, o.deadline));
}

static bool orphan_update(struct rules_state *s, const struct signer_info *signer,
                          const struct want *want, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    const struct orphan *there = state_orphan(s, signer->id);
    if (want->cause < 0) {
        table_remove(state_table(s, TABLE_ORPHANS), signer->id);
        return true;
    }
    bool known = there != NULL && there->cause == want->cause && bytes_equal(there->who, want->who);
    return known || orphan_begin(s, signer, want, there, entry, out, e);
}

/* Those of signers that policy does not have any more. */
static void orphans_forget(struct rules_state *s, const struct signers *signers)
{
    struct table *orphans = state_table(s, TABLE_ORPHANS);
    for (size_t i = orphans->count; i > 0; i--)
        if (signers_find(signers, table_key(orphans, i - 1)) == NULL)
            table_remove(orphans, table_key(orphans, i - 1));
}

static bool left_by(const struct list *changes, struct bytes person)
{
    const struct change *items = changes == NULL ? NULL : changes->items;
    for (size_t i = 0; items != NULL && i < changes->count; i++)
        if (items[i].kind == OBJECT_PERSON && items[i].value.data == NULL &&
            bytes_equal(items[i].id, person))
            return true;
    return false;
}

/* A signer without deputy signs on: nobody but its owner could take over. */
static bool deputy_tell(const struct rules_state *s, const struct signer_info *signer,
                        const struct list *changes, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    struct bytes deputy = signer->signer.deputy;
    if (!left_by(changes, deputy) ||
        policy_has(state_view(s, TABLE_OBJECTS), OBJECT_PERSON, deputy))
        return true;
    return outcome_find(out, "signer.deputy", BYTES_OF(entry->leaf), e,
                        "deputy %.*s of signer \"%.*s\" has left: name another one",
                        BYTES_PRINT(deputy), BYTES_PRINT(signer->id));
}

bool orphans_update(struct rules_state *s, const struct list *changes, const struct entry *entry,
                    struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA((size_t)1 << 28);
    AUTO(signers) signers = NULL;
    if (s->rules_version < 2)
        return true;
    if (!signers_new(&signers, state_view(s, TABLE_OBJECTS), e))
        return false;
    struct want *wants = arena_alloc(&arena, (signers->count + 1) * sizeof *wants);
    if (wants == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the signers of policy");
    if (!wants_find(wants, s, signers, &arena, e))
        return false;
    orphans_forget(s, signers);
    for (size_t i = 0; i < signers->count; i++)
        if (!orphan_update(s, &signers->list[i], &wants[i], entry, out, e) ||
            !deputy_tell(s, &signers->list[i], changes, entry, out, e))
            return false;
    return true;
}

/* ---- The deadline ---- */

/* As long as a key could sign: so a key that is made or resumed meanwhile does not, either. */
static int64_t orphan_due(const struct rules_state *s, const void *record)
{
    const struct orphan *o = record;
    return signer_key_active(s, o->signer) == NULL ? DUE_NEVER : o->deadline;
}

static bool keys_suspend(struct rules_state *s, struct bytes signer, int64_t time, struct err *e)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        if (key->state == KEY_ACTIVE && bytes_equal(key->signer, signer) &&
            !authority_suspend(s, key->id, SUSPEND_ORPHAN, time, e))
            return false;
    }
    return true;
}

bool orphan_heir(struct bytes *ret, const struct rules_state *s, const struct orphan *o,
                 struct arena *a, struct err *e)
{
    struct signer signer;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_get(&signer, objects, OBJECT_SIGNER, o->signer, a, e))
        return false;
    struct bytes heir = o->cause == ORPHAN_OWNER ? signer.deputy : signer.owner;
    *ret = policy_has(objects, OBJECT_PERSON, heir) ? heir : BYTES_NONE;
    return true;
}

static bool orphan_fire(struct rules_state *s, struct bytes signer, int64_t time,
                        struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct bytes heir;
    char since[TEXT_TIME_SIZE];
    const struct orphan *o = state_orphan(s, signer);
    const struct key_record *key = signer_key_active(s, signer);
    return orphan_heir(&heir, s, o, &arena, e) &&
           outcome_find(out, "signer.suspended", key->id, e,
                        "the keys of signer \"%.*s\" are suspended: %s %.*s left on %.10s; %.*s "
                        "must take over",
                        BYTES_PRINT(signer), orphan_cause_names[o->cause], BYTES_PRINT(o->who),
                        text_time(since, o->since),
                        BYTES_PRINT(heir.data == NULL ? bytes_text("somebody") : heir)) &&
           keys_suspend(s, signer, time, e);
}

const struct due_row due_orphan = {
    .since = 2, .table = TABLE_ORPHANS, .time = orphan_due, .fire = orphan_fire};

/* ---- Refusals ---- */

static bool orphan_hint(const struct rules_state *s, const struct orphan *o, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct bytes heir;
    struct err ignored;
    if (!orphan_heir(&heir, s, o, &arena, &ignored) || heir.data == NULL)
        return err_hint(e, "a proposal must name a new owner: sealward ownership take");
    return err_hint(e, "%.*s must take over (sealward ownership take)%s; then its keys are resumed",
                    BYTES_PRINT(heir), o->confirmed ? "" : " or confirm in time");
}

bool signer_usable(const struct rules_state *s, struct bytes signer, int64_t time, struct err *e)
{
    char since[TEXT_TIME_SIZE];
    const struct orphan *o = state_orphan(s, signer);
    if (signer.data == NULL)
        return true;
    if (state_retirement(s, RETIRED_SIGNER, signer) != NULL)
        return err_refuse(e, "signer.retired", "signer \"%.*s\" is retired", BYTES_PRINT(signer));
    if (o == NULL || o->deadline > time)
        return true;
    (void)err_refuse(e, "signer.orphan", "signer \"%.*s\" does not sign: its %s %.*s left on %.10s",
                     BYTES_PRINT(signer), orphan_cause_names[o->cause], BYTES_PRINT(o->who),
                     text_time(since, o->since));
    return orphan_hint(s, o, e);
}

static bool by_authority(const struct rules_state *s, struct bytes key)
{
    char hex[65];
    const struct suspension *p =
        state_suspension(s, SUSPENDED_KEY, bytes_text(hex_string(hex, key)));
    return p != NULL && bytes_is(p->actor, AUTHORITY_ACTOR);
}

bool suspended_refuse(const struct rules_state *s, struct bytes key, struct bytes signer,
                      struct err *e)
{
    char hex[65];
    char since[TEXT_TIME_SIZE];
    const struct orphan *o = state_orphan(s, signer);
    (void)hex_string(hex, key);
    if (o != NULL && by_authority(s, key)) {
        (void)err_refuse(e, "key.suspended",
                         "key %.16s of signer \"%.*s\" is suspended: %s %.*s left on %.10s", hex,
                         BYTES_PRINT(signer), orphan_cause_names[o->cause], BYTES_PRINT(o->who),
                         text_time(since, o->since));
        return orphan_hint(s, o, e);
    }
    (void)err_refuse(e, "key.suspended", "key %.16s of signer \"%.*s\" is suspended", hex,
                     BYTES_PRINT(signer));
    return err_hint(e, "a quorum can resume it: sealward resume key %.16s", hex);
}
