/*
 * The certificates of a state by key and by end, so that a question about a few of many costs
 * little. A cache: made when first asked for, anew when a certificate has been put; its pointers
 * are the state's. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_ROSTER_H
#define SEALWARD_RULES_ROSTER_H

#include "rules/state.h"

struct roster;

CHECKED bool roster_new(struct roster **ret, struct err *e);
void roster_free(struct roster *c);
AUTO_FREE(roster)

/* Makes it anew where it is not of this state's certificates any more; before the next two. */
CHECKED bool roster_ready(const struct rules_state *s, struct err *e);

/* The issued certificate of that key with the highest number; NULL if there is none. */
const struct certificate *roster_newest(const struct rules_state *s, struct bytes key);

/* Those that end in [from, to) milliseconds, issued or not, in the order of their ends: *ret_first
 * is the place of the first one for roster_at. */
size_t roster_ending(size_t *ret_first, const struct rules_state *s, int64_t from, int64_t to);
const struct certificate *roster_at(const struct rules_state *s, size_t place);

#endif
