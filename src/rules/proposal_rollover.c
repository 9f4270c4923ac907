/* A rollover: announced when it is approved, carried out by its deadlines. */
#include "base/hex.h"
#include "base/text.h"
#include "rules/entries.h"
#include "rules/life.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/rollover.h"
#include "rules/tables.h"

FIELDS(rollover_detail_fields, "rollover proposal", struct rollover_detail,
       ROW_ID(struct rollover_detail, signer), ROW_DIGEST(struct rollover_detail, from),
       ROW_DIGEST(struct rollover_detail, to),
       ROW_INTEGER_OR_NULL(struct rollover_detail, switch_at, 0, LIMIT_TIME_MS),
       ROW_INTEGER(struct rollover_detail, overlap, 0, 86400 * 366));

/* ---- What may be proposed ---- */

static const struct key_record *key_of_signer(const struct rules_state *s, struct bytes id,
                                              struct bytes signer, struct err *e)
{
    char hex[65];
    const struct key_record *key = state_key(s, id);
    if (key != NULL && key->signer.data != NULL && bytes_equal(key->signer, signer))
        return key;
    (void)err_refuse(e, "rollover.key", "key %.16s is no key of signer \"%.*s\"",
                     hex_string(hex, id), BYTES_PRINT(signer));
    return NULL;
}

static bool from_judge(const struct rules_state *s, const struct rollover_detail *detail,
                       struct err *e)
{
    const struct key_record *from = key_of_signer(s, detail->from, detail->signer, e);
    if (from == NULL)
        return false;
    if (from->state == KEY_ACTIVE || from->state == KEY_SUSPENDED ||
        from->state == KEY_COMPROMISED || from->state == KEY_DEACTIVATED)
        return true;
    return err_refuse(e, "rollover.from", "the old key is %s", key_state_names[from->state]);
}

static bool to_judge(const struct rules_state *s, const struct rollover_detail *detail,
                     struct err *e)
{
    const struct key_record *to = key_of_signer(s, detail->to, detail->signer, e);
    if (to == NULL)
        return false;
    if (to->state != KEY_PRE_ACTIVATION) {
        (void)err_refuse(e, "rollover.to", "the new key is %s", key_state_names[to->state]);
        return err_hint(e, "a rollover goes to a key that stands by: certified, never active");
    }
    if (state_certificate_of(s, detail->to, s->time) != NULL)
        return true;
    (void)err_refuse(e, "rollover.certificate", "the new key has no certificate valid now");
    return err_hint(e, "have it certified first: sealward certificate propose");
}

static bool rollover_judge(const struct rules_state *s, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct rollover_detail detail;
    if (!fields_read(&detail, &rollover_detail_fields, text, &arena, e) ||
        !signer_usable(s, detail.signer, s->time, e) || !from_judge(s, &detail, e) ||
        !to_judge(s, &detail, e))
        return false;
    const struct rollover *there = state_rollover(s, detail.signer);
    if (there == NULL || !there->switched || state_key(s, there->from)->state > KEY_SUSPENDED)
        return true;
    (void)err_refuse(e, "rollover.open", "another rollover of signer \"%.*s\" is not over yet",
                     BYTES_PRINT(detail.signer));
    return err_hint(e, "its old key signs until the overlap ends; retire that key to end it now");
}

/* The new key's certificate, the old one's use: what was approved of either counts. */
static bool rollover_subjects(struct subjects *list, struct bytes text, struct arena *a,
                              struct err *e)
{
    struct rollover_detail detail;
    if (!fields_read(&detail, &rollover_detail_fields, text, a, e))
        return false;
    list->list[list->count++] = detail.to;
    list->list[list->count++] = detail.from;
    return true;
}

/* ---- What happens ---- */

static bool old_end(struct rules_state *s, const struct rollover *r, int64_t time,
                    struct outcome *out, struct err *e)
{
    uint8_t from[32];
    memcpy(from, r->from.data, sizeof from);
    const struct key_record *old = state_key(s, r->from);
    bool lives = old->state == KEY_ACTIVE || old->state == KEY_SUSPENDED;
    if (lives &&
        (!key_set(s, r->from, KEY_DEACTIVATED, time, BYTES_NONE, e) ||
         !outcome_find(out, "rollover.done", r->from, e,
                       "the old key of signer \"%.*s\" is deactivated", BYTES_PRINT(r->signer))))
        return false;
    table_remove(state_table(s, TABLE_ROLLOVERS), r->signer);
    suspension_drop(s, BYTES_OF(from));
    return true;
}

