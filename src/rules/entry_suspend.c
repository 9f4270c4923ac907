/* Suspension of a key or a release path: one entitled person's act, at once. */
#include "rules/entries.h"

#include "base/hex.h"
#include "rules/duties.h"
#include "rules/lifecycle.h"
#include "rules/quorum.h"
#include "rules/revocation.h"
#include "rules/suspension.h"
#include "rules/tables.h"

FIELDS(suspend_fields, "suspend statement", struct suspend,
       ROW_WORD(struct suspend, subject, suspended_kind_names), ROW_ID(struct suspend, id),
       ROW_DIGEST(struct suspend, activation), ROW_TEXT(struct suspend, reason, 400));

bool suspended_key(struct suspended *ret, const struct rules_state *s, struct bytes id,
                   struct err *e)
{
    uint8_t key_id[32];
    if (!hex_decode(key_id, sizeof key_id, id, e))
        return err_wrap(e, "key id");
    const struct key_record *key = state_key(s, BYTES_OF(key_id));
    if (key == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no key %.*s", BYTES_PRINT(id));
    *ret = (struct suspended){.signer = key->signer, .activated = key->activated};
    return true;
}

bool suspended_path(struct suspended *ret, const struct rules_state *s, struct bytes id,
                    struct arena *a, struct err *e)
{
    struct release_path path;
    uint8_t key[OBJECT_KEY_MAX];
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_get(&path, objects, OBJECT_PATH, id, a, e))
        return false;
    const struct object *object = table_get(objects, object_key(key, OBJECT_PATH, id));
    *ret = (struct suspended){.signer = path.signer, .activated = object->activated};
    return true;
}

void suspension_end(struct rules_state *s, enum suspended_kind kind, struct bytes id)
{
    uint8_t leaf[32];
    const struct suspension *there = state_suspension(s, kind, id);
    if (there == NULL)
        return;
    memcpy(leaf, there->leaf.data, sizeof leaf);
    table_remove_within(state_table(s, TABLE_ACTS), BYTES_OF(leaf));
    table_remove(state_table(s, TABLE_RATIFICATIONS), BYTES_OF(leaf));
    state_remove_suspension(s, kind, id);
}

bool path_activate(struct rules_state *s, struct bytes id, const struct entry *entry, struct err *e)
{
    uint8_t key_bytes[OBJECT_KEY_MAX];
    struct bytes key = object_key(key_bytes, OBJECT_PATH, id);
    const struct object *there = table_get(state_view(s, TABLE_OBJECTS), key);
    if (there == NULL)
        return true;
    struct object object = *there;
    object.activated = BYTES_OF(entry->leaf);
    return table_put(state_table(s, TABLE_OBJECTS), key, &object, e);
}

static bool suspended_find(const struct rules_state *s, const struct suspend *suspend,
                           struct suspended *ret, struct arena *a, struct err *e)
{
    return suspend->subject == SUSPENDED_KEY ? suspended_key(ret, s, suspend->id, e)
                                             : suspended_path(ret, s, suspend->id, a, e);
}

static bool suspend_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct suspend suspend;
    struct suspended subject;
    struct bytes person;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&suspend, &suspend_fields, read.statement.body, &arena, e) ||
        !statement_person(&person, &read.statement, e) ||
        !suspended_find(s, &suspend, &subject, &arena, e) ||
        !entitled_judge(s, "suspend", subject.signer, person, &arena, e))
        return false;
    enum suspended_kind kind = (enum suspended_kind)suspend.subject;
    if (state_suspension(s, kind, suspend.id) != NULL)
        return err_refuse(e, "suspend.already", "it is suspended already");
    if (!bytes_equal(subject.activated, suspend.activation)) {
        (void)err_refuse(e, "suspend.activation",
                         "the statement does not name the entry that "
                         "last activated its subject");
        return err_hint(e, "an old suspension cannot be used again: sign a new one");
    }
    if (kind == SUSPENDED_KEY && !key_move(s, suspend.id, KEY_SUSPENDED, entry, e))
        return false;

    struct suspension suspension = {.kind = suspend.subject,
                                    .id = suspend.id,
                                    .leaf = BYTES_OF(entry->leaf),
                                    .actor = read.statement.actor,
                                    .time = entry->time};
    return state_put_suspension(s, &suspension, e) && ratification_open(s, entry, "suspend", e) &&
           act_put(s, BYTES_OF(entry->leaf), "suspend", person, entry->index, e);
}

static bool suspend_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct suspend suspend;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&suspend, &suspend_fields, read.statement.body, &arena, e))
        return false;
    buf_printf(b, "%.*s suspends %s %.*s: %.*s", BYTES_PRINT(read.statement.actor),
               suspended_kind_names[suspend.subject], BYTES_PRINT(suspend.id),
               BYTES_PRINT(suspend.reason));
    return true;
}

const struct entry_row entry_suspend = {
    .name = "suspend",
    .since = 1,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .apply = suspend_apply,
    .describe = suspend_describe,
    .marks = signed_entry_marks,
};
