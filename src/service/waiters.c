#include "service/waiters.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "rules/view.h"

/* Looking at subjects costs a view each, so under load it is done this often at most. */
enum { LOOK_MS = 50, IDLE_MS = 1000 };

struct waiters {
    struct replica *replica;
    struct bell *bell;
    struct metrics *metrics;
    pthread_mutex_t lock;
    struct wait list[WAITERS_MAX];
    size_t count;
    bool ended;
    bool moved; /* since subjects were looked at */
    int64_t looked_ms;
    int64_t applied;
    int64_t published;
};

bool waiters_new(struct waiters **ret, struct replica *replica, struct bell *bell,
                 struct metrics *metrics, struct err *e)
{
    struct waiters *w = calloc(1, sizeof *w);
    if (w == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for waiting calls");
    w->replica = replica;
    w->bell = bell;
    w->metrics = metrics;
    (void)pthread_mutex_init(&w->lock, NULL);
    *ret = w;
    return true;
}

void waiters_free(struct waiters *w)
{
    if (w == NULL)
        return;
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

struct subject_question {
    struct bytes leaf;
};

static bool subject_view_of(struct buf *b, const struct rules_state *s, const void *context,
                            struct err *e)
{
    const struct subject_question *question = context;
    return view_subject(b, s, question->leaf, e);
}

bool waiters_see(char ret[static WAIT_SEEN_SIZE], struct replica *r, const uint8_t leaf[32],
                 struct err *e)
{
    AUTO_VALUE(buf) text = BUF(REPLICA_VIEW_MAX);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct subject_question question = {.leaf = bytes_make(leaf, 32)};
    struct subject_view view;
    if (!replica_show(r, &text, subject_view_of, &question, e) ||
        !fields_read(&view, &subject_view_fields, buf_bytes(&text), &arena, e))
        return false;
    (void)snprintf(ret, WAIT_SEEN_SIZE, "%s-%" PRId64, subject_state_names[view.state],
                   view.approvals);
    return true;
}

/* Whether there is nothing to wait for any more, deadlines apart. `look` at subjects as well. */
static bool wait_over(const struct waiters *w, const struct wait *wait, bool look)
{
    char seen[WAIT_SEEN_SIZE] = "";
    struct err gone;
    switch (wait->kind) {
    case WAIT_APPLIED:
        return w->applied > wait->index;
    case WAIT_PUBLISHED:
        return w->published > wait->index;
    case WAIT_SUBJECT:
        return look &&
               (!waiters_see(seen, w->replica, wait->leaf, &gone) || strcmp(seen, wait->seen) != 0);
    }
    return true;
}

bool waiters_add(struct waiters *w, const struct wait *wait, struct err *e)
{
    bool ok = true;
    (void)pthread_mutex_lock(&w->lock);
    bool over = !w->ended && wait_over(w, wait, true);
    if (w->ended)
        ok = err_set(e, ERR_STATE, "the daemon is shutting down");
    if (ok && !over && w->count == WAITERS_MAX)
        ok = err_set(e, ERR_BUSY, "%d calls wait already", WAITERS_MAX);
    if (ok && !over)
        w->list[w->count++] = *wait;
    metrics_set(w->metrics, METRIC_WAITERS, (int64_t)w->count);
    (void)pthread_mutex_unlock(&w->lock);
    if (ok && over)
        wait->wake(wait->context);
    if (ok && !over)
        bell_ring(w->bell);
    return ok;
}

void waiters_move(struct waiters *w, int64_t applied, int64_t published)
{
    (void)pthread_mutex_lock(&w->lock);
    w->moved = w->moved || applied != w->applied;
    w->applied = applied;
    w->published = published;
    (void)pthread_mutex_unlock(&w->lock);
}

/* Wakes those that are over; holding the lock, which `wake` does not want. */
static void wake_over(struct waiters *w, bool look, int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct wait wait = w->list[i];
        if (w->ended || now >= wait.deadline_ms || wait_over(w, &wait, look)) {
            wait.wake(wait.context);
            continue;
        }
        w->list[kept++] = wait;
    }
    w->count = kept;
    metrics_set(w->metrics, METRIC_WAITERS, (int64_t)kept);
}

void waiters_tick(struct waiters *w, int64_t *ret_next_ms)
{
    int64_t now = clock_monotonic_ms();
    (void)pthread_mutex_lock(&w->lock);
    bool look = w->moved && now - w->looked_ms >= LOOK_MS;
    if (look) {
        w->moved = false;
        w->looked_ms = now;
    }
    wake_over(w, look, now);
    *ret_next_ms = now + (w->count > 0 ? LOOK_MS : IDLE_MS);
    (void)pthread_mutex_unlock(&w->lock);
}

void waiters_end(struct waiters *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->ended = true;
    wake_over(w, false, 0);
    (void)pthread_mutex_unlock(&w->lock);
}
