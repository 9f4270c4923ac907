/*
 * Owners: every signer has an owner and a deputy, and every release path a team that approves. When
 * one of them leaves policy the signer is an orphan: it signs on for a grace time, and then its
 * keys are suspended. Only at levels that have an object `life`; everywhere else policy must name
 * people and teams that are there. Since rules version 2. Inside the rules room only, but for the
 * tables of what people sign.
 */
#ifndef SEALWARD_RULES_OWNERSHIP_H
#define SEALWARD_RULES_OWNERSHIP_H

#include "rules/deadline.h"

/* Detail of an "ownership" proposal. */
struct ownership {
    struct bytes signer;
    struct bytes owner;    /* handle */
    struct bytes deputy;   /* handle */
    struct bytes replaces; /* digest of the signer object in force */
};
extern const struct fields ownership_fields;

/* Body of a confirm statement: the deputy asks for the grace time once more. */
struct owner_confirm {
    struct bytes signer;
};
extern const struct fields owner_confirm_fields;

extern const struct due_row due_orphan;

/* Compares signers with policy after it has changed, or a path is retired: makes orphans, and frees
 * those that have been put right. `changes` (struct change) may be NULL. */
CHECKED bool orphans_update(struct rules_state *s, const struct list *changes,
                            const struct entry *entry, struct outcome *out, struct err *e);

/* That a signer may get keys, certificates and grants at `time`: neither retired ("signer.retired")
 * nor an orphan whose time is over ("signer.orphan"). An absent one is. */
CHECKED bool signer_usable(const struct rules_state *s, struct bytes signer, int64_t time,
                           struct err *e);

/* Refuses for a suspended key of that signer, saying why: an owner who left, disuse, a person. */
bool suspended_refuse(const struct rules_state *s, struct bytes key, struct bytes signer,
                      struct err *e);

/* Who can put an orphan right: the deputy, or the owner where the team was dissolved; absent if
 * that person has left too. In the arena. */
CHECKED bool orphan_heir(struct bytes *ret, const struct rules_state *s, const struct orphan *o,
                         struct arena *a, struct err *e);

#endif
