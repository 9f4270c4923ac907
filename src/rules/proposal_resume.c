/* Lifting a suspension: raises trust, so a quorum decides. */
#include "base/hex.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/suspension.h"
#include "rules/tables.h"

FIELDS(resume_fields, "resume proposal", struct resume,
       ROW_WORD(struct resume, subject, suspended_kind_names), ROW_ID(struct resume, id),
       ROW_DIGEST(struct resume, suspension));

static bool resume_find(struct resume *ret, const struct rules_state *s, struct bytes detail,
                        struct arena *a, struct err *e)
{
    struct resume resume;
    if (!fields_read(&resume, &resume_fields, detail, a, e))
        return false;
    const struct suspension *suspension =
        state_suspension(s, (enum suspended_kind)resume.subject, resume.id);
    if (suspension == NULL)
        return err_refuse(e, "resume.suspended", "%s %.*s is not suspended",
                          suspended_kind_names[resume.subject], BYTES_PRINT(resume.id));
    if (!bytes_equal(suspension->leaf, resume.suspension))
        return err_refuse(e, "resume.suspension",
                          "the proposal names another suspension than the "
                          "one in force");
    *ret = resume;
    return true;
}

/* Since rules version 2: what a rollover alone may activate, and whom nobody answers for, is not
 * resumed. */
static bool key_resumable(const struct rules_state *s, const struct resume *resume, struct err *e)
{
    uint8_t id[32];
    if (s->rules_version < 2 || resume->subject != SUSPENDED_KEY)
        return true;
    if (!hex_decode(id, sizeof id, resume->id, e))
        return err_wrap(e, "key id");
    const struct key_record *key = state_key(s, BYTES_OF(id));
    if (key == NULL || key->signer.data == NULL)
        return true;
    if (state_life(s, key->id) == NULL && signer_key_active(s, key->signer) != NULL) {
        (void)err_refuse(e, "resume.standby", "the key stood by and another one signs");
        return err_hint(e, "a rollover switches to a key that stands by");
    }
    return signer_usable(s, key->signer, s->time, e);
}

static bool resume_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct resume resume;
    return resume_find(&resume, s, detail, &arena, e) && key_resumable(s, &resume, e);
}

static bool resume_subjects(struct subjects *list, struct bytes detail, struct arena *a,
                            struct err *e)
{
    struct resume resume;
    if (!fields_read(&resume, &resume_fields, detail, a, e))
        return false;
    list->list[list->count++] = resume.suspension;
    return true;
}

static bool resume_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                          struct outcome *out, struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct resume resume;
    if (!resume_find(&resume, s, detail, &arena, e) || !key_resumable(s, &resume, e))
        return false;
    enum suspended_kind kind = (enum suspended_kind)resume.subject;
    if (kind == SUSPENDED_KEY ? !key_move(s, resume.id, KEY_ACTIVE, entry, e)
                              : !path_activate(s, resume.id, entry, e))
        return false;
    suspension_end(s, kind, resume.id);
    return true;
}

static bool resume_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct resume resume;
    if (!fields_read(&resume, &resume_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to resume %s %.*s", suspended_kind_names[resume.subject],
               BYTES_PRINT(resume.id));
    return true;
}

const struct proposal_row proposal_resume = {
    .name = "resume",
    .since = 1,
    .judge = resume_judge,
    .subjects = resume_subjects,
    .effect = resume_effect,
    .describe = resume_describe,
};
