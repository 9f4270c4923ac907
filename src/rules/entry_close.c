/* The session closes its grant when it is done. */
#include "base/hex.h"
#include "rules/deadline.h"
#include "rules/grants.h"
#include "rules/requests.h"
#include "rules/tables.h"

static bool close_judge(const struct rules_state *s, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) text = BUF(4096);
    struct closing closing;
    if (!fields_read(&closing, &closing_fields, entry->body, &arena, e))
        return false;
    const struct grant *grant = state_grant(s, closing.grant);
    if (grant == NULL)
        return subject_refuse(s, closing.grant, "grant", e);
    close_text(&text, BYTES_OF(s->authority), closing.grant);
    return buf_ok(&text, "closing", e) &&
           session_signed(grant, buf_bytes(&text), closing.signature, e);
}

static bool close_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct closing closing;
    if (!fields_read(&closing, &closing_fields, entry->body, &arena, e))
        return false;
    const struct grant *grant = state_grant(s, closing.grant);
    if (grant == NULL)
        return subject_refuse(s, closing.grant, "grant", e);
    return grant_finish(s, grant, END_CLOSED, entry->time, out, e);
}

static bool close_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct closing closing;
    char hex[65];
    if (!fields_read(&closing, &closing_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "grant %.16s is closed by its session", hex_string(hex, closing.grant));
    return true;
}

static bool close_marks(struct mark **list, const struct entry *entry, struct arena *a,
                        struct err *e)
{
    struct closing closing;
    return fields_read(&closing, &closing_fields, entry->body, a, e) &&
           mark_add(list, "grant", closing.grant, 0, a, e);
}

const struct entry_row entry_close = {
    .name = "close",
    .since = 1,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .judge = close_judge,
    .apply = close_apply,
    .describe = close_describe,
    .marks = close_marks,
};
