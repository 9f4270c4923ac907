/*
 * A growing buffer that owns its bytes. The maximum is given at the start; a put that would go over
 * it, or that finds no memory, sets a sticky failure, and everything after it does nothing. So a
 * writer puts without looking and asks once at the end with buf_ok.
 *
 * Integers are written big-endian. buf_done wipes what it frees.
 */
#ifndef SEALWARD_BASE_BUF_H
#define SEALWARD_BASE_BUF_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t max;
    bool failed;
};

#define BUF(maximum)                                                                               \
    ((struct buf){.data = 0, .size = 0, .capacity = 0, .max = (maximum), .failed = false})

void buf_done(struct buf *b);
AUTO_DONE(buf)

void buf_put(struct buf *b, struct bytes bytes);
void buf_put_text(struct buf *b, const char *text);
void buf_put_u8(struct buf *b, uint8_t value);
void buf_put_u16(struct buf *b, uint16_t value);
void buf_put_u32(struct buf *b, uint32_t value);
void buf_put_u64(struct buf *b, uint64_t value);
/* In digits. */
void buf_put_decimal(struct buf *b, int64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends `size` bytes and returns where they stand, for the caller to fill; NULL after a failure.
 * Valid until the next put. */
uint8_t *buf_grow(struct buf *b, size_t size);

/* Empties without freeing; clears a failure. */
void buf_reset(struct buf *b);

/* Removes the first n bytes (n <= size). */
void buf_drop(struct buf *b, size_t n);

/* True if every put so far has succeeded; else ERR_LIMIT naming `what`. */
CHECKED bool buf_ok(const struct buf *b, const char *what, struct err *e);

/* Puts a NUL behind the bytes (not counted in size) and returns them as a string; "" after a
 * failure. Valid until the next put. */
const char *buf_string(struct buf *b);

static inline struct bytes buf_bytes(const struct buf *b)
{
    return (struct bytes){.data = b->data, .size = b->size};
}

/* Moves the contents out: *b is empty afterwards. */
static inline struct buf buf_take(struct buf *b)
{
    struct buf taken = *b;
    *b = BUF(taken.max);
    return taken;
}

#endif
