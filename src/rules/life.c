#include "rules/life.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/text.h"
#include "rules/entries.h"
#include "rules/lifecycle.h"
#include "rules/signers.h"
#include "rules/suspension.h"
#include "rules/tables.h"

/* Parts of the validity of certificates that no level speaks of. */
#define RENEW_PART 5
#define WARN_PART 10
#define ALARM_PART 20

static const char *const suspend_causes[] = {"unused", "orphan", 0};

/* What a suspension by a deadline says; its hash stands for the entry that there is not. */
struct authority_act {
    struct bytes authority;
    struct bytes key;
    int cause; /* enum suspend_cause */
    int64_t time;
};
FIELDS(authority_act_fields, "suspension by a deadline", struct authority_act,
       ROW_DIGEST(struct authority_act, authority), ROW_DIGEST(struct authority_act, key),
       ROW_WORD(struct authority_act, cause, suspend_causes), ROW_TIME(struct authority_act, time));

static bool act_leaf(uint8_t ret[32], const struct authority_act *act, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_RECORD);
    fields_write(&text, &authority_act_fields, act);
    if (!buf_ok(&text, "a suspension by a deadline", e))
        return false;
    digest_sha256(ret, buf_bytes(&text));
    return true;
}

bool authority_suspend(struct rules_state *s, struct bytes id, enum suspend_cause cause,
                       int64_t time, struct err *e)
{
    uint8_t leaf[32];
    char hex[65];
    struct authority_act act = {
        .authority = BYTES_OF(s->authority), .key = id, .cause = (int)cause, .time = time};
    struct suspension suspension = {.kind = SUSPENDED_KEY,
                                    .id = bytes_text(hex_string(hex, id)),
                                    .leaf = BYTES_OF(leaf),
                                    .actor = bytes_text(AUTHORITY_ACTOR),
                                    .time = time};
    return act_leaf(leaf, &act, e) && key_set(s, id, KEY_SUSPENDED, time, BYTES_NONE, e) &&
           state_put_suspension(s, &suspension, e);
}

void suspension_drop(struct rules_state *s, struct bytes key)
{
    char hex[65];
    suspension_end(s, SUSPENDED_KEY, bytes_text(hex_string(hex, key)));
}

/* ---- Use and disuse of keys ---- */

bool life_begin(struct rules_state *s, const struct key_record *key, int64_t time, struct err *e)
{
    if (s->rules_version < 2 || key->role != KEY_SIGNER)
        return true;
    const struct life *there = state_life(s, key->id);
    struct life life = {.id = key->id, .last_used = time, .uses = there == NULL ? 0 : there->uses};
    if (!state_put_life(s, &life, e))
        return false;
    deadline_note(s, TABLE_LIVES, key->id);
    deadline_note(s, TABLE_ORPHANS, key->signer);
    return true;
}

void life_use(struct rules_state *s, struct bytes key, int64_t signatures, int64_t time)
{
    struct life *life = state_life(s, key);
    if (life == NULL)
        return;
    life->last_used = time;
    life->uses += signatures;
}

static int64_t life_due(const struct rules_state *s, const void *record)
{
    const struct life *life = record;
    const struct key_record *key = state_key(s, life->id);
    const struct signer_info *signer = signers_find(s->signers, key->signer);
    if (key->state != KEY_ACTIVE || signer == NULL || signer->life.unused == 0)
        return DUE_NEVER;
    return life->last_used + signer->life.unused * 1000;
}

static bool life_fire(struct rules_state *s, struct bytes id, int64_t time, struct outcome *out,
                      struct err *e)
{
    char since[TEXT_TIME_SIZE];
    const struct key_record *key = state_key(s, id);
    return outcome_find(out, "key.unused", id, e,
                        "a key of signer \"%.*s\" has signed nothing since %s and is suspended",
                        BYTES_PRINT(key->signer), text_time(since, state_life(s, id)->last_used)) &&
           authority_suspend(s, id, SUSPEND_UNUSED, time, e);
}

const struct due_row due_life = {
    .since = 2, .table = TABLE_LIVES, .time = life_due, .fire = life_fire};

/* ---- Stages of certificates ---- */

/* Only the newest certificate of a key has a stage: the end of the others concerns nobody. */
static void stage_supersede(struct rules_state *s, struct bytes key)
{
    uint8_t number[8];
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (!bytes_equal(c->key, key) || state_stage(s, c->number) == NULL)
            continue;
        table_remove(state_table(s, TABLE_STAGES), state_number_key(number, c->number));
        return;
    }
}

static bool stage_put_fresh(struct rules_state *s, int64_t number, struct err *e)
{
    uint8_t key[8];
    struct stage stage = {.number = number, .stage = STAGE_FRESH};
    if (!state_put_stage(s, &stage, e))
        return false;
    deadline_note(s, TABLE_STAGES, state_number_key(key, number));
    return true;
}

bool stage_begin(struct rules_state *s, const struct certificate *c, struct err *e)
{
    if (s->rules_version < 2)
        return true;
    stage_supersede(s, c->key);
    return stage_put_fresh(s, c->number, e);
}

