#include "service/intake.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "proof/tree.h"
#include "service/inbox.h"
#include "service/link.h"
#include "service/unrecorded.h"
#include "service/waiters.h"
#include "wire/custody.h"
#include "wire/rows.h"

struct intake {
    struct intake_parts parts;
    atomic_bool closed;
    atomic_size_t open;
};

/* One ask, from being taken to its answer. */
struct ask {
    struct intake *intake;
    intake_done *done;
    void *context;
    int64_t since_us;
    bool shown; /* the answer waits until reads show the entry */
    char actor[LIMIT_ID + 1];
    struct intake_answer answer;
};

bool intake_new(struct intake **ret, const struct intake_parts *parts, struct err *e)
{
    struct intake *in = calloc(1, sizeof *in);
    if (in == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the intake");
    in->parts = *parts;
    *ret = in;
    return true;
}

void intake_free(struct intake *in)
{
    free(in);
}

void intake_close(struct intake *in)
{
    atomic_store(&in->closed, true);
}

size_t intake_open(struct intake *in)
{
    return atomic_load(&in->open);
}

static void ask_free(struct ask *ask)
{
    if (ask == NULL)
        return;
    buf_done(&ask->answer.body);
    free(ask);
}
AUTO_FREE(ask)

static bool ask_new(struct ask **ret, struct intake *in, intake_done *done, void *context,
                    struct err *e)
{
    if (atomic_load(&in->closed))
        return err_set(e, ERR_STATE, "the daemon is shutting down");
    struct ask *ask = calloc(1, sizeof *ask);
    if (ask == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an ask");
    ask->intake = in;
    ask->done = done;
    ask->context = context;
    ask->since_us = clock_monotonic_us();
    ask->answer.entry = -1;
    ask->answer.body = BUF(CUSTODY_PAYLOAD_MAX);
    *ret = ask;
    return true;
}

/* Gives the answer and ends the ask. */
static void ask_finish(void *context)
{
    AUTO(ask) ask = context;
    struct intake *in = ask->intake;
    metrics_answered(in->parts.metrics, clock_monotonic_us() - ask->since_us);
    ask->done(ask->context, &ask->answer);
    atomic_fetch_sub(&in->open, 1);
}

/* Puts the question to the keeper; takes the ask over if that works. */
static bool ask_put(struct ask **owned, struct custody_message *m, link_done *answered,
                    struct err *e)
{
    struct intake *in = (*owned)->intake;
    atomic_fetch_add(&in->open, 1);
    if (!link_ask(in->parts.link, m, answered, *owned, e)) {
        atomic_fetch_sub(&in->open, 1);
        return false;
    }
    metrics_add(in->parts.metrics, METRIC_SUBMITTED, 1);
    *owned = NULL;
    return true;
}

static void ask_refuse(struct ask *ask, const struct link_answer *answer)
{
    struct intake *in = ask->intake;
    ask->answer.err = answer->err;
    ask->answer.entry = answer->entry;
    metrics_add(in->parts.metrics, answer->refused ? METRIC_REFUSED : METRIC_FAILED, 1);
    if (answer->refused && (answer->err.code == ERR_REFUSED || answer->err.code == ERR_AUTH)) {
        unrecorded_refuse(in->parts.unrecorded, bytes_text(ask->actor), &answer->err);
        bell_ring(&in->parts.inbox->bell);
    }
    ask_finish(ask);
}

/* --- Entries ---------------------------------------------------------------------------------- */

struct submission {
    struct bytes type;
    struct bytes body;
};

FIELDS(submission_fields, "submission", struct submission, ROW_TEXT(struct submission, type, 1, 64),
       ROW_RAW(struct submission, body, CUSTODY_ENTRY_MAX));

FIELDS(admitted_result_fields, "result", struct custody_result,
       ROW_INTEGER(struct custody_result, item, 0, CUSTODY_ITEMS_MAX - 1),
       ROW_BYTES(struct custody_result, signature, 1, CUSTODY_SIGNATURE_MAX),
       ROW_MAYBE_BYTES(struct custody_result, extra, 1, CUSTODY_EXTRA_MAX));

FIELDS(intake_admitted_fields, "admitted entry", struct intake_admitted,
       ROW_INTEGER(struct intake_admitted, index, 0, JSON_INTEGER_MAX),
       ROW_BYTES(struct intake_admitted, entry, 1, CUSTODY_ENTRY_MAX),
       ROW_BYTES(struct intake_admitted, leaf, TREE_HASH, TREE_HASH),
       ROW_LIST_OF_OBJECTS(struct intake_admitted, results, CUSTODY_ITEMS_MAX,
                           &admitted_result_fields));

static void admitted_write(struct ask *ask, const struct custody_admitted *m)
{
    uint8_t leaf[TREE_HASH];
    tree_leaf_hash(leaf, m->entry);
    struct intake_admitted admitted = {
        .index = m->index, .entry = m->entry, .leaf = BYTES_OF(leaf), .results = m->results};
    fields_write(&ask->answer.body, &intake_admitted_fields, &admitted);
    ask->answer.ok = buf_ok(&ask->answer.body, "an admitted entry", &ask->answer.err);
}

static void submission_answered(void *context, const struct link_answer *answer)
{
    struct ask *ask = context;
    struct intake *in = ask->intake;
    struct err unwaited;
    if (answer->message == NULL) {
        ask_refuse(ask, answer);
        return;
    }
    const struct custody_admitted *m = &answer->message->admitted;
    metrics_add(in->parts.metrics, METRIC_ADMITTED, 1);
    metrics_add(in->parts.metrics, METRIC_SIGNATURES, (int64_t)m->results.count);
    admitted_write(ask, m);
    inbox_expect(in->parts.inbox, m->index + 1);
    struct wait wait = {.kind = WAIT_APPLIED,
                        .index = m->index,
                        .deadline_ms = clock_monotonic_ms() + INTAKE_SHOW_MS,
                        .wake = ask_finish,
                        .context = ask};
    if (!ask->shown || !waiters_add(in->parts.waiters, &wait, &unwaited))
        ask_finish(ask);
}

/* Who signs the statement, for the list of refusals; nobody has checked it. */
static void actor_find(struct ask *ask, struct bytes body)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct json *tree;
    struct err unread;
    if (!json_parse(&tree, body, &arena, &unread))
        return;
    const struct json *statement = json_member(tree, "statement");
    const struct json *actor = statement == NULL ? NULL : json_member(statement, "actor");
    if (actor == NULL || actor->type != JSON_STRING || actor->text.size > LIMIT_ID ||
        !text_is_plain(actor->text))
        return;
    if (actor->text.size > 0)
        memcpy(ask->actor, actor->text.data, actor->text.size);
}

bool intake_submit(struct intake *in, struct bytes text, intake_done *done, void *context,
                   struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    AUTO(ask) ask = NULL;
    struct submission submission;
    if (text.size > CUSTODY_ENTRY_MAX + 128)
        return err_set(e, ERR_LIMIT, "a submission of %zu bytes makes no entry of at most %d",
                       text.size, CUSTODY_ENTRY_MAX);
    if (!fields_read(&submission, &submission_fields, text, &arena, e) ||
        !ask_new(&ask, in, done, context, e))
        return false;
    ask->shown = !bytes_is(submission.type, "request") && !bytes_is(submission.type, "timestamp");
    if (ask->shown)
        actor_find(ask, submission.body);
    struct custody_message m = {.type = CUSTODY_SUBMIT,
                                .submit = {.type = submission.type, .body = submission.body}};
    return ask_put(&ask, &m, submission_answered, e);
}

/* --- Again ------------------------------------------------------------------------------------ */

struct repeat {
    int64_t entry;
    int64_t item;
};

FIELDS(repeat_fields, "ask for a signature again", struct repeat,
       ROW_INTEGER(struct repeat, entry, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct repeat, item, 0, CUSTODY_ITEMS_MAX - 1));

FIELDS(again_fields, "signature", struct custody_again,
       ROW_BYTES(struct custody_again, signature, 1, CUSTODY_SIGNATURE_MAX),
       ROW_MAYBE_BYTES(struct custody_again, extra, 1, CUSTODY_EXTRA_MAX));

static void again_answered(void *context, const struct link_answer *answer)
{
    struct ask *ask = context;
    if (answer->message == NULL) {
        ask_refuse(ask, answer);
        return;
    }
    metrics_add(ask->intake->parts.metrics, METRIC_SIGNATURES, 1);
    fields_write(&ask->answer.body, &again_fields, &answer->message->again);
    ask->answer.ok = buf_ok(&ask->answer.body, "a signature", &ask->answer.err);
    ask_finish(ask);
}

bool intake_again(struct intake *in, struct bytes text, intake_done *done, void *context,
                  struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4096);
    AUTO(ask) ask = NULL;
    struct repeat repeat;
    if (!fields_read(&repeat, &repeat_fields, text, &arena, e) ||
        !ask_new(&ask, in, done, context, e))
        return false;
    struct custody_message m = {.type = CUSTODY_SIGN_AGAIN,
                                .sign_again = {.entry = repeat.entry, .item = repeat.item}};
    return ask_put(&ask, &m, again_answered, e);
}

