/*
 * DEFLATE (RFC 1951), decoding only, into memory of known size: what entries of a JAR need.
 * Strict: codes that are over-subscribed or incomplete, distances before the beginning, bytes
 * behind the last block, and more or less output than announced are errors.
 */
#ifndef SEALWARD_ARTIFACT_INFLATE_H
#define SEALWARD_ARTIFACT_INFLATE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* No input can give more than this many times its size. */
#define INFLATE_RATIO_MAX 1032

/* Fills exactly `size` bytes of ret; ERR_INPUT otherwise, and ret is spoiled. */
CHECKED bool inflate_bytes(uint8_t *ret, size_t size, struct bytes packed, struct err *e);

#endif
