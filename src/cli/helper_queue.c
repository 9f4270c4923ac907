#include "cli/helper_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct helper_queue {
    pthread_mutex_t lock; /* over everything below but `event` */
    pthread_cond_t filled;
    struct helper_calls waiting;
    struct helper_calls answered;
    bool closed;
    int event;
};

bool helper_queue_new(struct helper_queue **ret, struct err *e)
{
    struct helper_queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the helper");
    q->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->event < 0) {
        free(q);
        return err_errno(e, "cannot make an event for the helper");
    }
    TAILQ_INIT(&q->waiting);
    TAILQ_INIT(&q->answered);
    /* With default attributes neither can fail on Linux. */
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->filled, NULL);
    *ret = q;
    return true;
}

static void calls_free(struct helper_calls *calls)
{
    struct helper_call *call;
    while ((call = TAILQ_FIRST(calls)) != NULL) {
        TAILQ_REMOVE(calls, call, link);
        helper_call_free(call);
    }
}

void helper_queue_free(struct helper_queue *q)
{
    if (q == NULL)
        return;
    calls_free(&q->waiting);
    calls_free(&q->answered);
    (void)pthread_cond_destroy(&q->filled);
    (void)pthread_mutex_destroy(&q->lock);
    (void)close(q->event);
    free(q);
}

static void queue_wake(struct helper_queue *q)
{
    uint64_t one = 1;
    /* A full counter is readable as well. */
    ssize_t ignored = write(q->event, &one, sizeof one);
    (void)ignored;
}

void helper_queue_put(struct helper_queue *q, struct helper_call *call)
{
    (void)pthread_mutex_lock(&q->lock);
    TAILQ_INSERT_TAIL(&q->waiting, call, link);
    (void)pthread_cond_signal(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
}

bool helper_queue_take(struct helper_queue *q, struct helper_calls *ret)
{
    (void)pthread_mutex_lock(&q->lock);
    while (TAILQ_EMPTY(&q->waiting) && !q->closed)
        (void)pthread_cond_wait(&q->filled, &q->lock);
    bool open = !q->closed;
    if (open)
        TAILQ_CONCAT(ret, &q->waiting, link);
    (void)pthread_mutex_unlock(&q->lock);
    return open;
}

void helper_queue_answer(struct helper_queue *q, struct helper_calls *calls)
{
    (void)pthread_mutex_lock(&q->lock);
    TAILQ_CONCAT(&q->answered, calls, link);
    (void)pthread_mutex_unlock(&q->lock);
    queue_wake(q);
}

struct helper_call *helper_queue_answered(struct helper_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    struct helper_call *call = TAILQ_FIRST(&q->answered);
    if (call != NULL)
        TAILQ_REMOVE(&q->answered, call, link);
    (void)pthread_mutex_unlock(&q->lock);
    return call;
}

void helper_queue_close(struct helper_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
    queue_wake(q);
}

bool helper_queue_closed(struct helper_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    (void)pthread_mutex_unlock(&q->lock);
    return closed;
}

int helper_queue_descriptor(const struct helper_queue *q)
{
    return q->event;
}

void helper_queue_quiet(struct helper_queue *q)
{
    uint64_t count;
    ssize_t ignored = read(q->event, &count, sizeof count);
    (void)ignored;
}
