/*
 * That the key which is to sign is the signer's on record, before a tool is given its certificate:
 * what the daemon says of a signer is held against entries that the log proves.
 *
 * What it does not show: that the key may sign now. A key or release path that was suspended
 * meanwhile is refused by the keeper.
 */
#ifndef SEALWARD_CLI_RELEASE_PROOF_H
#define SEALWARD_CLI_RELEASE_PROOF_H

#include "cli/release.h"
#include "client/client.h"

/* Its certificate and those above it, but for the root's, stand in `certificate` entries, the
 * certificate is of that key, and the chain leads to the root. ERR_AUTH where one of them does not
 * hold. */
CHECKED bool release_prove(struct client *c, const struct release *r, struct err *e);

#endif
