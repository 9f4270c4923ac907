/*
 * Keys, certificates, suspensions and roots as the daemon lists them (GET /v1/keys). Hints, to make
 * statements from: the keeper judges by its own state.
 */
#ifndef SEALWARD_CLI_HOLDINGS_H
#define SEALWARD_CLI_HOLDINGS_H

#include "base/fields.h"
#include "cli/cli.h"

struct holdings {
    const struct json *keys;
    const struct json *certificates;
    const struct json *suspensions;
    const struct json *roots;
};

CHECKED bool holdings_get(struct holdings *ret, struct cli *cli, struct err *e);

/* The key whose id (hex of SHA-256 of its SPKI) begins with these 8 or more digits. */
CHECKED bool holdings_key(const struct json **ret, const struct holdings *h, const char *prefix,
                          struct cli *cli, struct err *e);

/* A member that holds bytes in base64. */
CHECKED bool holdings_bytes(struct bytes *ret, const struct json *object, const char *name,
                            struct arena *a, struct err *e);

/* Text of a member; empty if there is none. */
struct bytes holdings_text(const struct json *object, const char *name);

#endif
