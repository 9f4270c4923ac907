/*
 * Base64, one spelling for every sequence of bytes.
 *
 * base64_* is the standard alphabet with padding (RFC 4648 section 4), base64url_* the one for URLs
 * without padding (section 5, as RFC 7515 uses it). Both readers are strict: no white space, no
 * characters of the other alphabet, padding exactly as the writer would put it, and no bits set
 * behind the last byte (section 3.5). So two different texts never decode to the same bytes.
 * Not constant time: this is not for secrets.
 */
#ifndef SEALWARD_BASE_BASE64_H
#define SEALWARD_BASE_BASE64_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

void base64_put(struct buf *b, struct bytes bytes);
void base64url_put(struct buf *b, struct bytes bytes);

/* The bytes, copied into the arena; never NULL, not even for the empty text. ERR_INPUT tells the
 * offset of the first wrong character, ERR_LIMIT that the arena is full. */
CHECKED bool base64_decode(struct bytes *ret, struct bytes text, struct arena *a, struct err *e);
CHECKED bool base64url_decode(struct bytes *ret, struct bytes text, struct arena *a, struct err *e);

/* Standard base64 of exactly `size` bytes, such as a digest, written to `ret`. */
CHECKED bool base64_decode_exactly(uint8_t *ret, size_t size, struct bytes text, struct err *e);

#endif
