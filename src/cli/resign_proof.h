/*
 * That a signature of a key belongs to an artifact, out of entries that the log proves: the
 * request, its grant's declaration, and the binding where the request itself does not bind. What
 * the daemon's index says of it is held against that.
 *
 * Owned by the caller; one thread. Grants that were read are kept for the next question.
 * What it does not do: judge again what the keeper judged. That it stands in the record is enough.
 */
#ifndef SEALWARD_CLI_RESIGN_PROOF_H
#define SEALWARD_CLI_RESIGN_PROOF_H

#include "client/client.h"
#include "rules/state.h"

struct resign_proof;

/* The client must outlive it. */
CHECKED bool resign_proof_new(struct resign_proof **ret, struct client *c, struct err *e);
void resign_proof_free(struct resign_proof *p);
AUTO_FREE(resign_proof)

/* The item of the request that is entry `entry` was signed by `key` (SHA-256 of its SPKI) for that
 * artifact. ERR_AUTH if the record says otherwise. Bears an absence of the authority. */
CHECKED bool resign_proof_check(struct resign_proof *p, int64_t entry, int64_t item,
                                struct bytes key, const struct artifact *artifact, struct err *e);

#endif
