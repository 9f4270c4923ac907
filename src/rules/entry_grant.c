/* Permission to sign: asked for by a workload or a person, approved as the level demands. */
#include <inttypes.h>

#include "rules/duties.h"
#include "rules/grants.h"
#include "rules/ownership.h"
#include "rules/tables.h"

static bool grant_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct grant_terms terms;
    struct limits_object limits;
    struct bytes person;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !grant_terms_find(&terms, s, read.statement.actor, read.statement.body, &arena, e) ||
        !path_usable(s, terms.body.path, e) ||
        !signer_usable(s, terms.path.signer, entry->time, e) || !state_limits(&limits, s, e))
        return false;
    struct decision decision = {.leaf = BYTES_OF(entry->leaf),
                                .kind = bytes_text("grant"),
                                .actor = read.statement.actor,
                                .detail = read.statement.body,
                                .index = entry->index,
                                .opened = entry->time,
                                .expires = entry->time + limits.proposal_age};
    if (terms.approvals == 0)
        return grant_open(s, &decision, entry, e);
    if (!state_put_decision(s, &decision, e))
        return false;
    return !actor_is_person(read.statement.actor, &person) ||
           act_put(s, decision.leaf, "grant.request", person, entry->index, e);
}

static bool grant_read(struct signed_entry *ret, struct grant_body *ret_body,
                       const struct entry *entry, struct arena *a, struct err *e)
{
    return signed_entry_read(ret, entry, a, e) &&
           fields_read(ret_body, &grant_body_fields, ret->statement.body, a, e);
}

static bool grant_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct grant_body body;
    if (!grant_read(&read, &body, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s asks to sign on path \"%.*s\": ", BYTES_PRINT(read.statement.actor),
               BYTES_PRINT(body.path));
    const struct artifact *items = body.artifacts.items;
    if (body.artifacts.count == 0)
        buf_put_text(b, "any artifact that fits it");
    for (size_t i = 0; i < body.artifacts.count && i < 4; i++)
        buf_printf(b, "%s%.*s (%.*s)", i == 0 ? "" : ", ", BYTES_PRINT(items[i].name),
                   BYTES_PRINT(items[i].format));
    if (body.artifacts.count > 4)
        buf_printf(b, " and %zu more", body.artifacts.count - 4);
    buf_printf(b, "; %" PRId64 " digests in %" PRId64 " s", body.count, body.window);
    return true;
}

static bool grant_marks(struct mark **list, const struct entry *entry, struct arena *a,
                        struct err *e)
{
    struct signed_entry read;
    struct grant_body body;
    if (!signed_entry_marks(list, entry, a, e) || !grant_read(&read, &body, entry, a, e))
        return false;
    const struct artifact *items = body.artifacts.items;
    for (size_t i = 0; i < body.artifacts.count; i++)
        if (!mark_add(list, "artifact", items[i].digest, 0, a, e))
            return false;
    return mark_add(list, "path", body.path, 0, a, e);
}

const struct entry_row entry_grant = {
    .name = "grant",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .statement = STATEMENT_ORDINARY,
    .apply = grant_apply,
    .describe = grant_describe,
    .marks = grant_marks,
};
