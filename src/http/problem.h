/*
 * An error as the API tells it: status and problem document (RFC 9457). One row a code.
 */
#ifndef SEALWARD_HTTP_PROBLEM_H
#define SEALWARD_HTTP_PROBLEM_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

#define PROBLEM_TYPE "application/problem+json"

/* Status of an error of that code. */
unsigned problem_status(enum err_code code);

/* Whether the same may work a little later. */
bool problem_may_pass(enum err_code code);

/* Appends the document. `base` is the authority's base URL or "", `entry` the entry that stands
 * against it or -1. */
void problem_write(struct buf *b, const struct err *why, unsigned status, const char *base,
                   int64_t entry);

#endif
