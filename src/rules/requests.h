/*
 * Requests (proof/request.h): what the session key signs. And the entries that belong to them.
 */
#ifndef SEALWARD_RULES_REQUESTS_H
#define SEALWARD_RULES_REQUESTS_H

#include "base/buf.h"
#include "base/fields.h"
#include "proof/request.h"

/* The bytes that the session key signs: "sealward-request" 00 and the canonical JSON of authority,
 * grant, key, mechanism and items. */
void request_text(struct buf *b, struct bytes authority, const struct request *request);

/* The bytes that the session key signs to close its grant: "sealward-close" 00 and the canonical
 * JSON of authority and grant. */
void close_text(struct buf *b, struct bytes authority, struct bytes grant);

struct closing {
    struct bytes grant;
    struct bytes signature; /* by the session key, raw r||s over close_text */
};
extern const struct fields closing_fields;

/* A binding entry's body: the signature with that to-be-signed digest belongs to the artifact. */
struct binding_body {
    struct bytes grant;
    struct bytes key;
    struct bytes digest;       /* to-be-signed */
    int64_t artifact;          /* index into the grant's artifacts; -1 for a grant by pattern */
    struct artifact *declared; /* for a grant by pattern; else NULL */
    struct list preimages;
};
extern const struct fields binding_body_fields;

#endif
