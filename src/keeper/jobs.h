/*
 * Who waits for which answer of the tokens: each job submitted to the pool has one owner, and its
 * answer calls that owner once.
 */
#ifndef SEALWARD_KEEPER_JOBS_H
#define SEALWARD_KEEPER_JOBS_H

#include "base/auto.h"
#include "token/pool.h"

struct keeper;

/* `answer` is valid during the call only. False ends the keeper. */
typedef bool job_done(struct keeper *k, void *owner, size_t item, const struct pool_answer *answer,
                      struct err *e);

struct job {
    uint64_t number;
    void *owner;
    size_t item;
    job_done *done;
};

/* In the order of submission, which is that of their numbers. */
struct jobs {
    struct job *list;
    size_t first; /* all before are answered */
    size_t count;
    size_t capacity;
};

void jobs_done(struct jobs *j);

CHECKED bool jobs_add(struct jobs *j, uint64_t number, void *owner, size_t item, job_done *done,
                      struct err *e);

/* Hands every finished job of the pool to its owner. */
CHECKED bool jobs_step(struct jobs *j, struct pool *pool, struct keeper *k, struct err *e);

#endif
