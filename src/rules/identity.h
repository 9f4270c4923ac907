/*
 * Workload identity: does an identity token, or an enrolled key, vouch for exactly this statement?
 * docs/protocol/sshsig-and-tokens.md, RFC 7519 section 4.1, OpenID Connect Core section 2.
 */
#ifndef SEALWARD_RULES_IDENTITY_H
#define SEALWARD_RULES_IDENTITY_H

#include "rules/policy.h"
#include "rules/statement.h"

/* `now` is the entry's time in milliseconds. ERR_AUTH where a signature, time or audience does not
 * hold; ERR_REFUSED "identity.claim" where the token is good but of another workload: the message
 * names the claim, what policy demands and what came. */
CHECKED bool workload_judge(const struct table *objects, struct bytes id, struct bytes text,
                            const struct evidence *evidence, int64_t now, struct err *e);

#endif
