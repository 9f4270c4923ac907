/*
 * Binding: finds signatures of a grant in finished files and enters the evidence that they belong
 * to what the grant declares (docs/protocol/artifact-and-binding.md). What a file says is a claim;
 * the keeper checks the chain of hashes, and so does this before it asks.
 *
 * One thread at a time. Binding needs no session key: the evidence speaks for itself.
 */
#ifndef SEALWARD_CLI_BINDER_H
#define SEALWARD_CLI_BINDER_H

#include "base/fields.h"
#include "cli/signatures.h"
#include "client/client.h"

struct binder {
    struct client *client;
    struct bytes grant;    /* leaf */
    struct bytes key;      /* SHA-256 of its SPKI */
    enum key_kind kind;    /* of that key */
    struct list artifacts; /* struct artifact, as the grant declares them */
};

/* Binds every signature in `made` that is in the file (whole) and not bound yet; *ret_bound is how
 * many there were. A file that holds none, or that is of no format which can be bound, is no error.
 * Bears an absence of the authority. */
CHECKED bool binder_bind(const struct binder *b, struct signatures *made, struct bytes file,
                         size_t *ret_bound, struct err *e);

#endif
