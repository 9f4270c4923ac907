/* Retirement of a key, release path or signer: one entitled person's act, for good. */
#include "base/hex.h"
#include "rules/duties.h"
#include "rules/grants.h"
#include "rules/life.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/quorum.h"
#include "rules/retirement.h"
#include "rules/suspension.h"
#include "rules/tables.h"

FIELDS(retire_fields, "retire statement", struct retire,
       ROW_WORD(struct retire, subject, retired_kind_names), ROW_ID(struct retire, id),
       ROW_DIGEST(struct retire, activation), ROW_TEXT(struct retire, reason, 400));

/* What is at work in one entry. */
struct retiring {
    const struct entry *entry;
    struct bytes actor;
    struct outcome *out;
};

/* ---- Judging ---- */

static bool signer_find(struct suspended *ret, const struct rules_state *s, struct bytes id,
                        struct err *e)
{
    uint8_t key[OBJECT_KEY_MAX];
    const struct object *object =
        table_get(state_view(s, TABLE_OBJECTS), object_key(key, OBJECT_SIGNER, id));
    if (object == NULL)
        return err_set(e, ERR_NOT_FOUND, "policy has no signer \"%.*s\"", BYTES_PRINT(id));
    *ret = (struct suspended){.signer = object->id, .activated = object->activated};
    return true;
}

/* Retiring a CA would end what nobody can begin again: that takes a quorum, by revoking it. */
static bool ca_judge(const struct rules_state *s, struct bytes hex, struct err *e)
{
    uint8_t id[32];
    if (!hex_decode(id, sizeof id, hex, e))
        return err_wrap(e, "key id");
    const struct key_record *key = state_key(s, BYTES_OF(id));
    if (key->role != KEY_ISSUING_CA && key->role != KEY_TIMESTAMP_CA)
        return true;
    (void)err_refuse(e, "retire.ca", "one person does not retire a CA's key");
    return err_hint(e, "a quorum can revoke it: sealward revoke-ca");
}

static bool retired_find(struct suspended *ret, const struct rules_state *s,
                         const struct retire *retire, struct arena *a, struct err *e)
{
    switch ((enum retired_kind)retire->subject) {
    case RETIRED_KEY:
        return suspended_key(ret, s, retire->id, e) && ca_judge(s, retire->id, e);
    case RETIRED_PATH:
        return suspended_path(ret, s, retire->id, a, e);
    case RETIRED_SIGNER:
        return signer_find(ret, s, retire->id, e);
    }
    return err_set(e, ERR_INTERNAL, "no such kind of subject");
}

static bool retire_judge(const struct rules_state *s, const struct retire *retire,
                         struct bytes person, struct arena *a, struct err *e)
{
    struct suspended subject;
    if (!retired_find(&subject, s, retire, a, e) ||
        !entitled_judge(s, "suspend", subject.signer, person, a, e))
        return false;
    if (state_retirement(s, (enum retired_kind)retire->subject, retire->id) != NULL)
        return err_refuse(e, "retire.already", "it is retired already");
    if (bytes_equal(subject.activated, retire->activation))
        return true;
    (void)err_refuse(e, "retire.activation",
                     "the statement does not name the entry that last activated its subject");
    return err_hint(e, "sign a new one");
}

/* ---- Retiring ---- */

static bool retirement_put(struct rules_state *s, enum retired_kind kind, struct bytes id,
                           const struct retiring *r, struct err *e)
{
    struct retirement record = {.kind = (int)kind,
                                .id = id,
                                .leaf = BYTES_OF(r->entry->leaf),
                                .actor = r->actor,
                                .time = r->entry->time};
    return state_put_retirement(s, &record, e);
}

static bool key_retire(struct rules_state *s, struct bytes key, const struct retiring *r,
                       struct err *e)
{
    char hex[65];
    struct bytes id = bytes_text(hex_string(hex, key));
    if (!key_set(s, key, KEY_DEACTIVATED, r->entry->time, BYTES_NONE, e))
        return false;
    suspension_drop(s, key);
    return retirement_put(s, RETIRED_KEY, id, r, e);
}

