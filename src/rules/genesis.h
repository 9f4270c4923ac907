/*
 * The genesis: entry 0, whose leaf hash is the authority id. docs/protocol/genesis.md.
 */
#ifndef SEALWARD_RULES_GENESIS_H
#define SEALWARD_RULES_GENESIS_H

#include "rules/policy.h"

/* Those who may open a successor log when entries are lost for ever. */
struct recovery {
    struct list people; /* struct bytes: handles */
    int64_t count;
};

/* The genesis statement. It carries neither authority id nor checkpoint: there are none yet. */
struct genesis {
    struct bytes type; /* "genesis" */
    int64_t time;
    struct bytes origin;  /* of the log's checkpoints */
    struct bytes log_key; /* Ed25519 public key, 32 bytes */
    struct bytes base_url;
    struct bytes arc; /* object identifier, dotted */
    int64_t rules;
    bool demonstration;
    struct list founders; /* struct bytes: handles */
    struct recovery recovery;
    struct list policy; /* struct change, all without `replaces` */
};
extern const struct fields genesis_fields;

/* Signatures of all founders over the same statement: genesis and ceremonies. */
struct genesis_body {
    struct bytes statement; /* raw */
    struct list signatures; /* struct bytes: SSHSIG blobs, one a founder, in any order */
};
extern const struct fields genesis_body_fields;

/* Reads body and statement of a genesis entry. */
CHECKED bool genesis_read(struct genesis *ret, struct genesis_body *ret_body, struct bytes body,
                          struct arena *a, struct err *e);

/* Whether each of the founders, people of policy, signed the statement. */
CHECKED bool founders_signed(const struct table *objects, const struct list *founders,
                             const struct genesis_body *body, struct err *e);

#endif
