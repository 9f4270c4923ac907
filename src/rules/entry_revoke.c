/* Revocation of a key, certificate, signature, artifact or release path: one entitled person's act,
 * at once. What concerns a CA needs a quorum: proposal "revoke-ca". */
#include "base/text.h"
#include "rules/duties.h"
#include "rules/entries.h"
#include "rules/quorum.h"
#include "rules/revocation.h"
#include "rules/rollover.h"
#include "rules/tables.h"

struct revoke_work {
    struct signed_entry read;
    struct revoke revoke;
    struct revocable subject;
    struct bytes person;
};

static bool brought_judge(const struct revoke_work *w, struct err *e)
{
    bool signature = w->revoke.subject == REVOKED_SIGNATURE;
    if (signature == (w->read.outer.brought.entry.data != NULL))
        return true;
    return err_set(e, ERR_INPUT,
                   signature ? "revoking a signature needs the request that asked for it"
                             : "only revoking a signature brings an entry along");
}

static bool work_read(struct revoke_work *w, const struct rules_state *s, const struct entry *entry,
                      struct arena *a, struct err *e)
{
    enum revoked_kind kind;
    if (!signed_entry_read(&w->read, entry, a, e) ||
        !fields_read(&w->revoke, &revoke_fields, w->read.statement.body, a, e) ||
        !statement_person(&w->person, &w->read.statement, e) || !brought_judge(w, e))
        return false;
    kind = (enum revoked_kind)w->revoke.subject;
    return revocable_find(&w->subject, s, kind, w->revoke.id, a, e) &&
           (kind != REVOKED_SIGNATURE ||
            revocable_prove(&w->subject, s, &w->read, w->revoke.id, a, e));
}

static bool ca_judge(const struct revoke_work *w, struct err *e)
{
    if (w->subject.ca) {
        (void)err_refuse(e, "revoke.ca", "this is a CA's: revoking it needs a quorum");
        return err_hint(e, "propose it: sealward revoke-ca; meanwhile suspend the CA's key");
    }
    if (w->revoke.reason != REVOKE_CA_COMPROMISE)
        return true;
    (void)err_refuse(e, "revoke.reason", "this is no CA's");
    return err_hint(e, "say keyCompromise");
}

static bool duties_judge(const struct revoke_work *w, const struct rules_state *s, struct err *e)
{
    struct subjects subjects = {.count = 0};
    if (w->subject.key.data != NULL)
        subjects.list[subjects.count++] = w->subject.key;
    return duty_check(s, &subjects, "revoke", w->person, e);
}

static bool activation_judge(const struct revoke_work *w, struct err *e)
{
    if (bytes_equal(w->subject.activation, w->revoke.activation))
        return true;
    (void)err_refuse(e, "revoke.activation",
                     "the statement does not name the entry that last activated its subject");
    return err_hint(e, "an old revocation cannot be used again: sign a new one");
}

static bool revoke_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                         struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(32 * LIMIT_ENTRY);
    struct revoke_work w;
    bool worse;
    if (!work_read(&w, s, entry, &arena, e) || !ca_judge(&w, e) ||
        !entitled_judge(s, "revoke", w.subject.signer, w.person, &arena, e) ||
        !duties_judge(&w, s, e) || !effective_judge(w.revoke.effective, entry, e) ||
        !activation_judge(&w, e))
        return false;
    struct revoking what = {.kind = (enum revoked_kind)w.revoke.subject,
                            .id = w.revoke.id,
                            .actor = w.read.statement.actor,
                            .signer = w.subject.signer,
                            .reason = (enum revoke_reason)w.revoke.reason,
                            .effective = w.revoke.effective};
    return revocation_enter(s, &what, entry, &worse, e) &&
           ratification_open(s, entry, worse ? "worsen" : "revoke", e) &&
           (what.kind != REVOKED_KEY || rollover_on_compromise(s, w.subject.key, entry, out, e)) &&
           act_put(s, BYTES_OF(entry->leaf), "revoke", w.person, entry->index, e);
}

static bool revoke_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(32 * LIMIT_ENTRY);
    struct signed_entry read;
    struct revoke revoke;
    char time[TEXT_TIME_SIZE];
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&revoke, &revoke_fields, read.statement.body, &arena, e))
        return false;
    buf_printf(
        b, "%.*s revokes %s %.*s (%s), effective %s%s: %.*s", BYTES_PRINT(read.statement.actor),
        revoked_kind_names[revoke.subject], BYTES_PRINT(revoke.id),
        revoke_reason_names[revoke.reason], revoke.effective == 0 ? "from the beginning" : "since ",
        revoke.effective == 0 ? "" : text_time(time, revoke.effective), BYTES_PRINT(revoke.note));
    return true;
}

static bool revoke_marks(struct mark **list, const struct entry *entry, struct arena *a,
                         struct err *e)
{
    struct signed_entry read;
    struct revoke revoke;
    return signed_entry_marks(list, entry, a, e) && signed_entry_read(&read, entry, a, e) &&
           fields_read(&revoke, &revoke_fields, read.statement.body, a, e) &&
           subject_mark(list, revoked_kind_names[revoke.subject], revoke.id, a, e);
}

const struct entry_row entry_revoke = {
    .name = "revoke",
    .since = 2,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .brings = true,
    .apply = revoke_apply,
    .describe = revoke_describe,
    .marks = revoke_marks,
};
