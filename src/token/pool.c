#include "token/pool.h"

#include "base/clock.h"
#include "token/job.h"
#include "token/spawner.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEPTH 16 /* jobs given to a worker ahead of time, so that it never waits for the core */
#define FILLS_AT_DEATH 1024 /* reads to take what a dead worker had still sent */

struct member {
    bool there;
    bool ready;
    bool killed; /* told to die; its socket will close */
    pid_t pid;
    size_t token;
    int socket;
    struct frame_reader in;
    struct buf out;
    struct job_line running; /* in the order of sending, which is the order of the answers */
};

struct token {
    struct job_line waiting;
    uint64_t started;
    uint64_t died;
    bool refused;
    struct err last;
};

struct pool {
    unsigned tries;
    int job_ms;
    size_t token_count;
    size_t job_count;
    uint64_t next_number;
    int spawner;
    pid_t spawner_pid;
    struct token tokens[POOL_TOKENS_MAX];
    struct member members[POOL_WORKERS_MAX];
    struct job_line done;
    struct job *taken;
};

/* --- jobs --- */

static void job_done(struct pool *p, struct job *job)
{
    job->answer.job = job->number;
    job_line_add(&p->done, job);
}

static void job_fail(struct pool *p, struct job *job, const struct err *why)
{
    job->answer = (struct pool_answer){.ok = false, .err = *why};
    job_done(p, job);
}

static void token_refuse(struct pool *p, struct token *token)
{
    token->refused = true;
    if (token->last.code == ERR_NONE)
        err_set(&token->last, ERR_TOKEN, "the workers of the token cannot start");
    for (struct job *job; (job = job_line_take(&token->waiting)) != NULL;)
        job_fail(p, job, &token->last);
}

static bool job_submit(uint64_t *ret_job, struct pool *p, size_t index,
                       struct worker_request *request, int64_t now_ms, struct err *e)
{
    if (index >= p->token_count)
        return err_set(e, ERR_INTERNAL, "there is no token %zu", index);
    if (p->tokens[index].refused) {
        *e = p->tokens[index].last;
        return false;
    }
    if (p->job_count >= POOL_JOBS_MAX)
        return err_set(e, ERR_BUSY, "%d jobs are waiting for the tokens", POOL_JOBS_MAX);
    struct job *job = NULL;
    request->job = p->next_number;
    if (!job_new(&job, index, request, e))
        return false;
    p->next_number++;
    p->job_count++;
    *ret_job = job->number;
    job->since_ms = now_ms;
    job_line_add(&p->tokens[index].waiting, job);
    return true;
}

bool pool_sign(uint64_t *ret_job, struct pool *p, size_t token, struct bytes id,
               enum mechanism mechanism, struct bytes data, int64_t now_ms, struct err *e)
{
    struct worker_request request = {
        .op = WORKER_SIGN, .id = id, .mechanism = (uint8_t)mechanism, .data = data};
    return job_submit(ret_job, p, token, &request, now_ms, e);
}

bool pool_generate(uint64_t *ret_job, struct pool *p, size_t token, enum key_kind kind,
                   struct bytes label, int64_t now_ms, struct err *e)
{
    struct worker_request request = {.op = WORKER_GENERATE, .kind = (uint8_t)kind, .label = label};
    return job_submit(ret_job, p, token, &request, now_ms, e);
}

bool pool_list(uint64_t *ret_job, struct pool *p, size_t token, int64_t now_ms, struct err *e)
{
    struct worker_request request = {.op = WORKER_LIST};
    return job_submit(ret_job, p, token, &request, now_ms, e);
}

bool pool_destroy(uint64_t *ret_job, struct pool *p, size_t token, struct bytes id,
                  struct bytes label, int64_t now_ms, struct err *e)
{
    struct worker_request request = {.op = WORKER_DESTROY, .id = id, .label = label};
    return job_submit(ret_job, p, token, &request, now_ms, e);
}

bool pool_ping(uint64_t *ret_job, struct pool *p, size_t token, int64_t now_ms, struct err *e)
{
    struct worker_request request = {.op = WORKER_PING};
    return job_submit(ret_job, p, token, &request, now_ms, e);
}

/* --- workers --- */

static void member_add(struct pool *p, const struct spawner_notice *notice, int socket)
{
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        struct member *m = &p->members[i];
        if (m->there)
            continue;
        *m = (struct member){.there = true, .pid = notice->pid, .token = notice->token};
        m->socket = socket;
        m->in = FRAME_READER(WORKER_ANSWER_MAX);
        m->out = BUF(DEPTH * (WORKER_REQUEST_MAX + FRAME_HEADER_SIZE));
        job_line_init(&m->running);
        p->tokens[m->token].started++;
        return;
    }
    (void)close(socket); /* the worker sees it, ends, and is started again */
}

