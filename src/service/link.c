#include "service/link.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "service/bell.h"
#include "wire/frame.h"

enum { PAUSE_FIRST_MS = 100, PAUSE_LAST_MS = 5000, LASTING_MS = 2000 };

/* A question in flight; its tag is round * LINK_QUESTIONS_MAX + its place. */
struct question {
    link_done *done; /* NULL: the place is free */
    void *context;
    int64_t tag;
    enum custody_type answer;
};

struct link {
    const char *path;
    struct link_events events;
    struct metrics *metrics;
    pthread_t thread;
    bool started;
    struct bell bell; /* something was put down, or the end has come */

    pthread_mutex_t lock; /* over the following */
    bool connected;
    bool stopping;
    bool drop;
    struct buf out;
    struct question questions[LINK_QUESTIONS_MAX];
    size_t free[LINK_QUESTIONS_MAX]; /* stack of free places */
    size_t free_count;
    int64_t round;

    /* The thread's own. */
    int fd;
    struct frame_reader in;
    int64_t heard_ms; /* when the keeper last said something, or the first question was put down */
    int64_t pause_ms;
    bool told; /* that the keeper is away */
};

/* --- Questions -------------------------------------------------------------------------------- */

static bool question_put(struct link *l, struct custody_message *m, link_done *done, void *context,
                         struct err *e)
{
    AUTO_VALUE(buf) payload = BUF(CUSTODY_PAYLOAD_MAX);
    size_t place = l->free[l->free_count - 1];
    int64_t tag = l->round * LINK_QUESTIONS_MAX + (int64_t)place;
    const struct custody_row *row = custody_row_find((unsigned)m->type);
    m->bare.tag = tag;
    if (row == NULL)
        return err_set(e, ERR_INTERNAL, "no such question to the keeper");
    if (!custody_write(&payload, m, e))
        return false;
    if (l->out.size + payload.size + FRAME_HEADER_SIZE > LINK_BYTES_MAX)
        return err_set(e, ERR_BUSY, "the keeper takes no more at the moment");
    FAULT_POINT(link_asked);
    frame_put(&l->out, (uint8_t)m->type, buf_bytes(&payload));
    if (!buf_ok(&l->out, "questions to the keeper", e))
        return false;
    l->questions[place] =
        (struct question){.done = done, .context = context, .tag = tag, .answer = row->answer};
    l->round = (l->round + 1) % (JSON_INTEGER_MAX / LINK_QUESTIONS_MAX);
    l->free_count--;
    metrics_set(l->metrics, METRIC_IN_FLIGHT, LINK_QUESTIONS_MAX - (int64_t)l->free_count);
    return true;
}

static bool question_take_in(struct link *l, struct custody_message *m, link_done *done,
                             void *context, struct err *e)
{
    if (l->stopping)
        return err_set(e, ERR_STATE, "the daemon is shutting down");
    if (!l->connected) {
        (void)err_set(e, ERR_STATE, "the keeper is not there");
        return err_hint(e, "ask again in a while; the daemon connects by itself");
    }
    if (l->free_count == 0)
        return err_set(e, ERR_BUSY, "%d questions wait for the keeper already", LINK_QUESTIONS_MAX);
    return question_put(l, m, done, context, e);
}

bool link_ask(struct link *l, struct custody_message *question, link_done *done, void *context,
              struct err *e)
{
    (void)pthread_mutex_lock(&l->lock);
    bool ok = question_take_in(l, question, done, context, e);
    (void)pthread_mutex_unlock(&l->lock);
    if (ok)
        bell_ring(&l->bell);
    return ok;
}

