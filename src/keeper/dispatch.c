#include "keeper/dispatch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "keeper/answer.h"
#include "keeper/reconcile.h"
#include "keeper/start.h"
#include "keeper/status.h"

/* Answers that a keeper owes at once, at the most: back-pressure on a daemon that never stops. */
#define ASKS_MAX 16384

bool dispatch_state(struct keeper *k, uint64_t peer, int64_t tag, struct err *e)
{
    struct rules_head head;
    uint8_t digest[32];
    rules_head(&head, record_state(k->record));
    if (!rules_digest(record_state(k->record), digest, e))
        return false;
    struct custody_message m = {
        .type = CUSTODY_STATE_IS,
        .state = {.tag = tag,
                  .size = (int64_t)head.size,
                  .root = BYTES_OF(head.root),
                  .started = k->phase == KEEPER_RUNNING,
                  .authority = head.begun ? BYTES_OF(head.authority) : BYTES_NONE,
                  .digest = BYTES_OF(digest),
                  .rules_version = head.version,
                  .clock_doubt = head.clock_doubted,
                  .checkpoint = record_checkpoint(k->record)}};
    return answer_now(k, peer, &m, e);
}

static bool take_state(struct keeper *k, uint64_t peer, const struct custody_message *m,
                       struct err *e)
{
    /* What is told must be durable. */
    return record_commit(k->record, e) && asks_committed(k, e) &&
           dispatch_state(k, peer, m->bare.tag, e);
}

static bool take_show(struct keeper *k, uint64_t peer, const struct custody_message *m,
                      struct err *e)
{
    struct err why;
    if (!start_gate(k, m->show.note, &why))
        return answer_refuse(k, peer, m->show.tag, &why, -1, e);
    return k->phase == KEEPER_RUNNING ? dispatch_state(k, peer, m->show.tag, e)
                                      : start_begin(k, peer, m->show.tag, e);
}

static bool may_submit(struct bytes type, struct err *why)
{
    enum entry_origin origin;
    if (!rules_entry_origin(&origin, type))
        return err_set(why, ERR_INPUT, "no kind of entry is called \"%.*s\"", BYTES_PRINT(type));
    if (origin == ENTRY_OF_KEEPER)
        return err_refuse(why, "entry.origin", "only the keeper itself writes \"%.*s\" entries",
                          BYTES_PRINT(type));
    return true;
}

static bool may_ask(const struct keeper *k, struct err *why)
{
    if (k->asks < ASKS_MAX)
        return true;
    return err_set(why, ERR_BUSY, "the keeper is answering %d questions already", ASKS_MAX);
}

static bool take_submit(struct keeper *k, uint64_t peer, const struct custody_message *m,
                        struct err *e)
{
    AUTO_VALUE(outcome) out;
    uint64_t index;
    struct err why;
    const struct custody_submit *submit = &m->submit;
    outcome_init(&out);
    if (!may_submit(submit->type, &why) || !may_ask(k, &why))
        return answer_refuse(k, peer, submit->tag, &why, -1, e);
    if (record_stage(k->record, submit->type, submit->body, &out, &index, &why))
        return ask_admit(k, peer, submit->tag, index, &out, e);
    if (record_is_fatal(&why)) {
        *e = why;
        return false;
    }
    return answer_refuse(k, peer, submit->tag, &why, out.repeated_entry, e);
}

static bool again_find(struct keeper *k, const struct custody_sign_again *again,
                       struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    struct entry entry;
    struct rules_head head;
    rules_head(&head, record_state(k->record));
    return record_read(k->record, (uint64_t)again->entry, &text, e) &&
           entry_read(&entry, buf_bytes(&text), &arena, e) &&
           rules_sign_again(record_state(k->record), &entry, again->item,
                            timekeeper_now(record_time(k->record), head.time), out, e);
}

static bool take_again(struct keeper *k, uint64_t peer, const struct custody_message *m,
                       struct err *e)
{
    AUTO_VALUE(outcome) out;
    struct err why;
    outcome_init(&out);
    /* No signature may be made for an entry that is staged only. */
    if (!record_commit(k->record, e) || !asks_committed(k, e))
        return false;
    if (!may_ask(k, &why) || !again_find(k, &m->sign_again, &out, &why))
        return answer_refuse(k, peer, m->sign_again.tag, &why, -1, e);
    return ask_again(k, peer, m->sign_again.tag, &out, e);
}

void entries_page_done(struct entries_page *page)
{
    free(page->list.items);
    buf_done(&page->text);
}