/* The job that a worker was on when it ended has used up a try. */
static void job_again(struct pool *p, struct job *job, bool tried, int64_t now_ms)
{
    job_reset(job);
    job->tries += tried ? 1 : 0;
    if (job->tries < p->tries) {
        job->since_ms = now_ms;
        job_line_return(&p->tokens[job->token].waiting, job);
        return;
    }
    struct err why;
    err_set(&why, ERR_TOKEN, "%u workers ended while they were on this job", job->tries);
    err_hint(&why, "the module may crash on it, or take longer than the time allowed");
    job_fail(p, job, &why);
}

/* Its jobs go back to the front of the queue, in their order. */
static void member_end(struct pool *p, struct member *m, int64_t now_ms)
{
    for (struct job *job; (job = TAILQ_LAST(&m->running.jobs, job_chain)) != NULL;) {
        job_line_remove(&m->running, job);
        job_again(p, job, m->running.count == 0, now_ms);
    }
    (void)close(m->socket);
    frame_reader_done(&m->in);
    buf_done(&m->out);
    m->there = false;
    struct token *token = &p->tokens[m->token];
    if (token->refused)
        token_refuse(p, token);
}

/* The first message of a worker: the token is open, or why it is not. */
static bool hello_take(struct pool *p, struct member *m, const struct frame *frame, struct err *e)
{
    AUTO_VALUE(arena) a = ARENA(4096);
    struct worker_answer answer;
    if (!worker_answer_read(&answer, frame, &a, e))
        return false;
    if (answer.job != 0 || answer.op != WORKER_PING)
        return err_set(e, ERR_INPUT, "a worker's first message answers a job");
    m->ready = answer.ok;
    if (!answer.ok)
        p->tokens[m->token].last = answer.err;
    return true;
}

static bool member_frame(struct pool *p, struct member *m, const struct frame *frame,
                         int64_t now_ms, struct err *e)
{
    if (!m->ready)
        return hello_take(p, m, frame, e);
    struct job *job = job_line_first(&m->running);
    if (job == NULL)
        return err_set(e, ERR_INPUT, "a worker answers without having been asked");
    if (!job_answer(job, frame, e))
        return false;
    job_line_remove(&m->running, job);
    job_done(p, job);
    struct job *next = job_line_first(&m->running);
    if (next != NULL)
        next->since_ms = now_ms;
    return true;
}

static bool member_fill(struct pool *p, struct member *m, bool *ret_closed, int64_t now_ms,
                        struct err *e)
{
    if (!frame_fill(&m->in, m->socket, ret_closed, e))
        return false;
    for (;;) {
        struct frame frame;
        bool found = false;
        if (!frame_next(&m->in, &frame, &found, e))
            return false;
        if (!found)
            return true;
        if (!member_frame(p, m, &frame, now_ms, e))
            return false;
    }
}

/* One that does not keep to the protocol is ended. */
static void member_read(struct pool *p, struct member *m, int64_t now_ms)
{
    bool closed = false;
    struct err e;
    if (!member_fill(p, m, &closed, now_ms, &e)) {
        p->tokens[m->token].last = e;
        (void)!spawner_kill(p->spawner, m->pid, &e);
        closed = true;
    }
    if (closed)
        member_end(p, m, now_ms);
}

/* Everything it had sent before it died still counts. */
static void member_bury(struct pool *p, struct member *m, int64_t now_ms)
{
    bool closed = false;
    struct err e;
    for (unsigned i = 0; i < FILLS_AT_DEATH && !closed; i++)
        if (!member_fill(p, m, &closed, now_ms, &e))
            break;
    member_end(p, m, now_ms);
}

static struct member *member_of(struct pool *p, pid_t pid)
{
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++)
        if (p->members[i].there && p->members[i].pid == pid)
            return &p->members[i];
    return NULL;
}

static void member_send(struct pool *p, struct member *m, int64_t now_ms)
{
    struct err e;
    if (m->out.size > 0 && !frame_flush(&m->out, m->socket, &e))
        member_bury(p, m, now_ms);
}

static void member_give(struct member *m, struct job *job, int64_t now_ms)
{
    buf_put(&m->out, buf_bytes(&job->request));
    job->since_ms = now_ms;
    job_line_add(&m->running, job);
}

/* The ready worker of that token with the fewest jobs, if it has room for one more. */
static const struct member *member_idlest(const struct pool *p, size_t token)
{
    const struct member *best = NULL;
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        const struct member *m = &p->members[i];
        if (!m->there || !m->ready || m->killed || m->token != token || m->running.count >= DEPTH)
            continue;
        if (best == NULL || m->running.count < best->running.count)
            best = m;
    }
    return best;
}

