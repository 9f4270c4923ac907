/*
 * A pool over a token of a test's own, with a key in it.
 */
#ifndef SEALWARD_TESTS_TOKEN_BENCH_H
#define SEALWARD_TESTS_TOKEN_BENCH_H

#include "unit/token/place.h"
#include "base/auto.h"
#include "pki/key.h"
#include "token/pool.h"

#define BENCH_WAIT_MS 60000
#define BENCH_LABEL "0a0b0c"

struct bench {
    struct place place;
    struct pool *pool;
    uint8_t id[32]; /* of the key that was made last */
    struct pubkey *key;
};

void bench_start(struct bench *b, const struct pool_config *config);
void bench_done(struct bench *b);
AUTO_DONE(bench)

/* A key on that token of the pool. */
void bench_generate(struct bench *b, size_t token, enum key_kind kind);

/* A job for token 0, over a digest made of the number. */
uint64_t bench_submit(struct bench *b, uint64_t number, enum mechanism mechanism);

/* One signature, waited for and verified. */
void bench_sign(struct bench *b);

/* As the keeper's loop does it: submits `count` jobs, and takes each answer once. `midway`, if not
 * NULL, is called when a quarter is in. */
void bench_sign_many(struct bench *b, unsigned count, enum mechanism mechanism,
                     void (*midway)(struct bench *b));

#endif