void windows_find(struct windows *ret, const struct signers *signers, const struct certificate *c)
{
    const struct signer_info *signer = signers_find(signers, c->signer);
    int64_t validity = c->not_after + 1000 - c->not_before;
    *ret = (struct windows){.renew = 0};
    if (signer != NULL && signer->lives)
        *ret = (struct windows){.renew = signer->life.renew * 1000,
                                .warn = signer->life.warn * 1000,
                                .alarm = signer->life.alarm * 1000};
    if (c->signer.data == NULL)
        *ret = (struct windows){.renew = validity / RENEW_PART,
                                .warn = validity / WARN_PART,
                                .alarm = validity / ALARM_PART};
}

int64_t stage_time(const struct certificate *c, const struct windows *w,
                   enum certificate_stage stage)
{
    const int64_t before[] = {[STAGE_RENEW] = w->renew,
                              [STAGE_WARN] = w->warn,
                              [STAGE_ALARM] = w->alarm,
                              [STAGE_EXPIRED] = 0};
    if (stage == STAGE_EXPIRED)
        return c->not_after + 1;
    return before[stage] == 0 ? DUE_NEVER : c->not_after - before[stage];
}

static enum certificate_stage stage_next(const struct certificate *c, const struct windows *w,
                                         int stage)
{
    do
        stage++;
    while (stage < STAGE_EXPIRED && stage_time(c, w, (enum certificate_stage)stage) == DUE_NEVER);
    return (enum certificate_stage)stage;
}

static int64_t stage_due(const struct rules_state *s, const void *record)
{
    const struct stage *g = record;
    struct windows w;
    if (g->stage == STAGE_EXPIRED)
        return DUE_NEVER;
    const struct certificate *c = state_certificate(s, g->number);
    windows_find(&w, s->signers, c);
    return stage_time(c, &w, stage_next(c, &w, g->stage));
}

bool certificate_matters(const struct rules_state *s, const struct certificate *c)
{
    const struct key_record *key = state_key(s, c->key);
    bool newest = s->rules_version < 2 || state_stage(s, c->number) != NULL;
    return key != NULL && key->state <= KEY_SUSPENDED && newest &&
           !state_certificate_revoked(s, c->number);
}

static bool stage_tell(const struct rules_state *s, const struct certificate *c,
                       enum certificate_stage stage, struct outcome *out, struct err *e)
{
    static const char *const kinds[] = {[STAGE_RENEW] = "certificate.renew",
                                        [STAGE_WARN] = "certificate.warn",
                                        [STAGE_ALARM] = "certificate.alarm",
                                        [STAGE_EXPIRED] = "certificate.expired"};
    char end[TEXT_TIME_SIZE];
    const struct signer_info *signer = signers_find(s->signers, c->signer);
    const struct key_record *key = state_key(s, c->key);
    if (!certificate_matters(s, c))
        return true;
    (void)text_time(end, c->not_after);
    const char *verb = stage == STAGE_EXPIRED ? "ended" : "ends";
    if (signer == NULL)
        return outcome_find(out, kinds[stage], c->key, e,
                            "certificate %" PRId64 " of the %s key %s at %s", c->number,
                            key_role_names[key->role], verb, end);
    return outcome_find(out, kinds[stage], c->key, e,
                        "certificate %" PRId64 " of signer \"%.*s\" (owner %.*s) %s at %s",
                        c->number, BYTES_PRINT(c->signer), BYTES_PRINT(signer->signer.owner), verb,
                        end);
}

/* One stage at a time. A renewal that nobody decided on may be proposed anew at each. */
static bool stage_fire(struct rules_state *s, struct bytes key, int64_t time, struct outcome *out,
                       struct err *e)
{
    (void)time;
    struct windows w;
    struct stage stage = *(const struct stage *)table_get(state_view(s, TABLE_STAGES), key);
    const struct certificate *c = state_certificate(s, stage.number);
    windows_find(&w, s->signers, c);
    stage.stage = (int)stage_next(c, &w, stage.stage);
    if (stage.renewal.data != NULL && state_decision(s, stage.renewal) == NULL)
        stage.renewal = BYTES_NONE;
    return stage_tell(s, c, (enum certificate_stage)stage.stage, out, e) &&
           state_put_stage(s, &stage, e);
}

const struct due_row due_stage = {
    .since = 2, .table = TABLE_STAGES, .time = stage_due, .fire = stage_fire};

/* ---- The beginning ---- */

/* Certificates by key, of one key the newest first. */
static int certificate_compare(const void *left, const void *right)
{
    const struct certificate *a = *(const struct certificate *const *)left;
    const struct certificate *b = *(const struct certificate *const *)right;
    int order = bytes_compare(a->key, b->key);
    return order != 0 ? order : (a->number < b->number) - (a->number > b->number);
}

static bool stages_begin(struct rules_state *s, const struct certificate **list, struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) {
        list[count] = table_at(t, i);
        count += list[count]->der.data != NULL;
    }
    qsort(list, count, sizeof(*list), certificate_compare);
    for (size_t i = 0; i < count; i++)
        if ((i == 0 || !bytes_equal(list[i]->key, list[i - 1]->key)) &&
            !stage_put_fresh(s, list[i]->number, e))
            return false;
    return true;
}

bool lives_begin(struct rules_state *s, int64_t time, struct err *e)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        bool lived = key->state == KEY_ACTIVE || key->state == KEY_SUSPENDED;
        if (lived && !life_begin(s, key, time, e))
            return false;
    }
    size_t certificates = state_view(s, TABLE_CERTIFICATES)->count;
    const struct certificate **list = calloc(certificates + 1, sizeof(*list));
    if (list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the stages of certificates");
    bool begun = stages_begin(s, list, e);
    free(list);
    return begun;
}
