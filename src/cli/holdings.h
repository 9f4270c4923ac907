/*
 * Keys with their newest certificates and suspensions as the daemon lists them (GET /v1/keys, which
 * gives what is asked for, a page at a time). Hints, to make statements from: the keeper judges by
 * its own state.
 */
#ifndef SEALWARD_CLI_HOLDINGS_H
#define SEALWARD_CLI_HOLDINGS_H

#include "base/fields.h"
#include "cli/cli.h"

struct holdings {
    const struct json *keys;
    const struct json *certificates; /* of each key the newest that is issued */
    const struct json *suspensions;  /* of these keys */
};

/* Calls `each` with one page after the other: all keys, or those of a signer. A page is good for
 * the call. */
CHECKED bool holdings_each(struct cli *cli, struct bytes signer,
                           bool (*each)(void *context, const struct holdings *page, struct err *e),
                           void *context, struct err *e);

/* The key whose id (hex of SHA-256 of its SPKI) begins with these 8 or more digits, alone. */
CHECKED bool holdings_key(const struct json **ret, struct holdings *ret_page, const char *prefix,
                          struct cli *cli, struct err *e);

/* The newest key of the signer that is in one of the states (NULL behind the last), as
 * holdings_key gives it; NULL if there is none. */
CHECKED bool holdings_newest(const struct json **ret, struct holdings *ret_page, const char *signer,
                             const char *const *states, struct cli *cli, struct err *e);

/* The suspension of a release path; NULL if it is not suspended. */
CHECKED bool holdings_path(const struct json **ret, const char *path, struct cli *cli,
                           struct err *e);

/* Whether a certificate of that key has not ended. */
bool holdings_certified(const struct holdings *page, const struct json *key, int64_t now);

/* A member that holds bytes in base64. */
CHECKED bool holdings_bytes(struct bytes *ret, const struct json *object, const char *name,
                            struct arena *a, struct err *e);

/* Text of a member; empty if there is none. */
struct bytes holdings_text(const struct json *object, const char *name);

#endif
