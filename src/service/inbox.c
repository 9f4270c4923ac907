#include "service/inbox.h"

#include <string.h>

#include "base/limits.h"

bool inbox_init(struct inbox *in, struct err *e)
{
    letter_init(&in->letter);
    in->bell = BELL_NONE;
    (void)pthread_mutex_init(&in->lock, NULL);
    return bell_init(&in->bell, e);
}

void inbox_done(struct inbox *in)
{
    if (in == NULL)
        return;
    letter_done(&in->letter);
    bell_done(&in->bell);
    (void)pthread_mutex_destroy(&in->lock);
}

void letter_init(struct letter *l)
{
    *l = (struct letter){.note = BUF(LIMIT_NOTE),
                         .page = BUF(CUSTODY_PAYLOAD_MAX),
                         .signatures = BUF(4 * CUSTODY_PAYLOAD_MAX)};
}

void letter_done(struct letter *l)
{
    if (l == NULL)
        return;
    buf_done(&l->note);
    buf_done(&l->page);
    buf_done(&l->signatures);
}

static void inbox_begin(struct inbox *in)
{
    (void)pthread_mutex_lock(&in->lock);
}

static void inbox_end(struct inbox *in)
{
    (void)pthread_mutex_unlock(&in->lock);
    bell_ring(&in->bell);
}

/* What an earlier connection answered says nothing about the next. */
static void answers_forget(struct letter *l)
{
    l->failed = false;
    l->stated = false;
    l->paged = false;
    l->status_told = false;
}

void inbox_came(void *inbox)
{
    struct inbox *in = inbox;
    inbox_begin(in);
    answers_forget(&in->letter);
    in->letter.came = true;
    in->letter.went = false;
    inbox_end(in);
}

void inbox_went(void *inbox, const struct err *why)
{
    struct inbox *in = inbox;
    inbox_begin(in);
    answers_forget(&in->letter);
    in->letter.came = false;
    in->letter.went = true;
    in->letter.why = *why;
    inbox_end(in);
}

/* Holding the lock. */
static void note_keep(struct letter *l, struct bytes note)
{
    if (note.data == NULL)
        return;
    buf_reset(&l->note);
    buf_put(&l->note, note);
    l->pushed = !l->note.failed;
}

void inbox_checkpoint(void *inbox, struct bytes note)
{
    struct inbox *in = inbox;
    inbox_begin(in);
    note_keep(&in->letter, note);
    inbox_end(in);
}

/* Holding the lock. What does not fit is told again when the follower asks. */
static void signatures_keep(struct letter *l, int64_t index, const struct list *signatures)
{
    const struct custody_publication *list = signatures->items;
    for (size_t i = 0; i < signatures->count; i++) {
        buf_put_u64(&l->signatures, (uint64_t)index);
        buf_put_u32(&l->signatures, (uint32_t)list[i].path.size);
        buf_put(&l->signatures, list[i].path);
        buf_put_u32(&l->signatures, (uint32_t)list[i].signature.size);
        buf_put(&l->signatures, list[i].signature);
    }
}

void inbox_status(void *inbox, const struct custody_push_status *status)
{
    struct inbox *in = inbox;
    inbox_begin(in);
    signatures_keep(&in->letter, status->index, &status->signatures);
    if (status->index >= in->letter.expected)
        in->letter.expected = status->index + 1;
    inbox_end(in);
}

static void status_keep(struct letter *l, const struct custody_status *status)
{
    l->status_told = true;
    l->status = status->index;
    signatures_keep(l, status->index, &status->signatures);
}

static void hash_keep(struct bytes *hash, uint8_t place[32])
{
    if (hash->data == NULL)
        return;
    memcpy(place, hash->data, 32);
    hash->data = place;
}

static void state_keep(struct letter *l, const struct custody_state *state)
{
    l->stated = true;
    l->state = *state;
    hash_keep(&l->state.root, l->state_bytes[0]);
    hash_keep(&l->state.authority, l->state_bytes[1]);
    hash_keep(&l->state.digest, l->state_bytes[2]);
    l->state.checkpoint = BYTES_NONE;
    note_keep(l, state->checkpoint);
}

static void page_keep(struct letter *l, const struct custody_entries_are *page)
{
    const struct bytes *entries = page->entries.items;
    buf_reset(&l->page);
    for (size_t i = 0; i < page->entries.count; i++) {
        buf_put_u32(&l->page, (uint32_t)entries[i].size);
        buf_put(&l->page, entries[i]);
    }
    l->from = page->from;
    l->count = page->entries.count;
    l->paged = buf_ok(&l->page, "a page of entries", &l->why);
    l->failed = !l->paged;
}

void inbox_answered(void *context, const struct link_answer *answer)
{
    struct inbox *in = context;
    const struct custody_message *m = answer->message;
    inbox_begin(in);
    if (m != NULL && m->type == CUSTODY_STATE_IS)
        state_keep(&in->letter, &m->state);
    if (m != NULL && m->type == CUSTODY_ENTRIES_ARE)
        page_keep(&in->letter, &m->entries_are);
    if (m != NULL && m->type == CUSTODY_STATUS_IS)
        status_keep(&in->letter, &m->status);
    if (m == NULL) {
        in->letter.failed = true;
        in->letter.why = answer->err;
    }
    inbox_end(in);
}

void inbox_expect(struct inbox *in, int64_t size)
{
    inbox_begin(in);
    if (size > in->letter.expected)
        in->letter.expected = size;
    inbox_end(in);
}

/* The bytes have moved with the letter. */
static void hash_move(struct bytes *hash, const uint8_t place[32])
{
    if (hash->data != NULL)
        hash->data = place;
}

void inbox_take(struct inbox *in, struct letter *ret)
{
    struct letter empty;
    inbox_begin(in);
    letter_done(ret);
    *ret = in->letter;
    letter_init(&empty);
    in->letter = empty;
    (void)pthread_mutex_unlock(&in->lock);
    hash_move(&ret->state.root, ret->state_bytes[0]);
    hash_move(&ret->state.authority, ret->state_bytes[1]);
    hash_move(&ret->state.digest, ret->state_bytes[2]);
}
