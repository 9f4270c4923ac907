/*
 * Duties: pairs of acts that one person may not do on the same subject. The record of who did what
 * on which subject is the state's table `acts`, kept while the subject is open.
 *
 * An act is named by what it is done to and what is done: "grant.request", "grant.approve".
 */
#ifndef SEALWARD_RULES_DUTIES_H
#define SEALWARD_RULES_DUTIES_H

#include "rules/state.h"

/* The names of all acts, NULL-terminated. */
extern const char *const act_names[];

/* The rules version from which on the act exists; 0 for one that nobody knows. */
int64_t act_since(struct bytes act);

/* What an act is about: leaf hashes or key ids of 32 bytes. */
#define SUBJECTS_MAX 3
struct subjects {
    struct bytes list[SUBJECTS_MAX];
    size_t count;
};

/* Refuses ("duty.<first>/<second>") if `person` did, on one of the subjects, an act that a duty
 * pairs with `act`. */
CHECKED bool duty_check(const struct rules_state *s, const struct subjects *subjects,
                        const char *act, struct bytes person, struct err *e);

/* Records that the person did the act on the subject. */
CHECKED bool act_put(struct rules_state *s, struct bytes subject, const char *act,
                     struct bytes person, int64_t entry, struct err *e);

/* Whether the person did the act on the subject. */
bool act_has(const struct rules_state *s, struct bytes subject, const char *act,
             struct bytes person);

/* Whether policy has a duty that pairs these two acts. */
bool duty_pairs(const struct table *objects, const char *a, const char *b);

#endif
