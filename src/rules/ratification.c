/* What one person did at once, a quorum ratifies within policy's time, or an alarm stands. */
#include "base/hex.h"
#include "base/text.h"
#include "rules/deadline.h"
#include "rules/proposals.h"
#include "rules/revocation.h"
#include "rules/tables.h"

FIELDS(ratify_fields, "ratify proposal", struct ratify, ROW_DIGEST(struct ratify, entry));

bool ratification_open(struct rules_state *s, const struct entry *entry, const char *act,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct status_object status;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_has(objects, OBJECT_STATUS, bytes_text("main")))
        return true;
    if (!policy_get(&status, objects, OBJECT_STATUS, bytes_text("main"), &arena, e))
        return false;
    struct ratification r = {.leaf = BYTES_OF(entry->leaf),
                             .act = bytes_text(act),
                             .deadline = entry->time + status.ratify * 1000};
    return state_put_ratification(s, &r, e);
}

static int64_t ratification_due(const struct rules_state *s, const void *record)
{
    (void)s;
    const struct ratification *r = record;
    return r->ratified || r->overdue ? DUE_NEVER : r->deadline;
}

static bool ratification_fire(struct rules_state *s, struct bytes leaf, int64_t time,
                              struct outcome *out, struct err *e)
{
    char text[TEXT_TIME_SIZE];
    const struct ratification *there = state_ratification(s, leaf);
    if (there == NULL || ratification_due(s, there) > time)
        return true;
    struct ratification r = *there;
    r.overdue = true;
    return outcome_find(out, "ratification.overdue", leaf, e,
                        "nobody has ratified \"%.*s\" by %s: ratify it, or lift it",
                        BYTES_PRINT(r.act), text_time(text, time)) &&
           state_put_ratification(s, &r, e);
}

const struct due_row due_ratification = {
    .since = 2, .table = TABLE_RATIFICATIONS, .time = ratification_due, .fire = ratification_fire};

/* The one that waits, under the leaf that the proposal names. */
static const struct ratification *ratify_find(const struct rules_state *s, struct bytes detail,
                                              struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct ratify ratify;
    if (!fields_read(&ratify, &ratify_fields, detail, &arena, e))
        return NULL;
    const struct ratification *r = state_ratification(s, ratify.entry);
    if (r != NULL && !r->ratified)
        return r;
    (void)err_refuse(e, "ratify.waiting",
                     r == NULL ? "no suspension or revocation of that entry waits for it"
                               : "it is ratified already");
    return NULL;
}

static bool ratify_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    return ratify_find(s, detail, e) != NULL;
}

static bool ratify_subjects(struct subjects *list, struct bytes detail, struct arena *a,
                            struct err *e)
{
    struct ratify ratify;
    if (!fields_read(&ratify, &ratify_fields, detail, a, e))
        return false;
    list->list[list->count++] = ratify.entry;
    return true;
}

static bool ratify_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                          struct outcome *out, struct err *e)
{
    (void)entry;
    (void)out;
    const struct ratification *there = ratify_find(s, detail, e);
    if (there == NULL)
        return false;
    struct ratification r = *there;
    r.ratified = true;
    return state_put_ratification(s, &r, e);
}

static bool ratify_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct ratify ratify;
    char hex[65];
    if (!fields_read(&ratify, &ratify_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to ratify entry %.16s", hex_string(hex, ratify.entry));
    return true;
}

const struct proposal_row proposal_ratify = {
    .name = "ratify",
    .since = 2,
    .judge = ratify_judge,
    .subjects = ratify_subjects,
    .revoker = REVOKER_PROPOSES,
    .effect = ratify_effect,
    .describe = ratify_describe,
};
