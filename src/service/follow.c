#include "service/follow.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/reader.h"

/* Bytes of entries asked for at a time, and the pause before what failed is tried again. */
enum { PAGE_BYTES = 512 << 10, RETRY_MS = 1000 };

/* What stands in the way, each with its own end. */
enum trouble { TROUBLE_KEEPER, TROUBLE_INDEX, TROUBLE_PUBLIC, TROUBLE_COUNT };

enum asked { ASKED_NOTHING, ASKED_STATE, ASKED_SHOW, ASKED_PAGE };

struct follow {
    struct follow_parts parts;
    pthread_t thread;
    bool started;

    /* The thread's own. */
    struct letter letter;
    bool connected;
    bool greeted; /* the keeper is the one we know, and its start is complete */
    enum asked asked;
    int64_t from;                    /* of ASKED_PAGE */
    int64_t expected;                /* entries that the keeper is known to have */
    int64_t retry_ms[TROUBLE_COUNT]; /* not tried again before */
    int64_t promise_size;            /* what the state must be at so many entries; -1: any */
    uint8_t promise_root[32];
    uint8_t promise_digest[32];
    struct buf note; /* the newest checkpoint, until it is offered */
    bool noted;
    bool authority_written;
    struct buf page; /* whose entries are applied and not yet in the index */
    struct entry *entries;
    size_t count;
    size_t capacity;

    pthread_mutex_t lock; /* over the following */
    bool stopping;
    bool stopped; /* for good, because of a difference */
    bool signing;
    struct err trouble[TROUBLE_COUNT]; /* ERR_NONE: nothing */
};

bool follow_new(struct follow **ret, const struct follow_parts *parts, struct err *e)
{
    struct follow *f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the follower");
    f->parts = *parts;
    f->note = BUF(LIMIT_NOTE);
    f->page = BUF(CUSTODY_PAYLOAD_MAX);
    letter_init(&f->letter);
    (void)pthread_mutex_init(&f->lock, NULL);
    f->promise_size = -1;
    (void)err_set(&f->trouble[TROUBLE_KEEPER], ERR_STATE, "the keeper has not been reached yet");
    *ret = f;
    return true;
}

void follow_free(struct follow *f)
{
    if (f == NULL)
        return;
    follow_stop(f);
    letter_done(&f->letter);
    buf_done(&f->note);
    buf_done(&f->page);
    (void)pthread_mutex_destroy(&f->lock);
    free(f->entries);
    free(f);
}

/* --- What others see -------------------------------------------------------------------------- */

/* What stands in the way of a daemon that has not stopped; holding the lock. */
static bool trouble_none(const struct follow *f, struct err *e)
{
    for (size_t i = 0; i < TROUBLE_COUNT && !f->stopped; i++)
        if (f->trouble[i].code != ERR_NONE) {
            *e = f->trouble[i];
            return false;
        }
    return true;
}

bool follow_healthy(struct follow *f, struct err *e)
{
    (void)pthread_mutex_lock(&f->lock);
    bool ok = trouble_none(f, e);
    bool signing = f->signing;
    (void)pthread_mutex_unlock(&f->lock);
    ok = ok && replica_ready(f->parts.replica, e) &&
         (signing || err_set(e, ERR_STATE, "the keeper is not there"));
    if (!ok)
        e->code = ERR_STATE;
    metrics_set(f->parts.metrics, METRIC_HEALTHY, ok);
    return ok;
}

bool follow_signing(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    bool signing = f->signing;
    (void)pthread_mutex_unlock(&f->lock);
    return signing;
}

static void signing_set(struct follow *f, bool signing)
{
    (void)pthread_mutex_lock(&f->lock);
    f->signing = signing;
    (void)pthread_mutex_unlock(&f->lock);
}

/* Said once for each new trouble. */
static void trouble_set(struct follow *f, enum trouble which, const char *event,
                        const struct err *why)
{
    struct err *known = &f->trouble[which];
    (void)pthread_mutex_lock(&f->lock);
    bool said = known->code != ERR_NONE && strcmp(known->message, why->message) == 0;
    *known = *why;
    (void)pthread_mutex_unlock(&f->lock);
    if (!said)
        diag_err(DIAG_WARNING, event, why);
    f->retry_ms[which] = clock_monotonic_ms() + RETRY_MS;
}

