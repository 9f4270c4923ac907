/*
 * Quorums: who may decide, and how many distinct people it takes. People are counted, not keys.
 */
#ifndef SEALWARD_RULES_QUORUM_H
#define SEALWARD_RULES_QUORUM_H

#include "rules/state.h"

/* Whether the person is in policy and in that team now. */
bool team_has(const struct table *objects, struct bytes team, struct bytes person);

/* How many distinct people of the team have done `act` on the subject and may still do it now. */
size_t quorum_count(const struct rules_state *s, struct bytes subject, const char *act,
                    struct bytes team);

/* The quorum object of that name. ERR_REFUSED "quorum.absent" if policy has none. */
CHECKED bool quorum_get(struct quorum *ret, const struct rules_state *s, const char *id,
                        struct arena *a, struct err *e);

/* Whether the person may do by himself what reduces trust in that signer: he is in the team of that
 * quorum, or the signer's owner or deputy. Without a quorum only those two may; without a signer
 * (absent) only the team. Refused by "<id>.entitled". */
CHECKED bool entitled_judge(const struct rules_state *s, const char *id, struct bytes signer,
                            struct bytes person, struct arena *a, struct err *e);

#endif
