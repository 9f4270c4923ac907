/*
 * Revoking: the statement and the proposals about it, what may be revoked by whom, and what follows
 * for keys and certificates. docs/protocol/revocation.md. Inside the rules room only, but for the
 * tables of what people sign.
 *
 * A subject is named by kind and id, as in the record of its revocation: hex of a key id, of a
 * signature's or an artifact's id; a certificate's number in decimal; the id of a release path.
 */
#ifndef SEALWARD_RULES_REVOCATION_H
#define SEALWARD_RULES_REVOCATION_H

#include "rules/entries.h"
#include "rules/state.h"

/* Body of a revoke statement. */
struct revoke {
    int subject; /* enum revoked_kind */
    struct bytes id;
    struct bytes activation; /* leaf: revocable.activation */
    int reason;              /* enum revoke_reason */
    int64_t effective;       /* milliseconds; 0: from the beginning. Of a path: since when */
    struct bytes note;
};
extern const struct fields revoke_fields;

/* Details of the proposals. `revocation` is the leaf of the entry that revoked the subject. */
struct lift {
    int subject; /* enum revoked_kind */
    struct bytes id;
    struct bytes revocation;
};
extern const struct fields lift_fields;

struct advance {
    int subject; /* enum revoked_kind */
    struct bytes id;
    struct bytes revocation;
    int64_t effective; /* earlier than the one in force */
    struct bytes evidence;
};
extern const struct fields advance_fields;

struct revoke_ca {
    int subject; /* enum revoked_kind: a key or a certificate */
    struct bytes id;
    int reason; /* enum revoke_reason */
    int64_t effective;
};
extern const struct fields revoke_ca_fields;

struct ratify {
    struct bytes entry; /* leaf of the suspension or revocation */
};
extern const struct fields ratify_fields;

#endif