static void trouble_clear(struct follow *f, enum trouble which)
{
    (void)pthread_mutex_lock(&f->lock);
    f->trouble[which].code = ERR_NONE;
    (void)pthread_mutex_unlock(&f->lock);
    f->retry_ms[which] = 0;
}

static bool trouble_rests(const struct follow *f, enum trouble which)
{
    return clock_monotonic_ms() < f->retry_ms[which];
}

static bool is_stopped(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    bool stopped = f->stopped;
    (void)pthread_mutex_unlock(&f->lock);
    return stopped;
}

/* This copy and the keeper differ: nobody must be told anything any more. */
static void follow_differ(struct follow *f, const struct err *why)
{
    diag_err(DIAG_ERROR, "differs-from-keeper", why);
    replica_stop(f->parts.replica, why);
    (void)pthread_mutex_lock(&f->lock);
    f->stopped = true;
    f->signing = false;
    (void)pthread_mutex_unlock(&f->lock);
    f->greeted = false;
}

/* --- Asking ----------------------------------------------------------------------------------- */

static void follow_ask(struct follow *f, enum asked what, struct custody_message *question)
{
    struct err e;
    if (link_ask(f->parts.link, question, inbox_answered, f->parts.inbox, &e)) {
        f->asked = what;
        return;
    }
    f->retry_ms[TROUBLE_KEEPER] = clock_monotonic_ms() + RETRY_MS;
}

static void state_ask(struct follow *f)
{
    struct custody_message m = {.type = CUSTODY_STATE};
    follow_ask(f, ASKED_STATE, &m);
}

/* The keeper waits for the newest published checkpoint. */
static void checkpoint_show(struct follow *f)
{
    AUTO_VALUE(buf) note = BUF(CUSTODY_NOTE_MAX);
    struct custody_message m = {.type = CUSTODY_SHOW, .show = {.first = f->parts.first}};
    struct err e;
    if (!publish_newest(f->parts.publish, &note, &e)) {
        trouble_set(f, TROUBLE_PUBLIC, "checkpoint-unreadable", &e);
        return;
    }
    if (note.size == 0 && !f->parts.first) {
        (void)err_set(&e, ERR_STATE,
                      "the keeper waits for the newest published checkpoint, and the "
                      "public files have none");
        (void)err_hint(&e, "restore log/checkpoint from any copy of the public files; give --first "
                           "only if none was ever published");
        trouble_set(f, TROUBLE_KEEPER, "no-checkpoint", &e);
        link_drop(f->parts.link);
        return;
    }
    if (note.size > 0)
        m.show = (struct custody_show){.note = buf_bytes(&note), .first = false};
    follow_ask(f, ASKED_SHOW, &m);
}

static void page_ask(struct follow *f)
{
    int64_t size = replica_size(f->parts.replica);
    struct custody_message m = {.type = CUSTODY_ENTRIES,
                                .entries = {.from = size, .max_bytes = PAGE_BYTES}};
    f->from = size;
    follow_ask(f, ASKED_PAGE, &m);
}

/* --- Greeting --------------------------------------------------------------------------------- */

static bool promise_keep(struct follow *f, struct err *e)
{
    struct replica *r = f->parts.replica;
    if (replica_size(r) != f->promise_size)
        return true;
    f->promise_size = -1;
    return replica_compare(r, f->promise_root, f->promise_digest, e);
}

static bool keeper_check(struct follow *f, const struct custody_state *state, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(8192);
    struct rules_head head;
    int64_t size = replica_size(f->parts.replica);
    if (!replica_head(&head, f->parts.replica, &arena, e))
        return false;
    if (head.begun && !bytes_equal(state->authority, BYTES_OF(head.authority)))
        return err_set(e, ERR_DAMAGED, "this is the keeper of another authority");
    if (state->size < size)
        return err_set(e, ERR_DAMAGED,
                       "the keeper has %" PRId64 " entries and had %" PRId64 " before", state->size,
                       size);
    f->promise_size = state->size;
    memcpy(f->promise_root, state->root.data, sizeof f->promise_root);
    memcpy(f->promise_digest, state->digest.data, sizeof f->promise_digest);
    return promise_keep(f, e);
}

