/*
 * What a grant on record declares: which artifact stands at a number of its list. A request for
 * what the rulebook builds names its artifact by that number alone, so whoever verifies such a
 * signature needs the grant's entry as well. docs/protocol/request.md.
 *
 * The digest is in the arena, the words are views into the entry or the arena. Pure. What it does
 * not do: judge. That the entry is the grant, and on record, is for the caller to see from its leaf
 * hash.
 */
#ifndef SEALWARD_PROOF_DECLARED_H
#define SEALWARD_PROOF_DECLARED_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

/* An artifact's identity. */
struct declared {
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
};

/* A grant's entry, opened: a view into the arena. */
struct declared_grant {
    const struct json *body;
};

/* Opens the whole text of an entry. ERR_NOT_FOUND for one of another type, ERR_INPUT for what is no
 * entry. */
CHECKED bool declared_open(struct declared_grant *ret, struct bytes entry, struct arena *a,
                           struct err *e);

/* Reads its artifact `number`. ERR_NOT_FOUND where it has no such one, ERR_INPUT for one that is
 * not whole. */
CHECKED bool declared_read(struct declared *ret, const struct declared_grant *grant, int64_t number,
                           struct arena *a, struct err *e);

/* The id of the release path that it is for; ERR_INPUT if it names none. */
CHECKED bool declared_path_read(struct bytes *ret, const struct declared_grant *grant,
                                struct err *e);

#endif
