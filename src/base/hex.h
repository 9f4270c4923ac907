/*
 * Hexadecimal in lower case; the reader takes nothing else. Not constant time: not for secrets.
 */
#ifndef SEALWARD_BASE_HEX_H
#define SEALWARD_BASE_HEX_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

void hex_put(struct buf *b, struct bytes bytes);

/* Writes 2 * bytes.size characters and a NUL to `ret` and returns it, for messages and names. */
const char *hex_string(char *ret, struct bytes bytes);

/* Hex of exactly `size` bytes, written to `ret`. ERR_INPUT tells the first wrong character. */
CHECKED bool hex_decode(uint8_t *ret, size_t size, struct bytes text, struct err *e);

#endif
