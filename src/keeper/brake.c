#include "keeper/brake.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "keeper/answer.h"
#include "keeper/dispatch.h"
#include "keeper/peers.h"
#include "keeper/seal.h"
#include "rules/view.h"

/* Bytes of the file: some fifty statements of the usual size. */
#define WITHHELD_MAX (1u << 20)

struct brake {
    char path[4096];
    struct buf withheld;         /* lines of canonical JSON, each a reduction */
    struct rules_state *preview; /* the state with them applied; NULL while there are none */
};

void brake_free(struct brake *b)
{
    if (b == NULL)
        return;
    buf_done(&b->withheld);
    rules_state_free(b->preview);
    free(b);
}

bool brake_open(struct brake **ret, const char *folder, struct err *e)
{
    AUTO(brake) b = calloc(1, sizeof *b);
    if (b == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the second socket");
    b->withheld = BUF(WITHHELD_MAX);
    int n = snprintf(b->path, sizeof b->path, "%s/withheld", folder);
    if (n < 0 || (size_t)n >= sizeof b->path)
        return err_set(e, ERR_LIMIT, "path \"%s\" is too long", folder);
    bool there;
    if (!file_exists(&there, b->path, e) ||
        (there && !file_read(&b->withheld, b->path, FILE_REGULAR, e)))
        return false;
    *ret = TAKE(b);
    return true;
}

static bool answer_officer(struct peer *peer, const struct brake_message *m, struct err *e)
{
    AUTO_VALUE(buf) payload = BUF(CUSTODY_PAYLOAD_MAX);
    if (!brake_write(&payload, m, e))
        return false;
    frame_put(&peer->out, (uint8_t)m->type, buf_bytes(&payload));
    if (peer->out.failed)
        peer_close(peer);
    return true;
}

static bool refuse_officer(struct peer *peer, struct err *why, struct err *e)
{
    struct brake_message m;
    brake_refuse(&m, why);
    return answer_officer(peer, &m, e);
}

/* The start will doubt the clock after a long silence, and go on from the last entry's time: what
 * only holds by the doubted clock would be refused then, when the officer has gone. */
static bool preview_time(int64_t *ret, const struct keeper *k, int64_t last, struct err *e)
{
    int64_t silence;
    struct rules_head head;
    rules_head(&head, record_state(k->record));
    if (!rules_silence(&silence, record_state(k->record), e))
        return false;
    bool doubt = !head.clock_doubted && timekeeper_look_at_start(head.time, silence) != CLOCK_GOOD;
    *ret = doubt ? last : timekeeper_now(record_time(k->record), last);
    return true;
}

/* Judges a reduction against the state as it will be when those before it are entered. */
static bool preview_apply(struct keeper *k, const struct brake_reduce *reduce, struct err *e)
{
    struct brake *b = k->brake;
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    AUTO_VALUE(outcome) out;
    struct rules_head head;
    struct entry entry;
    outcome_init(&out);
    if (b->preview == NULL && !rules_copy(&b->preview, record_state(k->record), e))
        return false;
    rules_head(&head, b->preview);
    int64_t time;
    if (!preview_time(&time, k, head.time, e))
        return false;
    entry_write(&text, (int64_t)head.size, time, reduce->type, reduce->body);
    return buf_ok(&text, "entry", e) && entry_read(&entry, buf_bytes(&text), &arena, e) &&
           rules_apply(b->preview, &entry, RULES_JUDGE, &out, e);
}

static bool line_add(struct buf *withheld, const struct brake_reduce *reduce, struct err *e)
{
    struct brake_message line = {.type = BRAKE_REDUCE, .reduce = *reduce};
    if (!brake_write(withheld, &line, e))
        return false;
    buf_put_u8(withheld, '\n');
    return buf_ok(withheld, "withheld statements", e);
}

static bool withhold(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                     struct err *e)
{
    struct err why;
    struct brake *b = k->brake;
    size_t before = b->withheld.size;
    if (!preview_apply(k, &asked->reduce, &why)) {
        if (!record_is_fatal(&why))
            return refuse_officer(peer, &why, e);
        *e = why;
        return false;
    }
    if (!line_add(&b->withheld, &asked->reduce, &why)) {
        b->withheld.size = before;
        b->withheld.failed = false;
        return refuse_officer(peer, &why, e);
    }
    FAULT_POINT(brake_before_withheld);
    if (!file_replace(b->path, buf_bytes(&b->withheld), 0600, e))
        return false;
    FAULT_POINT(brake_withheld);
    diag_write(DIAG_WARNING, "withheld",
               (struct diag_field){.key = "type", .text = asked->reduce.type});
    struct brake_message m = {.type = BRAKE_REDUCED,
                              .reduced = {.outcome = BRAKE_WITHHELD, .index = -1}};
    return answer_officer(peer, &m, e);
}

static bool enter_now(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                      struct err *e)
{
    AUTO_VALUE(outcome) out;
    uint64_t index;
    struct err why;
    uint64_t number = peer->number;
    outcome_init(&out);
    if (!record_stage(k->record, asked->reduce.type, asked->reduce.body, &out, &index, &why)) {
        if (record_is_fatal(&why)) {
            *e = why;
            return false;
        }
        return refuse_officer(peer, &why, e);
    }
    if (!record_commit(k->record, e) || !asks_committed(k, e))
        return false;
    peer = peer_find(k, number);
    struct brake_message m = {.type = BRAKE_REDUCED,
                              .reduced = {.outcome = BRAKE_ENTERED, .index = (int64_t)index}};
    return peer == NULL || answer_officer(peer, &m, e);
}

static bool take_reduce(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                        struct err *e)
{
    enum entry_origin origin;
    struct err why;
    if (!rules_entry_origin(&origin, asked->reduce.type) || origin != ENTRY_REDUCING) {
        (void)err_refuse(&why, "brake.reducing", "this socket takes only what reduces trust");
        (void)err_hint(&why, "send it to the daemon");
        return refuse_officer(peer, &why, e);
    }
    return k->phase == KEEPER_RUNNING ? enter_now(k, peer, asked, e) : withhold(k, peer, asked, e);
}

static bool take_checkpoint(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                            struct err *e)
{
    (void)asked;
    struct brake_message m = {.type = BRAKE_CHECKPOINT_IS,
                              .note = {.note = record_checkpoint(k->record)}};
    return answer_officer(peer, &m, e);
}

static bool take_entries(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                         struct err *e)
{
    struct entries_page page;
    struct err why;
    if (!entries_page_make(&page, k, asked->entries.from, asked->entries.max_bytes, &why))
        return refuse_officer(peer, &why, e);
    struct brake_message m = {.type = BRAKE_ENTRIES_ARE,
                              .entries_are = {.from = asked->entries.from, .entries = page.list}};
    bool ok = answer_officer(peer, &m, e);
    entries_page_done(&page);
    return ok;
}

/* What can be suspended, retired or expelled; else what can only be revoked. */
static bool subject_find(struct buf *ret, const struct rules_state *s,
                         const struct brake_subject *asked, struct err *e)
{
    return view_suspendable(ret, s, asked->kind, asked->id, e) ||
           (e->code == ERR_NOT_FOUND && view_revocable(ret, s, asked->kind, asked->id, e));
}

static bool take_subject(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                         struct err *e)
{
    struct err why;
    AUTO_VALUE(buf) json = BUF(LIMIT_RECORD);
    if (!subject_find(&json, record_state(k->record), &asked->subject, &why))
        return refuse_officer(peer, &why, e);
    struct brake_message m = {.type = BRAKE_SUBJECT_IS, .subject_is = {.json = buf_bytes(&json)}};
    return answer_officer(peer, &m, e);
}

static const struct {
    enum brake_type type;
    bool (*take)(struct keeper *k, struct peer *peer, const struct brake_message *asked,
                 struct err *e);
} rows[] = {
    {BRAKE_REDUCE, take_reduce},
    {BRAKE_CHECKPOINT, take_checkpoint},
    {BRAKE_ENTRIES, take_entries},
    {BRAKE_SUBJECT, take_subject},
};

bool brake_take(struct keeper *k, struct peer *peer, const struct frame *frame, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(CUSTODY_ARENA_MAX);
    struct brake_message asked;
    struct err why;
    if (!brake_read(&asked, frame->type, BRAKE_OFFICER, frame->payload, &arena, &why))
        return refuse_officer(peer, &why, e);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == asked.type)
            return rows[i].take(k, peer, &asked, e);
    (void)err_set(&why, ERR_INPUT, "the second socket has no such question");
    return refuse_officer(peer, &why, e);
}