static bool version_check(const struct custody_state *state, struct err *e)
{
    if (state->rules_version <= RULES_VERSION)
        return true;
    (void)err_set(e, ERR_STATE, "the record uses rules version %" PRId64 ", this daemon knows %d",
                  state->rules_version, RULES_VERSION);
    return err_hint(e, "install a newer sealwardd");
}

static void keeper_greet(struct follow *f, const struct custody_state *state)
{
    struct err e;
    if (!version_check(state, &e)) {
        trouble_set(f, TROUBLE_KEEPER, "rules-version", &e);
        link_drop(f->parts.link);
        return;
    }
    if (!keeper_check(f, state, &e)) {
        follow_differ(f, &e);
        return;
    }
    if (!state->started) {
        checkpoint_show(f);
        return;
    }
    if (state->size > f->expected)
        f->expected = state->size;
    f->greeted = true;
    signing_set(f, true);
    trouble_clear(f, TROUBLE_KEEPER);
    replica_expect(f->parts.replica, f->expected);
    diag_write(DIAG_INFO, "keeper-there", DIAG_INTEGER("entries", state->size));
}

/* --- Entries ---------------------------------------------------------------------------------- */

static bool entries_reserve(struct follow *f, size_t count, struct err *e)
{
    if (count <= f->capacity)
        return true;
    struct entry *more = realloc(f->entries, count * sizeof *more);
    if (more == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a page of entries");
    f->entries = more;
    f->capacity = count;
    return true;
}

static bool entry_apply(struct follow *f, struct bytes text, struct entry *ret, struct err *e)
{
    return replica_apply(f->parts.replica, text, ret, e) && promise_keep(f, e) &&
           publish_add(f->parts.publish, text, e);
}

/* Moves a page that came into the state; the index follows. */
static bool page_apply(struct follow *f, struct err *e)
{
    struct buf page = f->page;
    f->page = f->letter.page;
    f->letter.page = page;
    f->count = 0;
    struct reader r = reader_make(buf_bytes(&f->page));
    if (!entries_reserve(f, f->letter.count, e))
        return false;
    for (size_t i = 0; i < f->letter.count; i++) {
        struct bytes text = reader_string32(&r, CUSTODY_ENTRY_MAX);
        if (!entry_apply(f, text, &f->entries[i], e))
            return false;
        f->count++;
    }
    return reader_done(&r, "a page of entries", e);
}

static void page_take(struct follow *f)
{
    struct err e;
    if (f->letter.from != f->from) {
        (void)err_set(&e, ERR_DAMAGED, "the keeper gives other entries than were asked for");
        follow_differ(f, &e);
        return;
    }
    if (f->letter.count == 0)
        f->expected = f->from;
    if (!page_apply(f, &e))
        follow_differ(f, &e);
    metrics_set(f->parts.metrics, METRIC_ENTRIES, replica_size(f->parts.replica));
}

/* The index differs from the keeper: everything is read again. */
static bool everything_again(struct follow *f, const struct err *why, struct err *e)
{
    diag_err(DIAG_WARNING, "index-rebuilt", why);
    if (!catalog_wipe(f->parts.catalog, e) || !replica_reset(f->parts.replica, e))
        return false;
    publish_reset(f->parts.publish);
    f->count = 0;
    f->greeted = false;
    f->promise_size = -1;
    return true;
}

static bool page_put(struct follow *f, struct err *e)
{
    struct catalog *c = f->parts.catalog;
    if (!catalog_begin(c, e))
        return false;
    for (size_t i = 0; i < f->count; i++) {
        if (!catalog_put(c, &f->entries[i], e)) {
            catalog_rollback(c);
            return false;
        }
    }
    return catalog_commit(c, e);
}

/* Puts the page that is applied into the index; tried again until it works. */
static void page_index(struct follow *f)
{
    struct err e;
    if (f->count == 0)
        return;
    if (page_put(f, &e)) {
        f->count = 0;
        metrics_set(f->parts.metrics, METRIC_INDEXED, catalog_size(f->parts.catalog));
        trouble_clear(f, TROUBLE_INDEX);
        return;
    }
    struct err why = e;
    if (e.code == ERR_DAMAGED && everything_again(f, &why, &e))
        return;
    (void)err_wrap(&e, "the index");
    trouble_set(f, TROUBLE_INDEX, "index-failed", &e);
}

/* Where the index has more entries than the keeper, it is another record's. */
static void index_judge(struct follow *f)
{
    struct err why;
    struct err e;
    if (catalog_size(f->parts.catalog) <= replica_size(f->parts.replica))
        return;
    (void)err_set(&why, ERR_DAMAGED, "the index has more entries than the keeper");
    if (!everything_again(f, &why, &e))
        trouble_set(f, TROUBLE_INDEX, "index-failed", &e);
}

/* --- Publishing ------------------------------------------------------------------------------- */

static bool authority_publish(struct follow *f, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(8192);
    struct authority authority = {.origin = BYTES_NONE};
    struct rules_head head;
    if (f->authority_written)
        return true;
    if (!replica_head(&head, f->parts.replica, &arena, e) ||
        !replica_log_key(&authority.log_key, f->parts.replica, e))
        return false;
    memcpy(authority.id, head.authority, sizeof authority.id);
    authority.origin = bytes_text(head.origin);
    authority.base_url = bytes_text(head.base_url);
    f->authority_written = publish_authority(f->parts.publish, &authority, e);
    return f->authority_written;
}

static bool note_offer(struct follow *f, struct err *e)
{
    struct note_key key;
    if (!f->noted)
        return true;
    if (!replica_log_key(&key, f->parts.replica, e) ||
        !publish_offer(f->parts.publish, buf_bytes(&f->note), &key, e))
        return false;
    f->noted = false;
    int64_t offered = publish_offered(f->parts.publish);
    if (offered > f->expected)
        f->expected = offered;
    return true;
}

static void publish_all(struct follow *f)
{
    struct err e;
    struct publish *p = f->parts.publish;
    int64_t before = publish_size(p);
    if (replica_size(f->parts.replica) == 0)
        return;
    if (!authority_publish(f, &e) || !note_offer(f, &e) ||
        !publish_step(p, clock_monotonic_ms(), &e)) {
        if (e.code == ERR_DAMAGED || e.code == ERR_AUTH || e.code == ERR_INPUT) {
            follow_differ(f, &e);
            return;
        }
        (void)err_wrap(&e, "the public files");
        trouble_set(f, TROUBLE_PUBLIC, "publishing-failed", &e);
        return;
    }
    trouble_clear(f, TROUBLE_PUBLIC);
    if (publish_size(p) > before)
        metrics_add(f->parts.metrics, METRIC_PUBLICATIONS, 1);
    metrics_set(f->parts.metrics, METRIC_PUBLISHED, publish_size(p));
}

/* --- The thread ------------------------------------------------------------------------------- */

/* Everything has been read for the first time on this connection. */
static void caught_up(struct follow *f)
{
    struct err e;
    int64_t size = replica_size(f->parts.replica);
    if (replica_ready(f->parts.replica, &e))
        return;
    if (publish_promised(f->parts.publish) > size) {
        (void)err_set(&e, ERR_DAMAGED,
                      "the keeper has %" PRId64 " entries, a published checkpoint covers %" PRId64,
                      size, publish_promised(f->parts.publish));
        follow_differ(f, &e);
        return;
    }
    index_judge(f);
    if (replica_size(f->parts.replica) != size)
        return;
    replica_set_ready(f->parts.replica);
    diag_write(DIAG_INFO, "record-read", DIAG_INTEGER("entries", size));
}

static void connection_take(struct follow *f)
{
    if (!f->letter.came && !f->letter.went)
        return;
    f->asked = ASKED_NOTHING;
    f->greeted = false;
    signing_set(f, false);
    f->connected = f->letter.came;
    /* A connection that was given up on purpose has its reason told already. */
    if (f->letter.went && f->letter.why.code != ERR_NONE)
        trouble_set(f, TROUBLE_KEEPER, "keeper-away", &f->letter.why);
    if (f->letter.came)
        f->retry_ms[TROUBLE_KEEPER] = 0;
}

static void answer_take(struct follow *f)
{
    enum asked asked = f->asked;
    bool for_state = asked == ASKED_STATE || asked == ASKED_SHOW;
    if (f->letter.failed && asked != ASKED_NOTHING) {
        f->asked = ASKED_NOTHING;
        f->greeted = false;
        trouble_set(f, TROUBLE_KEEPER, asked == ASKED_SHOW ? "start-refused" : "keeper-failed",
                    &f->letter.why);
        link_drop(f->parts.link);
    } else if (f->letter.stated && for_state) {
        f->asked = ASKED_NOTHING;
        keeper_greet(f, &f->letter.state);
    } else if (f->letter.paged && asked == ASKED_PAGE) {
        f->asked = ASKED_NOTHING;
        page_take(f);
    }
}

static void letter_take(struct follow *f)
{
    inbox_take(f->parts.inbox, &f->letter);
    if (f->letter.expected > f->expected)
        f->expected = f->letter.expected;
    if (f->letter.pushed) {
        struct buf note = f->note;
        f->note = f->letter.note;
        f->letter.note = note;
        f->noted = true;
        /* Only with the genesis can a checkpoint be read. */
        if (f->expected == 0)
            f->expected = 1;
    }
    connection_take(f);
    if (!is_stopped(f))
        answer_take(f);
}

/* What to do next, if nothing is under way. */
static void follow_go_on(struct follow *f)
{
    if (!f->connected || f->asked != ASKED_NOTHING || trouble_rests(f, TROUBLE_KEEPER))
        return;
    if (!f->greeted)
        state_ask(f);
    else if (replica_size(f->parts.replica) < f->expected && !publish_full(f->parts.publish))
        page_ask(f);
    else if (replica_size(f->parts.replica) >= f->expected)
        caught_up(f);
}

static void refusals_write(struct follow *f, bool *ret_more)
{
    struct err e;
    *ret_more = false;
    if (!unrecorded_write(f->parts.unrecorded, ret_more, &e))
        diag_err(DIAG_WARNING, "refusal-not-kept", &e);
}

static int64_t next_wake(struct follow *f, int64_t waiters_ms, bool more)
{
    int64_t next = publish_due(f->parts.publish);
    int64_t now = clock_monotonic_ms();
    if (waiters_ms < next)
        next = waiters_ms;
    for (size_t i = 0; i < TROUBLE_COUNT; i++)
        if (f->retry_ms[i] > now && f->retry_ms[i] < next)
            next = f->retry_ms[i];
    return more ? 0 : next - now;
}

static void work_do(struct follow *f)
{
    if (!trouble_rests(f, TROUBLE_INDEX))
        page_index(f);
    if (!trouble_rests(f, TROUBLE_PUBLIC))
        publish_all(f);
    if (f->count > 0)
        return;
    waiters_move(f->parts.waiters, catalog_size(f->parts.catalog), publish_size(f->parts.publish));
    follow_go_on(f);
}

static void follow_round(struct follow *f)
{
    int64_t waiters_ms = 0;
    bool more = false;
    letter_take(f);
    if (!is_stopped(f))
        work_do(f);
    waiters_tick(f->parts.waiters, &waiters_ms);
    refusals_write(f, &more);
    bell_wait(&f->parts.inbox->bell, next_wake(f, waiters_ms, more));
}

static bool is_stopping(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    bool stopping = f->stopping;
    (void)pthread_mutex_unlock(&f->lock);
    return stopping;
}

static void *follow_main(void *argument)
{
    struct follow *f = argument;
    bool more = true;
    while (!is_stopping(f))
        follow_round(f);
    while (more)
        refusals_write(f, &more);
    return NULL;
}

bool follow_start(struct follow *f, struct err *e)
{
    if (pthread_create(&f->thread, NULL, follow_main, f) != 0)
        return err_set(e, ERR_IO, "cannot start the follower's thread");
    f->started = true;
    return true;
}

void follow_stop(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->stopping = true;
    (void)pthread_mutex_unlock(&f->lock);
    bell_ring(&f->parts.inbox->bell);
    if (f->started)
        (void)pthread_join(f->thread, NULL);
    f->started = false;
}
