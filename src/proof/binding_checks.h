/*
 * The part of a binding that differs from format to format: rows of the table in proof/format point
 * here. Nobody else includes this. Each is called by binding_check, after it has made sure of the
 * number and sizes of the preimages.
 */
#ifndef SEALWARD_PROOF_BINDING_CHECKS_H
#define SEALWARD_PROOF_BINDING_CHECKS_H

#include "base/auto.h"
#include "base/err.h"
#include "proof/binding.h"

/* SignedAttributes whose messageDigest is the artifact's digest. */
CHECKED bool binding_check_cms(const struct binding *b, struct err *e);

/* SignedAttributes whose messageDigest is over an SpcIndirectDataContent that names the artifact.
 */
CHECKED bool binding_check_pe(const struct binding *b, struct err *e);

/* The signed digest is the artifact's. */
CHECKED bool binding_check_raw(const struct binding *b, struct err *e);

#endif
