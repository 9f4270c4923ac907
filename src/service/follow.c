#include "service/follow.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/reader.h"
#include "service/health.h"
#include "service/statuses.h"

/* Bytes of entries asked for at a time. */
enum { PAGE_BYTES = 512 << 10 };
/* Memory for what a page of entries signs: many times its bytes. */
#define PAGE_TRACES_MAX (128u << 20)

enum asked { ASKED_NOTHING, ASKED_STATE, ASKED_SHOW, ASKED_STATUS, ASKED_PAGE };

/* An entry, and what it signs. */
struct applied {
    struct entry entry;
    struct trace trace;
};

struct follow {
    struct follow_parts parts;
    pthread_t thread;
    bool started;

    /* The thread's own. */
    struct letter letter;
    bool connected;
    bool greeted; /* the keeper is the one we know, and its start is complete */
    struct statuses statuses;
    enum asked asked;
    int64_t from;         /* of ASKED_PAGE */
    int64_t expected;     /* entries that the keeper is known to have */
    int64_t promise_size; /* what the state must be at so many entries; -1: any */
    uint8_t promise_root[32];
    uint8_t promise_digest[32];
    struct buf note; /* the newest checkpoint, until it is offered */
    bool noted;
    bool authority_written;
    struct buf page; /* whose entries are applied and not yet in the index */
    struct applied *entries;
    size_t count;
    size_t capacity;
    struct arena traces; /* of those entries */

    struct health health;
    atomic_bool stopping;
};

bool follow_new(struct follow **ret, const struct follow_parts *parts, struct err *e)
{
    struct follow *f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the follower");
    f->parts = *parts;
    f->note = BUF(LIMIT_NOTE);
    f->page = BUF(CUSTODY_PAYLOAD_MAX);
    f->traces = ARENA(PAGE_TRACES_MAX);
    letter_init(&f->letter);
    health_init(&f->health);
    f->promise_size = -1;
    f->statuses = (struct statuses){.status = parts->status,
                                    .replica = parts->replica,
                                    .unrecorded = parts->unrecorded,
                                    .metrics = parts->metrics,
                                    .written = -1};
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
    health_done(&f->health);
    free(f->entries);
    arena_done(&f->traces);
    free(f);
}

/* --- What others see -------------------------------------------------------------------------- */

bool follow_healthy(struct follow *f, struct err *e)
{
    bool ok = health_check(&f->health, e) && replica_ready(f->parts.replica, e) &&
              (health_signing(&f->health) || err_set(e, ERR_STATE, "the keeper is not there"));
    if (!ok)
        e->code = ERR_STATE;
    metrics_set(f->parts.metrics, METRIC_HEALTHY, ok);
    return ok;
}

bool follow_signing(struct follow *f)
{
    return health_signing(&f->health);
}

/* This copy and the keeper differ: nobody must be told anything any more. */
static void follow_differ(struct follow *f, const struct err *why)
{
    diag_err(DIAG_ERROR, "differs-from-keeper", why);
    replica_stop(f->parts.replica, why);
    health_stop(&f->health);
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
    health_rest(&f->health, TROUBLE_KEEPER);
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
        health_set(&f->health, TROUBLE_PUBLIC, "checkpoint-unreadable", &e);
        return;
    }
    if (note.size == 0 && !f->parts.first) {
        (void)err_set(&e, ERR_STATE,
                      "the keeper waits for the newest published checkpoint, and the "
                      "public files have none");
        (void)err_hint(&e, "restore log/checkpoint from any copy of the public files; give --first "
                           "only if none was ever published");
        health_set(&f->health, TROUBLE_KEEPER, "no-checkpoint", &e);
        link_drop(f->parts.link);
        return;
    }
    if (note.size > 0)
        m.show = (struct custody_show){.note = buf_bytes(&note), .first = false};
    follow_ask(f, ASKED_SHOW, &m);
}

static void status_ask(struct follow *f)
{
    struct custody_message m = {.type = CUSTODY_STATUS};
    follow_ask(f, ASKED_STATUS, &m);
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
        health_set(&f->health, TROUBLE_KEEPER, "rules-version", &e);
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
    health_set_signing(&f->health, true);
    health_clear(&f->health, TROUBLE_KEEPER);
    replica_expect(f->parts.replica, f->expected);
    diag_write(DIAG_INFO, "keeper-there", DIAG_INTEGER("entries", state->size));
}

/* --- Entries ---------------------------------------------------------------------------------- */

