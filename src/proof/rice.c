#include "proof/rice.h"

/* Bits that the numbers need with this k. */
static uint64_t cost(const uint64_t *numbers, size_t count, unsigned k)
{
    uint64_t bits = (uint64_t)count * (k + 1);
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        bits += (numbers[i] - next) >> k;
        next = numbers[i] + 1;
    }
    return bits;
}

/* The cost falls to its least and then rises: a step to k + 1 saves ceil(q / 2) bits of each
 * quotient q, and that shrinks with k. */
unsigned rice_choose(const uint64_t *numbers, size_t count)
{
    unsigned k = 0;
    uint64_t least = cost(numbers, count, 0);
    while (k < RICE_K_MAX) {
        uint64_t next = cost(numbers, count, k + 1);
        if (next >= least)
            break;
        least = next;
        k++;
    }
    return k;
}

/* Bits on their way into bytes. */
struct bits {
    struct buf *b;
    unsigned filled; /* of `byte`; below 8 */
    uint8_t byte;
};

static void bit_put(struct bits *w, unsigned bit)
{
    w->byte = (uint8_t)((unsigned)w->byte << 1 | bit);
    if (++w->filled < 8)
        return;
    buf_put_u8(w->b, w->byte);
    w->filled = 0;
}

static void gap_put(struct bits *w, uint64_t gap, unsigned k)
{
    for (uint64_t zeros = gap >> k; zeros > 0 && !w->b->failed; zeros--)
        bit_put(w, 0);
    bit_put(w, 1);
    for (unsigned i = k; i > 0; i--)
        bit_put(w, (unsigned)(gap >> (i - 1)) & 1);
}

void rice_put(struct buf *b, const uint64_t *numbers, size_t count, unsigned k)
{
    struct bits w = {.b = b};
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        gap_put(&w, numbers[i] - next, k);
        next = numbers[i] + 1;
    }
    while (w.filled > 0)
        bit_put(&w, 0);
}

/* At least 57 bits from the place on, the first one on top; zeros behind the end. */
static inline uint64_t window(const struct rice *r, uint64_t place)
{
    size_t at = (size_t)(place / 8);
    size_t left = r->bytes.size - at;
    uint64_t word = 0;
    if (left >= 8) {
        const uint8_t *p = r->bytes.data + at;
        word = (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
               (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
               (uint64_t)p[6] << 8 | p[7];
    } else {
        for (size_t i = 0; i < left; i++)
            word |= (uint64_t)r->bytes.data[at + i] << (56 - 8 * i);
    }
    return word << (place % 8);
}

static inline bool number_next(struct rice *r, uint64_t *ret)
{
    uint64_t end = (uint64_t)r->bytes.size * 8;
    uint64_t place = r->place;
    uint64_t word = 0;
    while (place < end && (word = window(r, place)) == 0)
        place += 64 - place % 8;
    if (place >= end)
        return false;
    unsigned zeros = (unsigned)__builtin_clzll(word);
    uint64_t quotient = place + zeros - r->place;
    bool at_hand = zeros + 1 + r->k <= 57;
    place += zeros + 1;
    if (place + r->k > end || quotient > RICE_NUMBER_MAX >> r->k)
        return false;
    uint64_t bits = at_hand ? word << (zeros + 1) : window(r, place);
    uint64_t gap = quotient << r->k | (r->k == 0 ? 0 : bits >> (64 - r->k));
    if (r->next > RICE_NUMBER_MAX || gap > RICE_NUMBER_MAX - r->next)
        return false;
    *ret = r->next + gap;
    r->next = *ret + 1;
    r->place = place + r->k;
    return true;
}

bool rice_next(struct rice *r, uint64_t *ret)
{
    return number_next(r, ret);
}

bool rice_reach(struct rice *r, uint64_t wanted)
{
    struct rice own = *r;
    uint64_t number = 0;
    bool found = false;
    while (own.next <= wanted && number_next(&own, &number))
        found = number == wanted;
    *r = own;
    return found;
}

bool rice_at_end(const struct rice *r)
{
    uint64_t left = (uint64_t)r->bytes.size * 8 - r->place;
    return left == 0 || (left < 8 && window(r, r->place) == 0);
}