/* --- Tokens ----------------------------------------------------------------------------------- */

FIELDS(intake_finding_fields, "finding", struct custody_finding,
       ROW_TEXT(struct custody_finding, kind, 1, 64), ROW_BYTES(struct custody_finding, id, 1, 64),
       ROW_TEXT(struct custody_finding, note, 0, 512));

FIELDS(intake_reconciled_fields, "comparison of tokens and record", struct custody_reconciled,
       ROW_MAYBE_INTEGER(struct custody_reconciled, index, 0, JSON_INTEGER_MAX),
       ROW_LIST_OF_OBJECTS(struct custody_reconciled, findings, CUSTODY_FINDINGS_MAX,
                           &intake_finding_fields));

static void reconcile_answered(void *context, const struct link_answer *answer)
{
    struct ask *ask = context;
    if (answer->message == NULL) {
        ask_refuse(ask, answer);
        return;
    }
    fields_write(&ask->answer.body, &intake_reconciled_fields, &answer->message->reconciled);
    ask->answer.ok = buf_ok(&ask->answer.body, "a comparison", &ask->answer.err);
    ask_finish(ask);
}

bool intake_reconcile(struct intake *in, intake_done *done, void *context, struct err *e)
{
    AUTO(ask) ask = NULL;
    struct custody_message m = {.type = CUSTODY_RECONCILE};
    return ask_new(&ask, in, done, context, e) && ask_put(&ask, &m, reconcile_answered, e);
}
