/*
 * Reads outside bytes front to back, big-endian, with a sticky failure: after the first read over
 * the end every further read gives zero or nothing, and reader_done says so once. Results of reads
 * must not be acted on before reader_done has returned true. Views point into the bytes given.
 */
#ifndef SEALWARD_BASE_READER_H
#define SEALWARD_BASE_READER_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct reader {
    struct bytes rest;
    bool failed;
};

static inline struct reader reader_make(struct bytes bytes)
{
    return (struct reader){.rest = bytes, .failed = false};
}

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);

/* The next `size` bytes as a view. */
struct bytes reader_bytes(struct reader *r, size_t size);

/* A u32 length, then that many bytes, at most `max` (SSH's "string", RFC 4251 section 5). */
struct bytes reader_string32(struct reader *r, size_t max);

/* Copies exactly `size` bytes out; zeros after a failure. */
void reader_copy(struct reader *r, uint8_t *ret, size_t size);

/* True if nothing failed and nothing is left; else ERR_INPUT naming `what`. */
CHECKED bool reader_done(const struct reader *r, const char *what, struct err *e);

#endif
