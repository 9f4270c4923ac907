/*
 * Requests: what the session key signs, and what an item may carry. Inside the rules room; clients
 * build requests with request_write and request_text.
 */
#ifndef SEALWARD_RULES_REQUESTS_H
#define SEALWARD_RULES_REQUESTS_H

#include "base/buf.h"
#include "base/fields.h"

struct request_item {
    struct bytes digest;   /* to be signed; absent where the rulebook builds what is signed */
    int64_t artifact;      /* index into the grant's artifacts; -1 if not said */
    struct list preimages; /* struct bytes: a binding that comes at once; usually empty */
};

struct request {
    struct bytes grant;     /* leaf */
    struct bytes key;       /* SHA-256 of its SPKI */
    int mechanism;          /* enum mechanism */
    struct list items;      /* struct request_item */
    struct bytes signature; /* by the session key, raw r||s over request_text */
};
extern const struct fields request_fields;

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