/* Takes the question of that tag out; false if none is in flight under it. */
static bool question_take_out(struct link *l, int64_t tag, struct question *ret)
{
    size_t place = (size_t)(tag % LINK_QUESTIONS_MAX);
    (void)pthread_mutex_lock(&l->lock);
    struct question found = l->questions[place];
    bool ok = found.done != NULL && found.tag == tag;
    if (ok) {
        l->questions[place].done = NULL;
        l->free[l->free_count++] = place;
        metrics_set(l->metrics, METRIC_IN_FLIGHT, LINK_QUESTIONS_MAX - (int64_t)l->free_count);
        *ret = found;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return ok;
}

size_t link_in_flight(struct link *l)
{
    (void)pthread_mutex_lock(&l->lock);
    size_t n = LINK_QUESTIONS_MAX - l->free_count;
    (void)pthread_mutex_unlock(&l->lock);
    return n;
}

/* Every question in flight fails: nobody knows what became of it. */
static void questions_fail(struct link *l)
{
    struct link_answer answer = {.message = NULL, .entry = -1, .refused = false};
    (void)err_set(&answer.err, ERR_STATE, "the keeper went away; ask again");
    (void)err_hint(&answer.err, "a request that it had recorded is then refused with "
                                "request.repeated, and /v1/again gives its signature");
    for (size_t place = 0; place < LINK_QUESTIONS_MAX; place++) {
        (void)pthread_mutex_lock(&l->lock);
        int64_t tag = l->questions[place].done == NULL ? -1 : l->questions[place].tag;
        (void)pthread_mutex_unlock(&l->lock);
        struct question q;
        if (tag >= 0 && question_take_out(l, tag, &q))
            q.done(q.context, &answer);
    }
}

/* --- Answers ---------------------------------------------------------------------------------- */

static bool answer_give(struct link *l, const struct custody_message *m, struct err *e)
{
    struct question q;
    struct link_answer answer = {.message = m, .entry = -1};
    if (!question_take_out(l, m->bare.tag, &q))
        return err_set(e, ERR_INPUT, "the keeper answers a question that was not asked");
    if (m->type == CUSTODY_REFUSED) {
        answer.message = NULL;
        answer.refused = true;
        answer.entry = m->refused.entry;
        (void)refusal_err(&m->refused.why, &answer.err);
    } else if (m->type != q.answer) {
        answer.message = NULL;
        (void)err_set(&answer.err, ERR_INTERNAL, "the keeper gave another kind of answer");
    }
    q.done(q.context, &answer);
    return true;
}

static bool frame_take(struct link *l, const struct frame *frame, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    if (!custody_read(&m, frame->type, CUSTODY_KEEPER, frame->payload, &arena, e))
        return err_wrap(e, "what the keeper sent");
    FAULT_POINT(link_answered);
    if (m.type == CUSTODY_PUSH_CHECKPOINT)
        l->events.checkpoint(l->events.context, m.push.note);
    else if (m.type == CUSTODY_PUSH_STATUS)
        l->events.status(l->events.context, &m.push_status);
    else
        return answer_give(l, &m, e);
    return true;
}

static bool link_receive(struct link *l, struct err *e)
{
    bool closed = false;
    bool found = true;
    if (!frame_fill(&l->in, l->fd, &closed, e))
        return false;
    l->heard_ms = clock_monotonic_ms();
    while (found) {
        struct frame frame;
        if (!frame_next(&l->in, &frame, &found, e) || (found && !frame_take(l, &frame, e)))
            return false;
    }
    return !closed || err_set(e, ERR_IO, "the keeper has closed the connection");
}

/* --- The thread ------------------------------------------------------------------------------- */

static bool link_connect(struct link *l, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(l->path);
    if (size >= sizeof address.sun_path)
        return err_set(e, ERR_LIMIT, "the path of the keeper's socket is too long: %s", l->path);
    memcpy(address.sun_path, l->path, size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)err_errno(e, "cannot connect to the keeper at %s", l->path);
        (void)close(fd);
        return false;
    }
    l->fd = fd;
    l->in = FRAME_READER(CUSTODY_PAYLOAD_MAX);
    return true;
}

struct link_view {
    bool ending; /* stopping, or the connection is to be dropped */
    bool pending;
    bool waiting;
};

static struct link_view link_look(struct link *l)
{
    (void)pthread_mutex_lock(&l->lock);
    struct link_view view = {.ending = l->stopping || l->drop,
                             .pending = l->out.size > 0,
                             .waiting = l->free_count < LINK_QUESTIONS_MAX};
    (void)pthread_mutex_unlock(&l->lock);
    return view;
}

static bool link_flush(struct link *l, struct err *e)
{
    (void)pthread_mutex_lock(&l->lock);
    bool ok = frame_flush(&l->out, l->fd, e);
    (void)pthread_mutex_unlock(&l->lock);
    return ok;
}

/* One round of a connection; *ret_on is false at its wanted end. */
static bool link_round(struct link *l, bool *ret_on, struct err *e)
{
    struct link_view view = link_look(l);
    if (view.ending) {
        *ret_on = false;
        return true;
    }
    if (!view.waiting)
        l->heard_ms = clock_monotonic_ms();
    struct pollfd fds[] = {{.fd = l->fd, .events = (short)(POLLIN | (view.pending ? POLLOUT : 0))},
                           {.fd = l->bell.fd, .events = POLLIN}};
    int n = poll(fds, 2, 1000);
    if (n < 0 && errno != EINTR)
        return err_errno(e, "cannot wait for the keeper");
    if (n > 0 && fds[1].revents != 0)
        bell_clear(&l->bell);
    if (n > 0 && fds[0].revents != 0 && (fds[0].revents & ~POLLOUT) != 0 && !link_receive(l, e))
        return false;
    if (clock_monotonic_ms() - l->heard_ms > LINK_SILENCE_MS)
        return err_set(e, ERR_BUSY, "the keeper has not answered for %d ms", LINK_SILENCE_MS);
    return link_flush(l, e);
}

