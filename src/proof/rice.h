/*
 * Rice coding of ascending numbers: each is written as its distance from the one before, less one
 * (the first as it is), in a quotient and `k` bits of remainder. Where the numbers are a random
 * part of a range, that is within half a percent of the fewest bits that any code could have.
 * docs/protocol/distrust-list.md has the bits.
 *
 * A number is below 2^53, k at most RICE_K_MAX. The reader walks over the bits it is given and
 * allocates nothing; it can be copied to come back to a place. Pure.
 */
#ifndef SEALWARD_PROOF_RICE_H
#define SEALWARD_PROOF_RICE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"

#define RICE_K_MAX 52
#define RICE_NUMBER_MAX ((UINT64_C(1) << 53) - 1)

/* The k that needs the fewest bits, the smallest of several. The numbers ascend. */
unsigned rice_choose(const uint64_t *numbers, size_t count);

/* Appends the code, filled up to a whole byte with zero bits. */
void rice_put(struct buf *b, const uint64_t *numbers, size_t count, unsigned k);

struct rice {
    struct bytes bytes;
    uint64_t place; /* in bits */
    uint64_t next;  /* the smallest that the next number can be */
    unsigned k;
};

static inline struct rice rice_make(struct bytes bytes, unsigned k)
{
    return (struct rice){.bytes = bytes, .k = k};
}

/* The next number; false, with nothing changed, where the bits end or the number would not be below
 * 2^53. */
CHECKED bool rice_next(struct rice *r, uint64_t *ret);

/* Goes on to the first number that is not below `wanted`, or to the end; true if it is that number.
 */
CHECKED bool rice_reach(struct rice *r, uint64_t wanted);

/* True if what is left is less than a byte of zero bits. */
bool rice_at_end(const struct rice *r);

#endif
