#include "service/unrecorded.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "index/kept.h"
#include "rules/view.h"
#include "wire/rows.h"

enum {
    QUEUE_MAX = 256,
    WRITE_MAX = 16,
    ACTOR_MAX = 80,
    NAME_MAX_BYTES = 256,
    SALT_MIN = 1,
    SALT_MAX = 64
};

struct refusal_note {
    int64_t time_ms;
    char actor[ACTOR_MAX + 1];
    char rule[56];
    char message[400];
};

struct unrecorded {
    struct replica *replica;
    struct metrics *metrics;
    pthread_mutex_t file; /* over kept */
    struct kept *kept;
    pthread_mutex_t lock; /* over the queue */
    struct refusal_note queue[QUEUE_MAX];
    size_t first;
    size_t count;
};

bool unrecorded_open(struct unrecorded **ret, const char *path, struct replica *replica,
                     struct metrics *metrics, struct err *e)
{
    AUTO(unrecorded) u = calloc(1, sizeof *u);
    if (u == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for names and refusals");
    u->replica = replica;
    u->metrics = metrics;
    (void)pthread_mutex_init(&u->file, NULL);
    (void)pthread_mutex_init(&u->lock, NULL);
    if (!kept_open(&u->kept, path, e))
        return false;
    *ret = TAKE(u);
    return true;
}

void unrecorded_free(struct unrecorded *u)
{
    if (u == NULL)
        return;
    kept_free(u->kept);
    (void)pthread_mutex_destroy(&u->file);
    (void)pthread_mutex_destroy(&u->lock);
    free(u);
}

/* --- Names ------------------------------------------------------------------------------------ */

FIELDS(name_given_fields, "name", struct kept_name,
       ROW_TEXT(struct kept_name, name, 1, NAME_MAX_BYTES),
       ROW_BYTES(struct kept_name, salt, SALT_MIN, SALT_MAX));

FIELDS(name_shown_fields, "name", struct kept_name, ROW_TEXT(struct kept_name, handle, 1, 255),
       ROW_TEXT(struct kept_name, name, 1, NAME_MAX_BYTES),
       ROW_BYTES(struct kept_name, salt, SALT_MIN, SALT_MAX));

/* Writes the name if it opens its hash. */
static bool name_show(struct buf *b, const struct rules_state *s, const void *context,
                      struct err *e)
{
    const struct kept_name *name = context;
    if (!view_name_check(s, name->handle, name->name, name->salt, e))
        return false;
    fields_write(b, &name_shown_fields, name);
    return buf_ok(b, "a name", e);
}

bool unrecorded_put_name(struct unrecorded *u, struct bytes handle, struct bytes text,
                         struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct kept_name name;
    if (!fields_read(&name, &name_given_fields, text, &arena, e))
        return false;
    name.handle = handle;
    if (!replica_show(u->replica, b, name_show, &name, e))
        return false;
    (void)pthread_mutex_lock(&u->file);
    bool ok = kept_name_put(u->kept, &name, e);
    (void)pthread_mutex_unlock(&u->file);
    return ok;
}

bool unrecorded_name(struct unrecorded *u, struct bytes handle, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4096);
    struct kept_name name;
    (void)pthread_mutex_lock(&u->file);
    bool ok = kept_name_get(u->kept, handle, &name, &arena, e);
    (void)pthread_mutex_unlock(&u->file);
    if (!ok || replica_show(u->replica, b, name_show, &name, e))
        return ok;
    if (e->code == ERR_REFUSED)
        return err_set(e, ERR_NOT_FOUND, "no name that opens its hash is kept for %.*s",
                       BYTES_PRINT(handle));
    return false;
}

bool unrecorded_names(struct unrecorded *u, struct bytes after, size_t limit, struct buf *b,
                      struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1u << 20);
    struct kept_names names;
    bool first = true;
    (void)pthread_mutex_lock(&u->file);
    bool ok = kept_name_list(u->kept, after, limit, &names, &arena, e);
    (void)pthread_mutex_unlock(&u->file);
    if (!ok || !replica_ready(u->replica, e))
        return false;
    buf_put_text(b, "{\"names\":[");
    for (size_t i = 0; i < names.count; i++) {
        AUTO_VALUE(buf) one = BUF(2048);
        struct err closed;
        if (!replica_show(u->replica, &one, name_show, &names.list[i], &closed))
            continue;
        if (!first)
            buf_put_u8(b, ',');
        first = false;
        buf_put(b, buf_bytes(&one));
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "names", e);
}

