/*
 * What is revoked by itself, single signatures and artifacts: that is never signed again. As the
 * daemon tells it (GET /v1/revocations); the keeper refuses a revoked artifact besides.
 */
#ifndef SEALWARD_CLI_RESIGN_REVOKED_H
#define SEALWARD_CLI_RESIGN_REVOKED_H

#include "cli/cli.h"
#include "rules/state.h"

struct resign_revoked {
    struct bytes *ids; /* in hex, in order */
    size_t count;
};

/* Everything lives in the cli's arena. */
CHECKED bool resign_revoked_load(struct resign_revoked *ret, struct cli *cli, struct err *e);

/* Whether the artifact is, or the signature by `key` (32 bytes) over `tbs`. */
bool resign_revoked_has(const struct resign_revoked *r, const struct artifact *artifact,
                        struct bytes key, struct bytes tbs);

#endif
