/*
 * The kinds of proposal: one file and one row each. A proposal's statement body is
 * {"kind", "detail"}; the detail's table depends on the kind. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_PROPOSALS_H
#define SEALWARD_RULES_PROPOSALS_H

#include "rules/duties.h"
#include "rules/entries.h"

struct proposal {
    struct bytes kind;
    struct bytes detail; /* raw */
};
extern const struct fields proposal_fields;

/* What the person may do who suspended or revoked what the proposal is about, whatever duties say.
 * The leaf of his entry is then what `subjects` adds. */
enum revoker_may { REVOKER_MAY, REVOKER_PROPOSES, REVOKER_BARRED };

struct proposal_row {
    const char *name; /* also the name of its quorum and of its acts */
    int64_t since;    /* rules version from which on the kind exists */
    /* Whether the proposal makes sense now; asked when it is made and when it takes effect. */
    bool (*judge)(const struct rules_state *s, struct bytes detail, struct err *e);
    /* Adds what else than the proposal itself duties look at, in the arena; NULL if nothing. */
    bool (*subjects)(struct subjects *list, struct bytes detail, struct arena *a, struct err *e);
    enum revoker_may revoker;
    /* What the last approval does; NULL where the keeper has to produce a result first. */
    bool (*effect)(struct rules_state *s, struct bytes detail, const struct entry *entry,
                   struct outcome *out, struct err *e);
    bool (*describe)(struct buf *b, struct bytes detail, struct err *e);
};

/* The row, or NULL. */
const struct proposal_row *proposal_row_find(struct bytes kind);

/* What duties look at when somebody acts on the proposal or grant: its leaf, and what it is about.
 */
CHECKED bool proposal_subjects(struct subjects *ret, const struct decision *decision,
                               struct arena *a, struct err *e);

extern const struct proposal_row proposal_policy;
extern const struct proposal_row proposal_key;
extern const struct proposal_row proposal_issuance;
extern const struct proposal_row proposal_resume;
extern const struct proposal_row proposal_rules;
extern const struct proposal_row proposal_ratify;
extern const struct proposal_row proposal_lift;
extern const struct proposal_row proposal_advance;
extern const struct proposal_row proposal_revoke_ca;
extern const struct proposal_row proposal_ownership;
extern const struct proposal_row proposal_reconfirm;
extern const struct proposal_row proposal_destroy;
extern const struct proposal_row proposal_rollover;

/* Detail of a "policy" proposal. */
struct policy_detail {
    struct list changes; /* struct change */
};
extern const struct fields policy_detail_fields;

/* Detail of a "key" proposal: which key to generate where, for what. */
struct key_detail {
    int role;            /* enum key_role */
    struct bytes signer; /* absent for a CA key */
    struct bytes token;
    struct bytes algorithm;
};
extern const struct fields key_detail_fields;

/* Detail of an "issuance" proposal. */
struct issuance_detail {
    struct bytes key;    /* SHA-256 of the SPKI */
    int profile;         /* enum profile */
    struct bytes signer; /* absent for a CA certificate */
    struct subject subject;
    int64_t validity; /* seconds, both ends counted */
};
extern const struct fields issuance_detail_fields;

/* Detail of a "rules" proposal. */
struct rules_detail {
    int64_t version;
};
extern const struct fields rules_detail_fields;

#endif
