/*
 * Status: one numbered publication of all that is not to be trusted. Its entry fixes number and
 * times; everything else follows from the state. docs/protocol/revocation.md. Inside the rules room
 * only; rules.h has what others see.
 */
#ifndef SEALWARD_RULES_STATUS_H
#define SEALWARD_RULES_STATUS_H

#include "proof/distrust.h"
#include "rules/rules.h"
#include "rules/state.h"

/* A status entry's body. Times are milliseconds; 0 where nothing of that kind is published. */
struct status_body {
    int64_t number;
    int64_t list_expires;
    int64_t crl_next;
};
extern const struct fields status_body_fields;

/* The status object of policy; its defaults where policy has none. */
CHECKED bool status_terms(struct status_object *ret, const struct rules_state *s, struct err *e);

/* What a status at that time says. ERR_REFUSED "status.nothing" if there is nothing to sign with.
 */
CHECKED bool status_plan(struct status_body *ret, const struct rules_state *s, int64_t time,
                         struct err *e);

/* The certificate of the newest key of a role that may sign at `time`: active (of the list also
 * suspended), certified, valid, not revoked. NULL if there is none. */
const struct certificate *role_certificate(const struct rules_state *s, enum key_role role,
                                           int64_t time);

/* What a distrust list is built from. The arena holds what the plan points to. */
CHECKED bool list_plan(struct distrust_plan *ret, const struct rules_state *s,
                       const struct status_record *status, struct arena *a, struct err *e);

#endif