static bool entries_reserve(struct follow *f, size_t count, struct err *e)
{
    if (count <= f->capacity)
        return true;
    struct applied *more = realloc(f->entries, count * sizeof *more);
    if (more == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a page of entries");
    f->entries = more;
    f->capacity = count;
    return true;
}

/* What stands in the index already is only compared. */
static bool trace_take(struct follow *f, struct applied *a, const struct outcome *out,
                       struct err *e)
{
    return a->entry.index < catalog_size(f->parts.catalog) ||
           replica_trace(&a->trace, f->parts.replica, &a->entry, out, &f->traces, e);
}

static bool entry_apply(struct follow *f, struct bytes text, struct applied *ret, struct err *e)
{
    AUTO_VALUE(outcome) out;
    outcome_init(&out);
    if (!replica_apply(f->parts.replica, text, &ret->entry, &out, e) ||
        !trace_take(f, ret, &out, e) || !promise_keep(f, e))
        return false;
    statuses_applied(&f->statuses, &ret->entry);
    return publish_add(f->parts.publish, text, e);
}

/* Moves a page that came into the state; the index follows. */
static bool page_apply(struct follow *f, struct err *e)
{
    struct buf page = f->page;
    f->page = f->letter.page;
    f->letter.page = page;
    f->count = 0;
    arena_done(&f->traces);
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
        if (!catalog_put(c, &f->entries[i].entry, &f->entries[i].trace, e)) {
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
        health_clear(&f->health, TROUBLE_INDEX);
        return;
    }
    struct err why = e;
    if (e.code == ERR_DAMAGED && everything_again(f, &why, &e))
        return;
    (void)err_wrap(&e, "the index");
    health_set(&f->health, TROUBLE_INDEX, "index-failed", &e);
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
        health_set(&f->health, TROUBLE_INDEX, "index-failed", &e);
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
    if (!authority_publish(f, &e) || !statuses_step(&f->statuses, &e) || !note_offer(f, &e) ||
        !publish_step(p, clock_monotonic_ms(), &e)) {
        if (e.code == ERR_DAMAGED || e.code == ERR_AUTH || e.code == ERR_INPUT) {
            follow_differ(f, &e);
            return;
        }
        (void)err_wrap(&e, "the public files");
        health_set(&f->health, TROUBLE_PUBLIC, "publishing-failed", &e);
        return;
    }
    health_clear(&f->health, TROUBLE_PUBLIC);
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
    statuses_begin(&f->statuses);
    health_set_signing(&f->health, false);
    f->connected = f->letter.came;
    /* A connection that was given up on purpose has its reason told already. */
    if (f->letter.went && f->letter.why.code != ERR_NONE)
        health_set(&f->health, TROUBLE_KEEPER, "keeper-away", &f->letter.why);
    if (f->letter.came)
        f->health.retry_ms[TROUBLE_KEEPER] = 0;
}

static void answer_take(struct follow *f)
{
    enum asked asked = f->asked;
    bool for_state = asked == ASKED_STATE || asked == ASKED_SHOW;
    if (f->letter.failed && asked != ASKED_NOTHING) {
        f->asked = ASKED_NOTHING;
        f->greeted = false;
        health_set(&f->health, TROUBLE_KEEPER,
                   asked == ASKED_SHOW ? "start-refused" : "keeper-failed", &f->letter.why);
        link_drop(f->parts.link);
    } else if (f->letter.stated && for_state) {
        f->asked = ASKED_NOTHING;
        keeper_greet(f, &f->letter.state);
    } else if (f->letter.status_told && asked == ASKED_STATUS) {
        f->asked = ASKED_NOTHING;
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
    statuses_take(&f->statuses, &f->letter, f->expected);
    if (!health_stopped(&f->health))
        answer_take(f);
}

/* What to do next, if nothing is under way. */
static void follow_go_on(struct follow *f)
{
    if (!f->connected || f->asked != ASKED_NOTHING || health_rests(&f->health, TROUBLE_KEEPER))
        return;
    if (!f->greeted)
        state_ask(f);
    else if (!f->statuses.told)
        status_ask(f);
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
    if (health_next(&f->health, now) < next)
        next = health_next(&f->health, now);
    return more ? 0 : next - now;
}

static void work_do(struct follow *f)
{
    if (!health_rests(&f->health, TROUBLE_INDEX))
        page_index(f);
    if (!health_rests(&f->health, TROUBLE_PUBLIC))
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
    if (!health_stopped(&f->health))
        work_do(f);
    waiters_tick(f->parts.waiters, &waiters_ms);
    refusals_write(f, &more);
    bell_wait(&f->parts.inbox->bell, next_wake(f, waiters_ms, more));
}

static void *follow_main(void *argument)
{
    struct follow *f = argument;
    bool more = true;
    while (!atomic_load(&f->stopping))
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
    atomic_store(&f->stopping, true);
    bell_ring(&f->parts.inbox->bell);
    if (f->started)
        (void)pthread_join(f->thread, NULL);
    f->started = false;
}
