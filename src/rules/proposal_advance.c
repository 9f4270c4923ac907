/* Moving the effective time of a revocation earlier: more of what was signed falls, on evidence
 * that came later. It cannot be undone, so a quorum decides. */
#include "base/text.h"
#include "rules/proposals.h"
#include "rules/revocation.h"
#include "rules/tables.h"

FIELDS(advance_fields, "advance proposal", struct advance,
       ROW_WORD(struct advance, subject, revoked_kind_names), ROW_ID(struct advance, id),
       ROW_DIGEST(struct advance, revocation), ROW_TIME(struct advance, effective),
       ROW_TEXT(struct advance, evidence, 2000));

static bool advance_find(const struct revocation **ret, struct advance *ret_advance,
                         const struct rules_state *s, struct bytes detail, struct arena *a,
                         struct err *e)
{
    if (!fields_read(ret_advance, &advance_fields, detail, a, e) ||
        !revocation_named(ret, s, (enum revoked_kind)ret_advance->subject, ret_advance->id,
                          ret_advance->revocation, e))
        return false;
    if (ret_advance->effective < (*ret)->effective)
        return true;
    (void)err_refuse(e, "advance.effective", "it is effective since then or earlier already");
    return err_hint(e, "an effective time only ever moves back");
}

static bool advance_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct revocation *r;
    struct advance advance;
    return advance_find(&r, &advance, s, detail, &arena, e);
}

static bool advance_subjects(struct subjects *list, struct bytes detail, struct arena *a,
                             struct err *e)
{
    struct advance advance;
    if (!fields_read(&advance, &advance_fields, detail, a, e))
        return false;
    list->list[list->count++] = advance.revocation;
    return true;
}

static bool advance_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                           struct outcome *out, struct err *e)
{
    (void)entry;
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct revocation *r;
    struct advance advance;
    return advance_find(&r, &advance, s, detail, &arena, e) &&
           revocation_advance(s, r, advance.effective, e);
}

static bool advance_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct advance advance;
    char time[TEXT_TIME_SIZE];
    if (!fields_read(&advance, &advance_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to distrust %s %.*s %s%s: %.*s", revoked_kind_names[advance.subject],
               BYTES_PRINT(advance.id), advance.effective == 0 ? "from the beginning" : "since ",
               advance.effective == 0 ? "" : text_time(time, advance.effective),
               BYTES_PRINT(advance.evidence));
    return true;
}

const struct proposal_row proposal_advance = {
    .name = "advance",
    .since = 2,
    .judge = advance_judge,
    .subjects = advance_subjects,
    .effect = advance_effect,
    .describe = advance_describe,
};