static void jobs_give(struct pool *p, int64_t now_ms)
{
    for (size_t t = 0; t < p->token_count; t++) {
        struct token *token = &p->tokens[t];
        for (const struct member *m; token->waiting.count > 0 && (m = member_idlest(p, t)) != NULL;)
            member_give(&p->members[m - p->members], job_line_take(&token->waiting), now_ms);
    }
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++)
        if (p->members[i].there)
            member_send(p, &p->members[i], now_ms);
}

/* --- what the spawner tells --- */

static bool notice_obey(struct pool *p, const struct spawner_notice *notice, int descriptor,
                        int64_t now_ms, struct err *e)
{
    struct token *token = &p->tokens[notice->token];
    struct member *m = member_of(p, notice->pid);
    switch (notice->event) {
    case SPAWNER_STARTED:
        member_add(p, notice, descriptor);
        return true;
    case SPAWNER_REFUSED:
    case SPAWNER_ENDED:
        token->died++;
        if (m != NULL)
            member_bury(p, m, now_ms);
        if (WIFSIGNALED(notice->status))
            (void)spawner_notice_error(&token->last, notice);
        if (notice->event == SPAWNER_REFUSED)
            token_refuse(p, token);
        return true;
    case SPAWNER_FAILED:
        return err_set(e, ERR_STATE, "the workers of the tokens cannot start: %s", notice->reason);
    }
    return err_set(e, ERR_INTERNAL, "notice %d of the spawner is unknown", (int)notice->event);
}

static bool notices_take(struct pool *p, int64_t now_ms, struct err *e)
{
    for (;;) {
        struct spawner_notice notice;
        int descriptor = -1;
        bool found = false;
        if (!spawner_receive(&notice, &descriptor, &found, p->spawner, e))
            return false;
        if (!found)
            return true;
        if (!notice_obey(p, &notice, descriptor, now_ms, e))
            return false;
    }
}

/* --- time --- */

static void late_kill(struct pool *p, int64_t now_ms)
{
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        struct member *m = &p->members[i];
        struct job *job = m->there ? job_line_first(&m->running) : NULL;
        struct err e;
        if (job != NULL && !m->killed && job->since_ms + p->job_ms <= now_ms)
            m->killed = spawner_kill(p->spawner, m->pid, &e);
    }
}

static bool token_serves(const struct pool *p, size_t token)
{
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++)
        if (p->members[i].there && p->members[i].ready && p->members[i].token == token)
            return true;
    return false;
}

/* Jobs that found no worker in time fail with what the last worker said. */
static void late_fail(struct pool *p, int64_t now_ms)
{
    for (size_t t = 0; t < p->token_count; t++) {
        struct token *token = &p->tokens[t];
        if (token_serves(p, t))
            continue;
        for (struct job *job; (job = job_line_first(&token->waiting)) != NULL;) {
            if (job->since_ms + p->job_ms > now_ms)
                break;
            struct err why = token->last;
            if (why.code == ERR_NONE)
                err_set(&why, ERR_TOKEN, "no worker of the token was ready in time");
            job_fail(p, job_line_take(&token->waiting), &why);
        }
    }
}

static int64_t sooner(int64_t wait, int64_t due, int64_t now_ms)
{
    int64_t left = due > now_ms ? due - now_ms : 0;
    return wait < 0 || left < wait ? left : wait;
}

int pool_timeout(const struct pool *p, int64_t now_ms)
{
    int64_t wait = p->done.count == 0 ? -1 : 0;
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        const struct member *m = &p->members[i];
        const struct job *job = m->there && !m->killed ? job_line_first(&m->running) : NULL;
        if (job != NULL)
            wait = sooner(wait, job->since_ms + p->job_ms, now_ms);
    }
    for (size_t t = 0; t < p->token_count; t++) {
        const struct job *job = job_line_first(&p->tokens[t].waiting);
        if (job != NULL && member_idlest(p, t) != NULL)
            wait = 0;
        else if (job != NULL && !token_serves(p, t))
            wait = sooner(wait, job->since_ms + p->job_ms, now_ms);
    }
    return (int)wait;
}

/* --- the loop --- */

size_t pool_poll(const struct pool *p, struct pollfd fds[POOL_POLL_MAX])
{
    size_t count = 0;
    fds[count++] = (struct pollfd){.fd = p->spawner, .events = POLLIN};
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        const struct member *m = &p->members[i];
        short events = m->out.size > 0 ? POLLIN | POLLOUT : POLLIN;
        if (m->there)
            fds[count++] = (struct pollfd){.fd = m->socket, .events = events};
    }
    return count;
}

