/*
 * Renewals: the certificate that follows another one of the same key, proposed by the keeper when
 * its time has come and decided by people as every issuance. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_RENEWAL_H
#define SEALWARD_RULES_RENEWAL_H

#include "base/buf.h"
#include "rules/state.h"

/* Body of the entry. */
struct renewal {
    int64_t certificate; /* number */
};
extern const struct fields renewal_fields;

/* Appends the detail of the issuance that renews a certificate, as of `time`. Refused by
 * "renewal.window", "renewal.over", "renewal.open", "renewal.issuer" and by what refuses an
 * issuance. ERR_NOT_FOUND for a number that nobody has. */
CHECKED bool renewal_plan(struct buf *ret_detail, const struct rules_state *s, int64_t number,
                          int64_t time, struct err *e);

#endif
