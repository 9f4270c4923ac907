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

/* --- What follows --- */

/* What revoking a subject concerns. Views into the state or the arena. */
struct revocable {
    struct bytes signer;     /* absent where none is concerned */
    struct bytes activation; /* leaf hash that the statement must name */
    struct bytes key;        /* id of the key concerned, which duties look at; else absent */
    bool ca;                 /* key or certificate of a CA or of the root: a quorum decides */
};

/* ERR_NOT_FOUND if the record knows no such key, certificate or path; ERR_INPUT for an id that is
 * not spelled as it must be. A signature's signer and key are in its evidence. */
CHECKED bool revocable_find(struct revocable *ret, const struct rules_state *s,
                            enum revoked_kind kind, struct bytes id, struct arena *a,
                            struct err *e);

/* Fills in what the evidence for one signature says: the request that stands in the record, and
 * whose key it asked for. Refused by "revoke.signature", "statement.seen". */
CHECKED bool revocable_prove(struct revocable *ret, const struct rules_state *s,
                             const struct signed_entry *read, struct bytes id, struct arena *a,
                             struct err *e);

struct revoking {
    enum revoked_kind kind;
    struct bytes id;
    struct bytes actor;
    struct bytes signer;
    enum revoke_reason reason;
    int64_t effective;
};

/* Refused by "revoke.effective" for a time that has not come. */
CHECKED bool effective_judge(int64_t effective, const struct entry *entry, struct err *e);

/* Revokes it. A key changes its state, and its certificates are revoked with it. What is revoked
 * already is refused ("revoke.already") unless it turns out to be compromised; *ret_worse says that
 * this is so where a quorum has ratified the lesser one, which stays then. */
CHECKED bool revocation_enter(struct rules_state *s, const struct revoking *what,
                              const struct entry *entry, bool *ret_worse, struct err *e);

/* Makes a revocation reach further; the same for the certificates that were revoked with a key. */
CHECKED bool revocation_advance(struct rules_state *s, const struct revocation *there,
                                int64_t effective, struct err *e);

/* The revocation in force, if the entry with that leaf made it. Refused by "revocation.absent",
 * "revocation.other". */
CHECKED bool revocation_named(const struct revocation **ret, const struct rules_state *s,
                              enum revoked_kind kind, struct bytes id, struct bytes leaf,
                              struct err *e);

/* The person who revoked or suspended by the entry with that leaf; absent if that was a quorum. */
struct bytes revoker_find(const struct rules_state *s, struct bytes leaf);

/* Notes that the newest status does not say everything any more. */
CHECKED bool status_outdate(struct rules_state *s, struct err *e);

/* The suspension or revocation of this entry waits for its quorum, as long as policy says; not
 * where policy says nothing. */
CHECKED bool ratification_open(struct rules_state *s, const struct entry *entry, const char *act,
                               struct err *e);

/* Refuses ("path.revoked", "artifact.revoked", "signature.revoked") what must not be signed any
 * more. */
CHECKED bool path_trusted(const struct rules_state *s, struct bytes path, struct err *e);
CHECKED bool artifact_trusted(const struct rules_state *s, const struct artifact *artifact,
                              struct err *e);
CHECKED bool signature_trusted(const struct rules_state *s, struct bytes key, struct bytes digest,
                               struct err *e);

#endif