static void link_set_connected(struct link *l, bool connected)
{
    (void)pthread_mutex_lock(&l->lock);
    l->connected = connected;
    l->drop = false;
    buf_reset(&l->out);
    (void)pthread_mutex_unlock(&l->lock);
    metrics_set(l->metrics, METRIC_KEEPER_UP, connected);
}

/* A whole connection, from its first byte to its end. */
static void link_serve(struct link *l, struct err *e)
{
    bool on = true;
    int64_t since = clock_monotonic_ms();
    l->heard_ms = since;
    metrics_add(l->metrics, METRIC_KEEPER_CONNECTIONS, 1);
    link_set_connected(l, true);
    l->told = false;
    l->events.up(l->events.context);
    *e = (struct err){.code = ERR_NONE};
    while (on && link_round(l, &on, e))
        ;
    link_set_connected(l, false);
    (void)close(l->fd);
    frame_reader_done(&l->in);
    l->in = (struct frame_reader){0};
    questions_fail(l);
    if (clock_monotonic_ms() - since > LASTING_MS)
        l->pause_ms = PAUSE_FIRST_MS;
}

static void link_pause(struct link *l)
{
    int64_t left = l->pause_ms;
    int64_t end = clock_monotonic_ms() + left;
    l->pause_ms = l->pause_ms * 2 > PAUSE_LAST_MS ? PAUSE_LAST_MS : l->pause_ms * 2;
    for (; left > 0 && !link_look(l).ending; left = end - clock_monotonic_ms())
        bell_wait(&l->bell, left);
}

static bool link_stopping(struct link *l)
{
    (void)pthread_mutex_lock(&l->lock);
    bool stopping = l->stopping;
    (void)pthread_mutex_unlock(&l->lock);
    return stopping;
}

static void *link_main(void *argument)
{
    struct link *l = argument;
    l->pause_ms = PAUSE_FIRST_MS;
    while (!link_stopping(l)) {
        struct err e;
        if (link_connect(l, &e))
            link_serve(l, &e);
        if (!l->told && !link_stopping(l))
            l->events.down(l->events.context, &e);
        l->told = true;
        link_pause(l);
    }
    return NULL;
}

/* --- Life ------------------------------------------------------------------------------------- */

bool link_new(struct link **ret, const char *path, const struct link_events *events,
              struct metrics *metrics, struct err *e)
{
    AUTO(link) l = calloc(1, sizeof *l);
    if (l == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the link to the keeper");
    l->path = path;
    l->events = *events;
    l->metrics = metrics;
    l->out = BUF(LINK_BYTES_MAX);
    l->free_count = LINK_QUESTIONS_MAX;
    for (size_t i = 0; i < LINK_QUESTIONS_MAX; i++)
        l->free[i] = LINK_QUESTIONS_MAX - 1 - i;
    (void)pthread_mutex_init(&l->lock, NULL);
    l->bell = BELL_NONE;
    if (!bell_init(&l->bell, e))
        return false;
    *ret = TAKE(l);
    return true;
}

bool link_start(struct link *l, struct err *e)
{
    if (pthread_create(&l->thread, NULL, link_main, l) != 0)
        return err_set(e, ERR_IO, "cannot start a thread for the keeper");
    l->started = true;
    return true;
}

void link_stop(struct link *l)
{
    (void)pthread_mutex_lock(&l->lock);
    l->stopping = true;
    (void)pthread_mutex_unlock(&l->lock);
    bell_ring(&l->bell);
    if (l->started)
        (void)pthread_join(l->thread, NULL);
    l->started = false;
}

void link_drop(struct link *l)
{
    (void)pthread_mutex_lock(&l->lock);
    l->drop = l->connected;
    (void)pthread_mutex_unlock(&l->lock);
    bell_ring(&l->bell);
}

void link_free(struct link *l)
{
    if (l == NULL)
        return;
    link_stop(l);
    bell_done(&l->bell);
    (void)pthread_mutex_destroy(&l->lock);
    buf_done(&l->out);
    free(l);
}