/* A new key that cannot sign would leave the signer with none. */
static bool switch_fail(struct rules_state *s, const struct rollover *r, struct outcome *out,
                        struct err *e)
{
    const struct key_record *to = state_key(s, r->to);
    bool told = outcome_find(out, "rollover.failed", r->to, e,
                             "signer \"%.*s\" keeps its old key: the new one is %s%s",
                             BYTES_PRINT(r->signer), key_state_names[to->state],
                             to->state == KEY_PRE_ACTIVATION ? " without valid certificate" : "");
    table_remove(state_table(s, TABLE_ROLLOVERS), r->signer);
    return told;
}

/* The new key signs from now on, the old one until the overlap ends. */
static bool rollover_switch(struct rules_state *s, const struct rollover *there, int64_t time,
                            struct outcome *out, struct err *e)
{
    struct rollover r = *there;
    const struct key_record *from = state_key(s, r.from);
    if (state_key(s, r.to)->state != KEY_PRE_ACTIVATION ||
        state_certificate_of(s, r.to, time) == NULL)
        return switch_fail(s, there, out, e);
    r.switched = true;
    r.switch_at = time;
    if (!key_set(s, r.to, KEY_ACTIVE, time, r.leaf, e) ||
        !outcome_find(out, "rollover.switched", r.to, e, "signer \"%.*s\" signs with its new key",
                      BYTES_PRINT(r.signer)))
        return false;
    if (r.overlap == 0 || from->state != KEY_ACTIVE)
        return old_end(s, &r, time, out, e);
    if (!state_put_rollover(s, &r, e))
        return false;
    deadline_note(s, TABLE_ROLLOVERS, r.signer);
    return true;
}

static int64_t rollover_due(const struct rules_state *s, const void *record)
{
    (void)s;
    const struct rollover *r = record;
    if (r->switched)
        return r->switch_at + r->overlap;
    return r->switch_at < 0 ? DUE_NEVER : r->switch_at;
}

static bool rollover_fire(struct rules_state *s, struct bytes signer, int64_t time,
                          struct outcome *out, struct err *e)
{
    const struct rollover *r = state_rollover(s, signer);
    return r->switched ? old_end(s, r, time, out, e) : rollover_switch(s, r, time, out, e);
}

const struct due_row due_rollover = {
    .since = 2, .table = TABLE_ROLLOVERS, .time = rollover_due, .fire = rollover_fire};

bool rollover_on_compromise(struct rules_state *s, struct bytes key, const struct entry *entry,
                            struct outcome *out, struct err *e)
{
    const struct key_record *record = state_key(s, key);
    if (record == NULL || record->state != KEY_COMPROMISED || record->signer.data == NULL)
        return true;
    const struct rollover *r = state_rollover(s, record->signer);
    if (r == NULL || r->switched || r->switch_at >= 0 || !bytes_equal(r->from, key))
        return true;
    return rollover_switch(s, r, entry->time, out, e);
}

void rollover_forget(struct rules_state *s, struct bytes key)
{
    const struct key_record *record = state_key(s, key);
    const struct rollover *r =
        record->signer.data == NULL ? NULL : state_rollover(s, record->signer);
    if (r != NULL && (bytes_equal(r->from, key) || bytes_equal(r->to, key)))
        table_remove(state_table(s, TABLE_ROLLOVERS), record->signer);
}

static bool rollover_effect(struct rules_state *s, struct bytes text, const struct entry *entry,
                            struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct rollover_detail detail;
    if (!rollover_judge(s, text, e) ||
        !fields_read(&detail, &rollover_detail_fields, text, &arena, e))
        return false;
    struct rollover r = {.signer = detail.signer,
                         .from = detail.from,
                         .to = detail.to,
                         .leaf = BYTES_OF(entry->leaf),
                         .switch_at = detail.switch_at,
                         .overlap = detail.overlap * 1000};
    if (!state_put_rollover(s, &r, e))
        return false;
    deadline_note(s, TABLE_ROLLOVERS, r.signer);
    bool now = detail.switch_at < 0 ? state_key(s, r.from)->state == KEY_COMPROMISED
                                    : detail.switch_at <= entry->time;
    return !now || rollover_switch(s, state_rollover(s, r.signer), entry->time, out, e);
}

static bool rollover_describe(struct buf *b, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct rollover_detail detail;
    char from[65];
    char to[65];
    char time[TEXT_TIME_SIZE];
    if (!fields_read(&detail, &rollover_detail_fields, text, &arena, e))
        return false;
    buf_printf(b, "that signer \"%.*s\" go from key %.16s to key %.16s %s%s",
               BYTES_PRINT(detail.signer), hex_string(from, detail.from), hex_string(to, detail.to),
               detail.switch_at < 0 ? "when the old one is compromised" : "at ",
               detail.switch_at < 0 ? "" : text_time(time, detail.switch_at));
    return true;
}

const struct proposal_row proposal_rollover = {
    .name = "rollover",
    .since = 2,
    .judge = rollover_judge,
    .subjects = rollover_subjects,
    .effect = rollover_effect,
    .describe = rollover_describe,
};
