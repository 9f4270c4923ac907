/*
 * What is signed in whole files, and where signatures sit: one file and one row of a table for each
 * format. docs/protocol/artifact-and-binding.md defines the identities exactly.
 *
 * Pure: whole files as bytes in, digests and views out. Runs at the client and in the verifier,
 * never in the keeper. Names of formats are those of proof/format.h: "pe", "cms", "raw", "jar".
 * What is found is a claim of the file: nothing here verifies a signature.
 */
#ifndef SEALWARD_ARTIFACT_ARTIFACT_H
#define SEALWARD_ARTIFACT_ARTIFACT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

#define ARTIFACT_SIGNATURES_MAX 16
#define ARTIFACT_PREIMAGES_MAX 2
#define ARTIFACT_ARENA_MAX (4 * 1024 * 1024) /* enough for everything that goes into the arena */

/* The signatures of one file: CMS ContentInfo DER each, in the order of the file (nested ones
 * behind the one that holds them). Views into the bytes given or the arena. */
struct artifact_signatures {
    size_t count;
    struct bytes list[ARTIFACT_SIGNATURES_MAX];
};

/* What leads from a signature's to-be-signed digest to the artifact: see proof/binding.h. */
struct artifact_preimages {
    enum digest_alg alg;        /* the hash that the signer used */
    uint8_t digest[DIGEST_MAX]; /* to-be-signed digest: of the SignedAttributes */
    size_t count;
    struct bytes list[ARTIFACT_PREIMAGES_MAX];
};

/* True if there is a format with that name. */
bool artifact_has_format(struct bytes format);

/* The name of the n-th format; NULL past the last. */
const char *artifact_format_name(size_t n);

/* Gives the artifact's digest, digest_size(alg) bytes: the same before and after signing. `file` is
 * the whole file, signed or not. ERR_NOT_FOUND for an unknown format, ERR_INPUT or ERR_LIMIT for a
 * file that is not of it. */
CHECKED bool artifact_identify(uint8_t ret[DIGEST_MAX], struct bytes format, enum digest_alg alg,
                               struct bytes file, struct err *e);

/* Finds the signatures. `beside` is the whole signature file that stands beside the artifact
 * (format "cms"), else empty. No signature at all is not an error: count is 0. */
CHECKED bool artifact_signatures(struct artifact_signatures *ret, struct bytes format,
                                 struct bytes file, struct bytes beside, struct arena *a,
                                 struct err *e);

/* Takes the preimages out of one signature (DER of a ContentInfo) with exactly one signer.
 * ERR_STATE for a format without binding. */
CHECKED bool artifact_preimages(struct artifact_preimages *ret, struct bytes format,
                                struct bytes signature, struct arena *a, struct err *e);

#endif
