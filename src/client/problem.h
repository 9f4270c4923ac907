/*
 * Problem documents (RFC 9457, docs/protocol/api.md): what a peer says when it refuses. Outside
 * bytes; whatever comes, there is an error to show.
 */
#ifndef SEALWARD_CLIENT_PROBLEM_H
#define SEALWARD_CLIENT_PROBLEM_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Bytes of a problem document that are looked at. */
#define PROBLEM_MAX 16384

/* Fills *e from the body of an answer with that HTTP status; a body that is no problem document
 * leaves the status to speak. *ret_entry is the entry that stands against the call, or -1. Always
 * false. */
bool problem_read(struct err *e, int64_t *ret_entry, long status, struct bytes body);

#endif
