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

/* An artifact's identity. */
struct declared {
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
};

/* Reads artifact `number` out of the whole text of a grant's entry. ERR_NOT_FOUND for an entry of
 * another type and where the grant has no such artifact; ERR_INPUT for what is no entry. */
CHECKED bool declared_read(struct declared *ret, struct bytes entry, int64_t number,
                           struct arena *a, struct err *e);

/* The id of the release path that the grant is for. Errors as above. */
CHECKED bool declared_path_read(struct bytes *ret, struct bytes entry, struct arena *a,
                                struct err *e);

#endif