/* Reads from the workers that have sent something. The rows stand in the order of the members. */
static bool members_read(struct pool *p, int64_t now_ms, struct err *e)
{
    struct pollfd fds[POOL_POLL_MAX];
    size_t count = pool_poll(p, fds);
    if (poll(fds, (nfds_t)count, 0) < 0 && errno != EINTR)
        return err_errno(e, "cannot wait for the workers of the tokens");
    size_t row = 1;
    for (size_t i = 0; i < POOL_WORKERS_MAX && row < count; i++) {
        struct member *m = &p->members[i];
        if (m->there && (fds[row++].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            member_read(p, m, now_ms);
    }
    return true;
}

bool pool_step(struct pool *p, int64_t now_ms, struct err *e)
{
    if (!members_read(p, now_ms, e) || !notices_take(p, now_ms, e))
        return false;
    late_kill(p, now_ms);
    jobs_give(p, now_ms);
    late_fail(p, now_ms);
    return true;
}

static void answer_give(struct pool_answer *ret, struct pool *p, struct job *job)
{
    job_free(p->taken);
    p->taken = job;
    p->job_count--;
    *ret = job->answer;
}

bool pool_take(struct pool_answer *ret, struct pool *p)
{
    struct job *job = job_line_take(&p->done);
    if (job == NULL)
        return false;
    answer_give(ret, p, job);
    return true;
}

static bool answer_find(struct pool_answer *ret, struct pool *p, uint64_t number)
{
    struct job *job;
    TAILQ_FOREACH(job, &p->done.jobs, link)
    {
        if (job->number != number)
            continue;
        job_line_remove(&p->done, job);
        answer_give(ret, p, job);
        return true;
    }
    return false;
}

bool pool_wait(struct pool_answer *ret, struct pool *p, uint64_t number, int wait_ms, struct err *e)
{
    int64_t end = clock_monotonic_ms() + wait_ms;
    struct pool_answer answer;
    for (;;) {
        int64_t now = clock_monotonic_ms();
        if (!pool_step(p, now, e))
            return false;
        if (answer_find(&answer, p, number))
            break;
        if (now >= end)
            return err_set(e, ERR_LIMIT, "the token has not answered in %d ms", wait_ms);
        struct pollfd fds[POOL_POLL_MAX];
        int due = p->done.count == 0 ? pool_timeout(p, now) : -1;
        int left = (int)(end - now);
        (void)poll(fds, (nfds_t)pool_poll(p, fds), due < 0 || due > left ? left : due);
    }
    if (!answer.ok) {
        *e = answer.err;
        return false;
    }
    *ret = answer;
    return true;
}

/* --- beginning and end --- */

bool pool_start(struct pool **ret, const struct pool_config *config, struct err *e)
{
    struct pool *p = calloc(1, sizeof *p);
    if (p == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a pool of workers");
    if (!spawner_start(&p->spawner, &p->spawner_pid, config, e)) {
        free(p);
        return false;
    }
    p->tries = config->tries;
    p->job_ms = config->job_ms;
    p->token_count = config->token_count;
    p->next_number = 1;
    job_line_init(&p->done);
    for (size_t t = 0; t < POOL_TOKENS_MAX; t++)
        job_line_init(&p->tokens[t].waiting);
    *ret = p;
    return true;
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        struct member *m = &p->members[i];
        if (!m->there)
            continue;
        job_line_clear(&m->running);
        (void)close(m->socket);
        frame_reader_done(&m->in);
        buf_done(&m->out);
    }
    (void)close(p->spawner);
    (void)waitpid(p->spawner_pid, NULL, 0); /* a jailed process may not, and need not */
    for (size_t t = 0; t < POOL_TOKENS_MAX; t++)
        job_line_clear(&p->tokens[t].waiting);
    job_line_clear(&p->done);
    job_free(p->taken);
    free(p);
}

/* --- how things stand --- */

void pool_stats(struct pool_stats *ret, const struct pool *p, size_t token)
{
    const struct token *t = &p->tokens[token];
    struct pool_stats stats = {.started = t->started,
                               .died = t->died,
                               .waiting = t->waiting.count,
                               .refused = t->refused,
                               .last = t->last};
    for (size_t i = 0; i < POOL_WORKERS_MAX; i++) {
        const struct member *m = &p->members[i];
        if (!m->there || m->token != token)
            continue;
        stats.workers += m->ready ? 1 : 0;
        stats.running += m->running.count;
    }
    *ret = stats;
}

size_t pool_workers(pid_t *ret, size_t max, const struct pool *p, size_t token)
{
    size_t count = 0;
    for (size_t i = 0; i < POOL_WORKERS_MAX && count < max; i++)
        if (p->members[i].there && p->members[i].token == token)
            ret[count++] = p->members[i].pid;
    return count;
}
