/*
 * Confirmations: an endpoint's own word, signed with the key that it was enrolled with, that it
 * holds the distrust list of that number. docs/protocol/guard.md.
 *
 * The guard writes them, the daemon reads them; both here, side by side. Views point into the text
 * or the arena. What it does not do: know which key the endpoint was enrolled with, or judge the
 * time; the reader looks the key up by `endpoint` and then asks confirmation_verify. Nothing in a
 * confirmation counts before that has returned true.
 */
#ifndef SEALWARD_PROOF_CONFIRMATION_H
#define SEALWARD_PROOF_CONFIRMATION_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/fields.h"

/* Bytes of one: two ids, two digests and three numbers take some 500. */
#define CONFIRMATION_MAX 1024
/* Memory to read one. */
#define CONFIRMATION_ARENA ARENA(1 << 18)

struct confirmation {
    struct bytes authority; /* id, 32 bytes */
    struct bytes endpoint;  /* id */
    int64_t time;           /* milliseconds since 1970, by the endpoint's clock */
    int64_t number;         /* of the status whose list it holds */
    struct bytes list;      /* SHA-256 of the list's file */
    int64_t size;           /* of the log, at the newest checkpoint that it holds */
    struct bytes root;
};
extern const struct fields confirmation_fields;

/* One that came from outside. */
struct confirmation_signed {
    struct confirmation confirmation;
    struct bytes text;      /* the canonical JSON of the confirmation, as it stood */
    struct bytes signature; /* r || s, 64 bytes */
};

/* Appends the bytes that the endpoint's key signs with P-256 and SHA-256: `sealward-confirmation`,
 * a zero byte, the canonical JSON. */
void confirmation_text(struct buf *b, const struct confirmation *c);

/* Appends the whole: {"confirmation":{...},"signature":"..."}. */
void confirmation_write(struct buf *b, const struct confirmation *c, struct bytes signature);

/* Reads the whole; form alone. ERR_INPUT for a text that confirmation_write would not write,
 * ERR_LIMIT for one over CONFIRMATION_MAX. */
CHECKED bool confirmation_read(struct confirmation_signed *ret, struct bytes text, struct arena *a,
                               struct err *e);

/* True if the key with that SPKI has signed it. Else ERR_AUTH. */
CHECKED bool confirmation_verify(const struct confirmation_signed *c, struct bytes spki,
                                 struct err *e);

#endif
