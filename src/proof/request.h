/*
 * Requests as they stand in the record, and what a verifier reads out of one: which digests an
 * entry authorises to be signed, with which key, when. docs/protocol/request.md.
 *
 * The rulebook reads requests by the same table (rules/requests.h). Views point into the text or
 * the arena. What it does not do: judge. That the entry stands in the log is for proof/receipt.h,
 * and that it was admitted follows from standing there.
 */
#ifndef SEALWARD_PROOF_REQUEST_H
#define SEALWARD_PROOF_REQUEST_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
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
    struct bytes signature; /* by the session key, raw r||s */
};
extern const struct fields request_item_fields;
extern const struct fields request_fields;

/* An entry of type "request". */
struct request_entry {
    int64_t index;
    int64_t time; /* milliseconds */
    struct request request;
};

/* Reads the whole text of an entry. ERR_INPUT for what is no entry or not canonical; ERR_NOT_FOUND
 * for an entry of another type. */
CHECKED bool request_entry_read(struct request_entry *ret, struct bytes entry, struct arena *a,
                                struct err *e);

#endif
