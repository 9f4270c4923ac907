/*
 * Binding: evidence that a signature belongs to a declared artifact. It is a chain of hashes from
 * the to-be-signed digest on record down to the artifact's digest; the preimages are its links, at
 * most BINDING_PREIMAGES_MAX of at most LIMIT_PREIMAGE bytes each.
 * docs/protocol/artifact-and-binding.md defines them for each format.
 *
 * Decides verdicts: pure, strict, no library below it but our own DER reader and SHA-2.
 */
#ifndef SEALWARD_PROOF_BINDING_H
#define SEALWARD_PROOF_BINDING_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "proof/format.h"

#define BINDING_PREIMAGES_MAX 2

struct binding {
    enum format format;
    enum digest_alg artifact_alg; /* the artifact as declared */
    struct bytes artifact_digest;
    enum digest_alg signed_alg; /* what the request recorded: hash of the mechanism */
    struct bytes signed_digest;
    const struct bytes *preimages;
    size_t preimage_count;
};

/* True if the preimages lead from the recorded digest to the artifact. ERR_REFUSED by
 * "binding.format" (cannot be bound), ".preimages" (number or size), ".digest" (the first preimage
 * is not what was signed), ".content-type", ".message-digest" (does not lead on), ".artifact"
 * (leads to another artifact), ".algorithm"; ERR_INPUT for a preimage that is malformed. */
CHECKED bool binding_check(const struct binding *b, struct err *e);

#endif
