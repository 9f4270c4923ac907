/*
 * Workload identity: does an identity token, or an enrolled key, vouch for exactly this statement?
 * docs/protocol/sshsig-and-tokens.md, RFC 7519 section 4.1, OpenID Connect Core section 2.
 */
#ifndef SEALWARD_RULES_IDENTITY_H
#define SEALWARD_RULES_IDENTITY_H

#include "base/json.h"
#include "rules/policy.h"
#include "rules/statement.h"

/* `now` is the entry's time in milliseconds. ERR_AUTH where a signature, time or audience does not
 * hold; ERR_REFUSED "identity.claim" where the token is good but of another workload: the message
 * names the claim, what policy demands and what came. */
CHECKED bool workload_judge(const struct table *objects, struct bytes id, struct bytes text,
                            const struct evidence *evidence, int64_t now, struct err *e);

/* The steps of that, for those who explain a token. */

/* Verifies the token under the issuer's pinned key and gives its claims. */
CHECKED bool identity_open(const struct json **ret_claims, const struct issuer *issuer,
                           struct bytes token, struct arena *a, struct err *e);
/* Whether the token is valid at `now`, in seconds. */
CHECKED bool identity_times(const struct issuer *issuer, const struct json *claims, int64_t now,
                            struct err *e);
/* Whether the claim is a string of that value. */
bool identity_claim_is(const struct json *claims, struct bytes name, struct bytes value);
/* The claim; NULL if there is none. */
const struct json *identity_claim(const struct json *claims, struct bytes name);

#endif