/* --- Refusals --------------------------------------------------------------------------------- */

void unrecorded_refuse(struct unrecorded *u, struct bytes actor, const struct err *why)
{
    (void)pthread_mutex_lock(&u->lock);
    if (u->count == QUEUE_MAX) {
        metrics_add(u->metrics, METRIC_REFUSALS_DROPPED, 1);
    } else {
        struct refusal_note *note = &u->queue[(u->first + u->count++) % QUEUE_MAX];
        size_t size = actor.size > ACTOR_MAX ? ACTOR_MAX : actor.size;
        *note = (struct refusal_note){.time_ms = clock_wall_ms()};
        if (size > 0)
            memcpy(note->actor, actor.data, size);
        memcpy(note->rule, why->rule, sizeof note->rule);
        memcpy(note->message, why->message, sizeof note->message);
    }
    (void)pthread_mutex_unlock(&u->lock);
}

static bool queue_take(struct unrecorded *u, struct refusal_note *ret)
{
    (void)pthread_mutex_lock(&u->lock);
    bool there = u->count > 0;
    if (there) {
        *ret = u->queue[u->first];
        u->first = (u->first + 1) % QUEUE_MAX;
        u->count--;
    }
    (void)pthread_mutex_unlock(&u->lock);
    return there;
}

static bool note_write(struct unrecorded *u, const struct refusal_note *note, struct err *e)
{
    struct kept_refusal refusal = {.time_ms = note->time_ms,
                                   .actor = bytes_text(note->actor),
                                   .rule = bytes_text(note->rule),
                                   .message = bytes_text(note->message)};
    (void)pthread_mutex_lock(&u->file);
    bool ok = kept_refusal_put(u->kept, &refusal, e);
    (void)pthread_mutex_unlock(&u->file);
    return ok;
}

bool unrecorded_write(struct unrecorded *u, bool *ret_more, struct err *e)
{
    struct refusal_note note;
    bool there = true;
    for (size_t i = 0; i < WRITE_MAX && there; i++) {
        there = queue_take(u, &note);
        if (there && !note_write(u, &note, e))
            return false;
    }
    *ret_more = there;
    return true;
}

struct refusal_view {
    int64_t id;
    int64_t time;
    struct bytes actor;
    struct bytes rule;
    struct bytes message;
};

FIELDS(refusal_fields, "refusal", struct refusal_view,
       ROW_INTEGER(struct refusal_view, id, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct refusal_view, time, 0, LIMIT_TIME_MS),
       ROW_TEXT(struct refusal_view, actor, 0, ACTOR_MAX),
       ROW_TEXT(struct refusal_view, rule, 0, 64), ROW_TEXT(struct refusal_view, message, 0, 400));

static void refusals_put(struct buf *b, const struct kept_refusals *refusals)
{
    buf_put_text(b, "{\"refusals\":[");
    for (size_t i = 0; i < refusals->count; i++) {
        const struct kept_refusal *kept = &refusals->list[i];
        struct refusal_view view = {.id = kept->id,
                                    .time = kept->time_ms,
                                    .actor = kept->actor,
                                    .rule = kept->rule,
                                    .message = kept->message};
        if (i > 0)
            buf_put_u8(b, ',');
        fields_write(b, &refusal_fields, &view);
    }
    buf_put_text(b, "]}");
}

bool unrecorded_refusals(struct unrecorded *u, int64_t before, size_t limit, struct buf *b,
                         struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4u << 20);
    struct kept_query query = {.before = before, .limit = limit};
    struct kept_refusals refusals;
    (void)pthread_mutex_lock(&u->file);
    bool ok = kept_refusal_list(u->kept, &query, &refusals, &arena, e);
    (void)pthread_mutex_unlock(&u->file);
    if (!ok)
        return false;
    refusals_put(b, &refusals);
    return buf_ok(b, "refusals", e);
}

/* --- For others ------------------------------------------------------------------------------- */

struct kept *unrecorded_begin(struct unrecorded *u)
{
    (void)pthread_mutex_lock(&u->file);
    return u->kept;
}

void unrecorded_end(struct unrecorded *u)
{
    (void)pthread_mutex_unlock(&u->file);
}