static bool enter_line(struct keeper *k, struct bytes line, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(CUSTODY_ARENA_MAX);
    AUTO_VALUE(outcome) out;
    struct brake_message kept;
    uint64_t index;
    outcome_init(&out);
    if (!brake_read(&kept, BRAKE_REDUCE, BRAKE_OFFICER, line, &arena, e))
        return err_wrap(e, "%s", k->brake->path);
    struct err why;
    if (record_stage(k->record, kept.reduce.type, kept.reduce.body, &out, &index, &why))
        return true;
    if (record_is_fatal(&why)) {
        *e = why;
        return false;
    }
    diag_err(DIAG_WARNING, "withheld-refused", &why);
    return true;
}

bool brake_enter(struct keeper *k, struct err *e)
{
    struct bytes rest = buf_bytes(&k->brake->withheld);
    while (rest.size > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
        if (!enter_line(k, bytes_make(rest.data, size), e))
            return false;
        size_t used = end == NULL ? size : size + 1;
        rest = bytes_make(rest.data + used, rest.size - used);
    }
    return true;
}

bool brake_entered(struct keeper *k, struct err *e)
{
    struct brake *b = k->brake;
    rules_state_free(b->preview);
    b->preview = NULL;
    if (b->withheld.size == 0)
        return true;
    buf_reset(&b->withheld);
    FAULT_POINT(brake_before_emptied);
    return file_replace(b->path, BYTES_NONE, 0600, e);
}
