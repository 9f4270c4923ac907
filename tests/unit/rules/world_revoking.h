/*
 * What the tests of revocation, status and timestamps share: the world under rules version 2, with
 * quorums and policy for all of it, keys for time stamping and for the list, and acts on them.
 */
#ifndef SEALWARD_TESTS_UNIT_RULES_WORLD_REVOKING_H
#define SEALWARD_TESTS_UNIT_RULES_WORLD_REVOKING_H

#include "world.h"

/* Of the world's status object, in seconds. */
#define WORLD_CRL_EVERY 7200
#define WORLD_CRL_LIFE 86400
#define WORLD_LIST_EVERY 600
#define WORLD_LIST_LIFE 3600
#define WORLD_RATIFY 86400
#define WORLD_ACCURACY 500 /* milliseconds */

/* Raises a world that is ready to rules version 2. Team "certifiers" (officers and approvers) may
 * revoke; officers decide what is proposed about it. Classes of endpoints: "server" (list),
 * "browser" (CRL), "sloppy" (list, only warns), "blind" (never). */
void world_second(struct world *w);

/* A key of that role, certified by the issuer: "timestamp-ca" and "list" by the root. */
void world_role_key(struct world *w, struct world_key *ret, const char *role,
                    const struct world_key *issuer);

/* A revocation that names the entry that last activated its subject. */
struct bytes world_revoke_body(struct world *w, const char *kind, const char *id,
                               const char *reason, int64_t effective);
bool world_revoke(struct world *w, enum hand hand, const char *kind, const char *id,
                  const char *reason, int64_t effective);
/* By an officer, of a compromised key, from the beginning; must be accepted. */
void world_revoke_key(struct world *w, const struct world_key *key);

/* The revocation of one signature: an item of a request that stands among the world's entries, for
 * a built item with its artifact. */
struct evidence_plan {
    size_t entry;
    int64_t item;
    struct bytes artifact; /* absent */
    struct bytes id;       /* hex */
};
struct bytes world_revoke_signature_body(struct world *w, enum hand hand,
                                         const struct evidence_plan *plan);
/* Hex of the signature's id. */
const char *world_signature_id(struct world *w, const struct world_key *key, struct bytes digest);

/* Detail of a proposal about the revocation in force: "lift"; for "advance" with more behind. */
struct bytes world_lift_detail(struct world *w, const char *kind, const char *id);

/* A status at this moment; false if it was refused. */
bool world_status(struct world *w);

/* The n-th file of the status just entered, signed by that key. */
struct bytes world_published(struct world *w, size_t n, const struct world_key *key);

/* The CRL of the root for its n-th period, as a ceremony makes it: the body of its entry. */
struct bytes world_root_crl_body(struct world *w, size_t n, int64_t this_update,
                                 int64_t next_update);
/* The body of a timestamp over the digest of that message. */
struct bytes world_stamp_body(struct world *w, const char *message);

/* A life under rules version 2: every subject that can be revoked, every proposal about it, and all
 * that is published. */
void world_revoking_story(struct world *w);

const struct revocation *world_revocation(struct world *w, enum revoked_kind kind, const char *id);
/* The number of the key's certificate in the state, as text. */
const char *world_number(struct world *w, const struct world_key *key);

#endif
