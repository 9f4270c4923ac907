#include "keeper/start.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/limits.h"
#include "keeper/answer.h"
#include "keeper/brake.h"
#include "keeper/dispatch.h"
#include "keeper/reconcile.h"
#include "keeper/status.h"
#include "proof/checkpoint.h"

static bool first_gate(struct keeper *k, struct err *e)
{
    if (!k->first) {
        (void)err_refuse(e, "start.checkpoint", "no published checkpoint was shown");
        return err_hint(e, "show the newest one, or, if nothing was ever published, start the "
                           "keeper with --first");
    }
    /* Behind the genesis stands a start only if it has run before: then it has published. */
    if (record_size(k->record) == 1 && record_checkpoint(k->record).data == NULL)
        return true;
    (void)err_refuse(e, "start.checkpoint",
                     "--first is for a record that holds its genesis alone, "
                     "this one has %" PRIu64 " entries",
                     record_size(k->record));
    return err_hint(e, "start without --first and show the newest published checkpoint");
}

bool start_gate(struct keeper *k, struct bytes note, struct err *e)
{
    struct note_key key;
    struct checkpoint checkpoint;
    struct rules_head head;
    uint8_t root[32];
    if (note.data == NULL)
        return first_gate(k, e);
    rules_head(&head, record_state(k->record));
    if (!record_note_key(&key, record_state(k->record), e) ||
        !checkpoint_open(&checkpoint, note, bytes_text(head.origin), &key, e) ||
        !record_root(k->record, checkpoint.size, root, e))
        return err_wrap(e, "published checkpoint");
    if (memcmp(root, checkpoint.root, sizeof root) != 0)
        return err_set(e, ERR_DAMAGED,
                       "the journal is not the one whose checkpoint of %" PRIu64
                       " entries was published",
                       checkpoint.size);
    return true;
}

static bool stage_own(struct keeper *k, const char *type, const struct buf *body, struct err *e)
{
    AUTO_VALUE(outcome) out;
    uint64_t index;
    outcome_init(&out);
    return buf_ok(body, type, e) &&
           record_stage(k->record, bytes_text(type), buf_bytes(body), &out, &index, e);
}

/* After a long silence, or a clock set back, the start doubts the clock before anything else. */
static bool doubt_at_start(struct keeper *k, struct err *e)
{
    int64_t silence;
    struct rules_head head;
    AUTO_VALUE(buf) body = BUF(1024);
    rules_head(&head, record_state(k->record));
    if (head.clock_doubted)
        return true;
    if (!rules_silence(&silence, record_state(k->record), e))
        return false;
    enum clock_finding found = timekeeper_look_at_start(head.time, silence);
    if (found == CLOCK_GOOD)
        return true;
    /* The doubt's own entry must not carry the time that is doubted. */
    timekeeper_doubt(record_time(k->record), head.time);
    rules_doubt_body(&body, found == CLOCK_SILENT ? DOUBT_SILENCE : DOUBT_STEP, clock_wall_ms());
    return stage_own(k, "clock-doubt", &body, e);
}

static bool stage_start(struct keeper *k, const struct keys_list *keys, struct err *e)
{
    struct reconcile_findings findings;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    reconcile_find(&findings, k, keys);
    struct list list = {.items = findings.list, .count = findings.count};
    return rules_start_body(&body, record_state(k->record), bytes_text(SEALWARD_VERSION), &list,
                            e) &&
           stage_own(k, "start", &body, e) && reconcile_recorded(k, &findings, e);
}

static bool started_answer(struct keeper *k, struct err *e)
{
    return dispatch_state(k, k->show_peer, k->show_tag, e);
}

static bool keys_listed(struct keeper *k, void *owner, size_t item,
                        const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    (void)item;
    if (!answer->ok) {
        k->phase = KEEPER_WAITING;
        struct err why = answer->err;
        diag_err(DIAG_ERROR, "token-not-readable", &why);
        return answer_refuse(k, k->show_peer, k->show_tag, &why, -1, e);
    }
    if (!doubt_at_start(k, e) || !stage_start(k, &answer->keys, e) || !brake_enter(k, e) ||
        !record_commit(k->record, e) || !brake_entered(k, e))
        return false;
    FAULT_POINT(start_committed);
    k->phase = KEEPER_RUNNING;
    status_want(k->status);
    diag_write(DIAG_INFO, "started", DIAG_INTEGER("entries", record_size(k->record)));
    return started_answer(k, e);
}

bool start_begin(struct keeper *k, uint64_t peer, int64_t tag, struct err *e)
{
    uint64_t number;
    k->phase = KEEPER_STARTING;
    k->show_peer = peer;
    k->show_tag = tag;
    return pool_list(&number, k->pool, TOKEN_SIGNING, clock_monotonic_ms(), e) &&
           jobs_add(&k->jobs, number, NULL, 0, keys_listed, e);
}