static bool key_retire_hex(struct rules_state *s, struct bytes hex, const struct retiring *r,
                           struct err *e)
{
    uint8_t id[32];
    return hex_decode(id, sizeof id, hex, e) && key_retire(s, BYTES_OF(id), r, e);
}

static bool path_retire(struct rules_state *s, struct bytes id, const struct retiring *r,
                        struct err *e)
{
    suspension_end(s, SUSPENDED_PATH, id);
    return retirement_put(s, RETIRED_PATH, id, r, e) &&
           grants_close(s, BYTES_NONE, id, r->entry->time, r->out, e);
}

/* Keys that never signed stay as they are: they get no certificate any more, and can be destroyed.
 */
static bool keys_retire(struct rules_state *s, struct bytes signer, const struct retiring *r,
                        struct err *e)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        bool lives = key->state == KEY_ACTIVE || key->state == KEY_SUSPENDED;
        if (lives && key->signer.data != NULL && bytes_equal(key->signer, signer) &&
            !key_retire(s, key->id, r, e))
            return false;
    }
    return true;
}

static bool paths_retire(struct rules_state *s, struct bytes signer, const struct retiring *r,
                         struct err *e)
{
    static const uint8_t kind[] = {OBJECT_PATH};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    for (size_t i = table_seek(objects, BYTES_OF(kind)); table_within(objects, i, BYTES_OF(kind));
         i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct release_path path;
        const struct object *object = table_at(objects, i);
        if (!fields_read(&path, object_fields(OBJECT_PATH), object->value, &arena, e))
            return false;
        if (bytes_equal(path.signer, signer) &&
            state_retirement(s, RETIRED_PATH, object->id) == NULL &&
            !path_retire(s, object->id, r, e))
            return false;
    }
    return true;
}

static bool signer_retire(struct rules_state *s, struct bytes id, const struct retiring *r,
                          struct err *e)
{
    table_remove(state_table(s, TABLE_ORPHANS), id);
    table_remove(state_table(s, TABLE_ROLLOVERS), id);
    return retirement_put(s, RETIRED_SIGNER, id, r, e) && keys_retire(s, id, r, e) &&
           paths_retire(s, id, r, e);
}

static bool retire_read(struct signed_entry *ret, struct retire *ret_body,
                        const struct entry *entry, struct arena *a, struct err *e)
{
    return signed_entry_read(ret, entry, a, e) &&
           fields_read(ret_body, &retire_fields, ret->statement.body, a, e);
}

static bool retire_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                         struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct retire retire;
    struct bytes person;
    if (!retire_read(&read, &retire, entry, &arena, e) ||
        !statement_person(&person, &read.statement, e) ||
        !retire_judge(s, &retire, person, &arena, e))
        return false;
    struct retiring r = {.entry = entry, .actor = read.statement.actor, .out = out};
    static bool (*const acts[])(struct rules_state *, struct bytes, const struct retiring *,
                                struct err *) = {[RETIRED_KEY] = key_retire_hex,
                                                 [RETIRED_PATH] = path_retire,
                                                 [RETIRED_SIGNER] = signer_retire};
    return acts[retire.subject](s, retire.id, &r, e) && orphans_update(s, NULL, entry, out, e);
}

static bool retire_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct retire retire;
    if (!retire_read(&read, &retire, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s retires %s %.*s: %.*s", BYTES_PRINT(read.statement.actor),
               retired_kind_names[retire.subject], BYTES_PRINT(retire.id),
               BYTES_PRINT(retire.reason));
    return true;
}

const struct entry_row entry_retire = {
    .name = "retire",
    .since = 2,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .apply = retire_apply,
    .describe = retire_describe,
    .marks = signed_entry_marks,
};