bool entries_page_make(struct entries_page *ret, struct keeper *k, int64_t from, int64_t max_bytes,
                       struct err *e)
{
    struct bytes *items = calloc(CUSTODY_ENTRIES_COUNT_MAX, sizeof *items);
    size_t count = 0;
    size_t limit =
        max_bytes > CUSTODY_ENTRIES_BYTES_MAX ? CUSTODY_ENTRIES_BYTES_MAX : (size_t)max_bytes;
    struct entries_page page = {.list = {.items = items},
                                .text = BUF(CUSTODY_ENTRIES_BYTES_MAX + LIMIT_ENTRY)};
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for entries");
    for (uint64_t i = (uint64_t)from; i < record_size(k->record); i++) {
        size_t before = page.text.size;
        if (count == CUSTODY_ENTRIES_COUNT_MAX || (count > 0 && before >= limit))
            break;
        if (!record_read(k->record, i, &page.text, e)) {
            entries_page_done(&page);
            return false;
        }
        items[count++].size = page.text.size - before;
    }
    /* The buffer may have moved while it grew: the views are made when it is whole. */
    const uint8_t *at = page.text.data;
    for (size_t i = 0; i < count; i++) {
        items[i].data = at;
        at += items[i].size;
    }
    page.list.count = count;
    *ret = page;
    return true;
}

static bool take_entries(struct keeper *k, uint64_t peer, const struct custody_message *m,
                         struct err *e)
{
    struct entries_page page;
    struct err why;
    if (!entries_page_make(&page, k, m->entries.from, m->entries.max_bytes, &why))
        return answer_refuse(k, peer, m->entries.tag, &why, -1, e);
    struct custody_message answer = {
        .type = CUSTODY_ENTRIES_ARE,
        .entries_are = {.tag = m->entries.tag, .from = m->entries.from, .entries = page.list}};
    bool ok = answer_now(k, peer, &answer, e);
    entries_page_done(&page);
    return ok;
}

static bool take_checkpoint(struct keeper *k, uint64_t peer, const struct custody_message *m,
                            struct err *e)
{
    struct custody_message answer = {
        .type = CUSTODY_CHECKPOINT_IS,
        .note = {.tag = m->bare.tag, .note = record_checkpoint(k->record)}};
    return answer_now(k, peer, &answer, e);
}

static bool take_status(struct keeper *k, uint64_t peer, const struct custody_message *m,
                        struct err *e)
{
    return status_answer(k, peer, m->bare.tag, e);
}

static bool take_reconcile(struct keeper *k, uint64_t peer, const struct custody_message *m,
                           struct err *e)
{
    return reconcile_ask(k, peer, m->bare.tag, e);
}

enum {
    WAITING = 1 << KEEPER_WAITING,
    STARTING = 1 << KEEPER_STARTING,
    RUNNING = 1 << KEEPER_RUNNING
};
enum { ALWAYS = WAITING | STARTING | RUNNING };

static const struct dispatch_row {
    enum custody_type type;
    int phases;
    bool (*take)(struct keeper *k, uint64_t peer, const struct custody_message *m, struct err *e);
} rows[] = {
    {CUSTODY_STATE, ALWAYS, take_state},     {CUSTODY_SHOW, WAITING | RUNNING, take_show},
    {CUSTODY_SUBMIT, RUNNING, take_submit},  {CUSTODY_SIGN_AGAIN, RUNNING, take_again},
    {CUSTODY_ENTRIES, ALWAYS, take_entries}, {CUSTODY_CHECKPOINT, ALWAYS, take_checkpoint},
    {CUSTODY_STATUS, ALWAYS, take_status},   {CUSTODY_RECONCILE, RUNNING, take_reconcile},
};

static const struct dispatch_row *row_find(enum custody_type type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

bool dispatch_take(struct keeper *k, struct peer *peer, const struct frame *frame, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    struct err why;
    /* A frame that cannot be read has no tag to answer to. */
    if (!custody_read(&m, frame->type, CUSTODY_DAEMON, frame->payload, &arena, &why))
        return answer_refuse(k, peer->number, 0, &why, -1, e);
    const struct dispatch_row *row = row_find(m.type);
    if (row != NULL && (row->phases & 1 << k->phase) != 0)
        return row->take(k, peer->number, &m, e);
    (void)err_set(&why, ERR_STATE, "the keeper has not started: it can only withhold");
    (void)err_hint(&why, "show it the newest published checkpoint");
    return answer_refuse(k, peer->number, m.bare.tag, &why, -1, e);
}
