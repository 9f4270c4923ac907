/*
 * Lives of keys: states and transitions of NIST SP 800-57 part 1, section 7, as far as used, and
 * the key algorithms that policy may name.
 */
#ifndef SEALWARD_RULES_LIFECYCLE_H
#define SEALWARD_RULES_LIFECYCLE_H

#include "pki/mechanism.h"
#include "rules/entry.h"
#include "rules/state.h"

struct key_algorithm {
    const char *name; /* "p-256", "rsa-3072" */
    enum key_kind kind;
    unsigned bits;
};
/* NULL for a name nobody knows. */
const struct key_algorithm *key_algorithm_find(struct bytes name);

/* Whether policy allows a key of that level on that token. Refused by "key.token". */
CHECKED bool key_token_judge(const struct rules_state *s, const struct level *level,
                             struct bytes token, struct arena *a, struct err *e);

/* Whether a key may go from one state to another. */
bool key_may_move(enum key_state from, enum key_state to);

/* Whether a certificate may be made for it. Refused by "issuance.key". */
CHECKED bool key_certify_judge(const struct key_record *key, struct err *e);

/* An active key of that signer; NULL if there is none. */
const struct key_record *signer_key_active(const struct rules_state *s, struct bytes signer);

/* Moves a key of the record to another state at that time; refused ("key.state") where the table of
 * transitions has no such step. Becoming active makes `leaf` its activation. */
CHECKED bool key_set(struct rules_state *s, struct bytes id, enum key_state to, int64_t time,
                     struct bytes leaf, struct err *e);

/* Moves the key with that id in hex; refused ("key.state") where the table of transitions has no
 * such step. Becoming active makes the entry its activation. */
CHECKED bool key_move(struct rules_state *s, struct bytes id_hex, enum key_state to,
                      const struct entry *entry, struct err *e);

#endif
