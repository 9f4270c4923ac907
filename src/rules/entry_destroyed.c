/* A destroyed key: the keeper has removed it and found nothing when it searched the token again. */
#include <inttypes.h>

#include "base/hex.h"
#include "rules/life.h"
#include "rules/lifecycle.h"
#include "rules/proposals.h"
#include "rules/retirement.h"
#include "rules/rollover.h"
#include "rules/tables.h"

FIELDS(destroyed_fields, "destroyed key", struct destroyed, ROW_DIGEST(struct destroyed, proposal),
       ROW_DIGEST(struct destroyed, key), ROW_INTEGER(struct destroyed, found, 0, 1000));

static bool destroyed_judge(const struct rules_state *s, const struct destroyed *body,
                            struct arena *a, struct err *e)
{
    struct destroy destroy;
    const struct decision *decision = state_decision(s, body->proposal);
    if (decision == NULL)
        return subject_refuse(s, body->proposal, "proposal", e);
    if (!decision->approved || !bytes_is(decision->kind, "destroy"))
        return err_refuse(e, "destroyed.approved", "the proposal is no approved destruction");
    if (!fields_read(&destroy, &destroy_fields, decision->detail, a, e))
        return false;
    if (!bytes_equal(destroy.key, body->key))
        return err_refuse(e, "destroyed.key", "it is not the key that was approved");
    if (body->found == 0)
        return proposal_destroy.judge(s, decision->detail, e);
    (void)err_refuse(e, "destroyed.found", "%" PRId64 " of its objects are on the token still",
                     body->found);
    return err_hint(e, "look at the token: the key must be gone from it");
}

static bool destroyed_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                            struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct destroyed body;
    if (!fields_read(&body, &destroyed_fields, entry->body, &arena, e) ||
        !destroyed_judge(s, &body, &arena, e) ||
        !key_set(s, body.key, KEY_DESTROYED, entry->time, BYTES_NONE, e))
        return false;
    suspension_drop(s, body.key);
    rollover_forget(s, body.key);
    table_remove_within(state_table(s, TABLE_ACTS), body.key);
    return state_end(s, body.proposal, END_DONE, entry->time, e);
}

static bool destroyed_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct destroyed body;
    char hex[65];
    if (!fields_read(&body, &destroyed_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "key %.16s was destroyed and is on no token", hex_string(hex, body.key));
    return true;
}

static bool destroyed_marks(struct mark **list, const struct entry *entry, struct arena *a,
                            struct err *e)
{
    struct destroyed body;
    return fields_read(&body, &destroyed_fields, entry->body, a, e) &&
           mark_add(list, "key", body.key, 0, a, e) &&
           mark_add(list, "proposal", body.proposal, 0, a, e);
}

const struct entry_row entry_destroyed = {
    .name = "destroyed",
    .since = 2,
    .origin = ENTRY_OF_KEEPER,
    .apply = destroyed_apply,
    .describe = destroyed_describe,
    .marks = destroyed_marks,
};

void rules_destroyed_body(struct buf *b, const uint8_t proposal[32], const uint8_t key[32],
                          int64_t found)
{
    struct destroyed body = {
        .proposal = bytes_make(proposal, 32), .key = bytes_make(key, 32), .found = found};
    fields_write(b, &destroyed_fields, &body);
}
