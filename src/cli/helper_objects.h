/*
 * What the module shows to tools: the one key of a grant with its certificate, and the certificates
 * above it. Key, public key and certificate have the signer's id as their label, so that one name
 * serves all tools; authorities have their common names.
 *
 * Pure.
 */
#ifndef SEALWARD_CLI_HELPER_OBJECTS_H
#define SEALWARD_CLI_HELPER_OBJECTS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/fields.h"

/* Appends the KEYS frame. `chain` is a list of struct bytes, DER, the issuing CA first. ERR_INPUT
 * for a certificate that cannot be read or that is not the key's. */
CHECKED bool helper_objects_put(struct buf *out, struct bytes label, struct bytes spki,
                                struct bytes certificate, const struct list *chain, struct err *e);

#endif
