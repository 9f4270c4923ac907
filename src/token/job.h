/*
 * A job of the pool: one request to a worker, kept until the caller has taken its answer, because
 * it may have to be sent again. It owns the encoded request and all that the answer points into.
 *
 * Threads: one. Does NOT know workers, queues of tokens or time; the pool moves jobs between its
 * queues.
 */
#ifndef SEALWARD_TOKEN_JOB_H
#define SEALWARD_TOKEN_JOB_H

#include "base/arena.h"
#include "base/buf.h"
#include "token/pool.h"
#include "wire/worker.h"

#include <sys/queue.h>

struct job {
    TAILQ_ENTRY(job) link;
    uint64_t number;
    enum worker_op op;
    size_t token;
    unsigned tries;     /* used up */
    int64_t since_ms;   /* waiting for a worker, or being worked on, since then */
    struct buf request; /* the whole frame */
    struct buf payload; /* of the answer; what `answer` points into */
    struct arena arena;
    struct pool_answer answer;
};

/* Jobs in an order, which owns them. */
TAILQ_HEAD(job_chain, job);
struct job_line {
    struct job_chain jobs;
    size_t count;
};

/* Encodes the request, whose job number is given. */
CHECKED bool job_new(struct job **ret, size_t token, const struct worker_request *request,
                     struct err *e);
void job_free(struct job *job);
AUTO_FREE(job)

void job_line_init(struct job_line *line);
void job_line_clear(struct job_line *line);
void job_line_add(struct job_line *line, struct job *job);    /* behind the others */
void job_line_return(struct job_line *line, struct job *job); /* before the others */
void job_line_remove(struct job_line *line, struct job *job);

/* The first, or NULL; job_line_take also removes it. */
struct job *job_line_first(const struct job_line *line);
struct job *job_line_take(struct job_line *line);

/* Takes the answer from a worker's frame, copied into the job. ERR_INPUT or ERR_TOKEN if it is not
 * an answer to this job: the worker is not to be trusted any further. */
CHECKED bool job_answer(struct job *job, const struct frame *frame, struct err *e);

/* Forgets what job_answer may have left half done. */
void job_reset(struct job *job);

#endif
