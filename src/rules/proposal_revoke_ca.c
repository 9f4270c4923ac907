/* Revoking a CA, or the root: everything below it falls, so a quorum decides. */
#include "base/text.h"
#include "rules/proposals.h"
#include "rules/revocation.h"
#include "rules/tables.h"

FIELDS(revoke_ca_fields, "revoke-ca proposal", struct revoke_ca,
       ROW_WORD(struct revoke_ca, subject, revoked_kind_names), ROW_ID(struct revoke_ca, id),
       ROW_WORD(struct revoke_ca, reason, revoke_reason_names),
       ROW_TIME(struct revoke_ca, effective));

static bool ca_find(struct revoke_ca *ret, struct revocable *ret_subject,
                    const struct rules_state *s, struct bytes detail, struct arena *a,
                    struct err *e)
{
    if (!fields_read(ret, &revoke_ca_fields, detail, a, e))
        return false;
    if (ret->subject != REVOKED_KEY && ret->subject != REVOKED_CERTIFICATE)
        return err_set(e, ERR_INPUT, "a CA has keys and certificates, no %s",
                       revoked_kind_names[ret->subject]);
    if (!revocable_find(ret_subject, s, (enum revoked_kind)ret->subject, ret->id, a, e))
        return false;
    if (!ret_subject->ca) {
        (void)err_refuse(e, "revoke-ca.ca", "this is no CA's");
        return err_hint(e, "one entitled person can revoke it: sealward revoke");
    }
    if (ret->reason != REVOKE_KEY_COMPROMISE)
        return true;
    (void)err_refuse(e, "revoke-ca.reason", "this is a CA's");
    return err_hint(e, "say cACompromise");
}

static bool ca_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct revoke_ca ca;
    struct revocable subject;
    return ca_find(&ca, &subject, s, detail, &arena, e);
}

/* Whoever gave the last approval stands in the record for all of them; nothing is left to ratify.
 */
static bool ca_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                      struct outcome *out, struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA(32 * LIMIT_ENTRY);
    struct revoke_ca ca;
    struct revocable subject;
    struct signed_entry approval;
    bool worse;
    if (!ca_find(&ca, &subject, s, detail, &arena, e) || !effective_judge(ca.effective, entry, e) ||
        !signed_entry_read(&approval, entry, &arena, e))
        return false;
    struct revoking what = {.kind = (enum revoked_kind)ca.subject,
                            .id = ca.id,
                            .actor = approval.statement.actor,
                            .reason = (enum revoke_reason)ca.reason,
                            .effective = ca.effective};
    struct ratification decided = {.leaf = BYTES_OF(entry->leaf),
                                   .act = bytes_text("revoke-ca"),
                                   .deadline = entry->time,
                                   .ratified = true};
    return revocation_enter(s, &what, entry, &worse, e) && state_put_ratification(s, &decided, e);
}

static bool ca_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct revoke_ca ca;
    char time[TEXT_TIME_SIZE];
    if (!fields_read(&ca, &revoke_ca_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to revoke %s %.*s of a CA (%s), effective %s%s", revoked_kind_names[ca.subject],
               BYTES_PRINT(ca.id), revoke_reason_names[ca.reason],
               ca.effective == 0 ? "from the beginning" : "since ",
               ca.effective == 0 ? "" : text_time(time, ca.effective));
    return true;
}

const struct proposal_row proposal_revoke_ca = {
    .name = "revoke-ca",
    .since = 2,
    .judge = ca_judge,
    .effect = ca_effect,
    .describe = ca_describe,
};
