/*
 * The core's view of its tokens: jobs in, answers out, without waiting. Behind it stand the spawner
 * and, for each token, its workers; the pool never calls a module.
 *
 * Each job is answered once. Jobs go to the workers of their token in the order of submission,
 * several to a worker ahead of time. When a worker dies, its unanswered jobs go to others; only the
 * one that it was working on has used up a try, and a job fails after `tries` of them. A worker
 * that does not answer within `job_ms` is killed, which counts as dying. A job whose token has no
 * worker fails after `job_ms` too. Answers that come twice or that nobody asked for end the worker.
 * So a signature may be made twice on the token, but the caller gets one. Generating and destroying
 * may be repeated for the same reason: see keys.h.
 *
 * The PINs are read by the spawner from the descriptors given and never enter this process.
 *
 * Threads: one; it is made for one poll loop: pool_poll fills descriptors, pool_step does what they
 * are ready for, pool_take gives answers. Call pool_start before the jail and while the process has
 * one thread and no secrets, because it forks. Time is a parameter, in milliseconds of a clock that
 * does not go back.
 */
#ifndef SEALWARD_TOKEN_POOL_H
#define SEALWARD_TOKEN_POOL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/mechanism.h"
#include "token/keys.h"

#include <poll.h>
#include <sys/types.h>

#define POOL_TOKENS_MAX 4
#define POOL_WORKERS_MAX 64 /* of all tokens together */
#define POOL_JOBS_MAX 65536 /* waiting and running */
#define POOL_POLL_MAX (POOL_WORKERS_MAX + 1)

struct pool;

struct pool_token {
    const char *module; /* absolute path of the PKCS#11 module */
    const char *token;  /* label */
    int pin;            /* descriptor from which the PIN can be read; pool_start closes
                           it in this process */
    const char *const
        *environment;            /* "NAME=value" settings of the module, NULL-terminated or NULL */
    const char *const *readable; /* files and folders that its workers may read: the module, */
    const char *const *writable; /* its libraries and settings; and write: where it keeps keys */
    bool network;                /* a network HSM: its workers may open sockets */
    unsigned workers;            /* 1..POOL_WORKERS_MAX */
};

struct pool_config {
    struct pool_token tokens[POOL_TOKENS_MAX];
    size_t token_count;
    unsigned tries; /* 1..10 */
    int job_ms;     /* 100..600000 */
};

/* Starts spawner and workers and returns at once; jobs submitted before a worker is ready wait. */
CHECKED bool pool_start(struct pool **ret, const struct pool_config *config, struct err *e);

/* Closes everything: workers and spawner end by themselves, and are waited for unless this process
 * is jailed. Unanswered jobs are dropped. */
void pool_free(struct pool *p);
AUTO_FREE(pool)

/* Each submits one job for the token with that index of the configuration. Bytes are copied.
 * ERR_BUSY when POOL_JOBS_MAX is reached. The job's number is never 0 and never used again. */
CHECKED bool pool_sign(uint64_t *ret_job, struct pool *p, size_t token, struct bytes id,
                       enum mechanism mechanism, struct bytes data, int64_t now_ms, struct err *e);
CHECKED bool pool_generate(uint64_t *ret_job, struct pool *p, size_t token, enum key_kind kind,
                           struct bytes label, int64_t now_ms, struct err *e);
CHECKED bool pool_list(uint64_t *ret_job, struct pool *p, size_t token, int64_t now_ms,
                       struct err *e);
CHECKED bool pool_destroy(uint64_t *ret_job, struct pool *p, size_t token, struct bytes id,
                          struct bytes label, int64_t now_ms, struct err *e);
CHECKED bool pool_ping(uint64_t *ret_job, struct pool *p, size_t token, int64_t now_ms,
                       struct err *e);

/* Fills in what to poll for; returns how many (at most POOL_POLL_MAX). */
size_t pool_poll(const struct pool *p, struct pollfd fds[POOL_POLL_MAX]);

/* Milliseconds until pool_step must be called even if nothing is ready; -1 for never. */
int pool_timeout(const struct pool *p, int64_t now_ms);

/* Does all that can be done without waiting. False when the spawner has ended: nothing works any
 * more and the caller should end too. */
CHECKED bool pool_step(struct pool *p, int64_t now_ms, struct err *e);

struct pool_answer {
    uint64_t job;
    bool ok;
    struct err err;         /* if !ok */
    struct bytes signature; /* of pool_sign */
    bool found;             /* of pool_generate and pool_destroy: see keys.h */
    struct keys_list keys;  /* of pool_list; of pool_generate: one */
};

/* The next finished job, in the order of finishing; false if there is none. Its bytes are valid
 * until the next pool_take or pool_free. */
bool pool_take(struct pool_answer *ret, struct pool *p);

/* Waits for that job's answer, at most `wait_ms`: for a start, a ceremony, a test. Answers of other
 * jobs stay for pool_take. A job that failed gives false with its error; ERR_LIMIT if it took too
 * long. */
CHECKED bool pool_wait(struct pool_answer *ret, struct pool *p, uint64_t job, int wait_ms,
                       struct err *e);

/* How things stand, for metrics and for messages. */
struct pool_stats {
    unsigned workers; /* ready now */
    uint64_t started; /* in all */
    uint64_t died;    /* in all */
    size_t waiting;   /* jobs not yet given to a worker */
    size_t running;
    bool refused;    /* the PIN was refused, or the module cannot be loaded: for good */
    struct err last; /* why a worker last failed or ended; code ERR_NONE if none has */
};
void pool_stats(struct pool_stats *ret, const struct pool *p, size_t token);

/* The process ids of a token's workers that are alive, for tests and messages; at most `max`. */
size_t pool_workers(pid_t *ret, size_t max, const struct pool *p, size_t token);

#endif
