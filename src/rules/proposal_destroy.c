/* A key to be removed from its token. The result is the `destroyed` entry. */
#include "base/hex.h"
#include "rules/lifecycle.h"
#include "rules/proposals.h"
#include "rules/retirement.h"
#include "rules/tables.h"

FIELDS(destroy_fields, "destroy proposal", struct destroy, ROW_DIGEST(struct destroy, key));

static bool destroy_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct destroy destroy;
    char hex[65];
    if (!fields_read(&destroy, &destroy_fields, detail, &arena, e))
        return false;
    const struct key_record *key = state_key(s, destroy.key);
    if (key == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no key %s",
                       hex_string(hex, destroy.key));
    bool over = key->state == KEY_DEACTIVATED || key->state == KEY_COMPROMISED;
    if (over || key->state == KEY_PRE_ACTIVATION)
        return true;
    (void)err_refuse(e, "destroy.state", "the key is %s", key_state_names[key->state]);
    return err_hint(e, key->state == KEY_DESTROYED ? "nothing is left of it"
                                                   : "retire or revoke it first");
}

static bool destroy_subjects(struct subjects *list, struct bytes detail, struct arena *a,
                             struct err *e)
{
    struct destroy destroy;
    if (!fields_read(&destroy, &destroy_fields, detail, a, e))
        return false;
    list->list[list->count++] = destroy.key;
    return true;
}

static bool destroy_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct destroy destroy;
    char hex[65];
    if (!fields_read(&destroy, &destroy_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to destroy key %.16s on its token, for good", hex_string(hex, destroy.key));
    return true;
}

const struct proposal_row proposal_destroy = {
    .name = "destroy",
    .since = 2,
    .judge = destroy_judge,
    .subjects = destroy_subjects,
    .describe = destroy_describe,
};
