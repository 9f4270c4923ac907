/*
 * The daemon's API (docs/protocol/api.md) as its clients use it. The daemon is believed nothing
 * that can be checked: checkpoints are verified with the pinned log key and held against the newest
 * one seen (client/history), entries are shown only with their inclusion proof. What only the
 * daemon can say (what waits, the policy as it stands) is given as it came and must be used as a
 * hint alone.
 *
 * One thread at a time; open one client a thread. Refusals come as the peer words them, with their
 * code, rule and hint; not reaching it has the rule HTTP_UNREACHABLE (client/http.h).
 */
#ifndef SEALWARD_CLIENT_CLIENT_H
#define SEALWARD_CLIENT_CLIENT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/fields.h"
#include "base/limits.h"
#include "client/http.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "proof/receipt.h"
#include "rules/entry.h"

/* Memory for what one answer decodes into. */
#define CLIENT_ARENA ARENA(64 << 20)
/* Bytes of one answer. */
#define CLIENT_ANSWER_MAX LIMIT_JSON_SIZE

struct client;

struct client_config {
    const char *server;     /* "https://host[:port]", no slash at the end */
    const char *ca;         /* PEM file, pinned; NULL: the system's authorities */
    struct bytes authority; /* content of the pinned authority's file; absent: before pinning */
    const char *state;      /* folder for the newest checkpoint seen; NULL: not kept */
};

/* Copies what it needs. Does not connect yet. */
CHECKED bool client_new(struct client **ret, const struct client_config *config, struct err *e);
void client_free(struct client *c);
AUTO_FREE(client)

/* The pinned authority; NULL before pinning. */
const struct authority *client_authority(const struct client *c);

/* --- Plain calls ------------------------------------------------------------------------------ */

/* Appends the answer to a GET; ret->max is its limit. Paths as in api.md, "/v1/policy". */
CHECKED bool client_get(struct client *c, const char *path, struct buf *ret, struct err *e);

/* The same as a JSON tree that lives, with its text, in the arena. */
CHECKED bool client_get_json(struct client *c, const char *path, struct json **ret, struct arena *a,
                             struct err *e);

/* The same read by a table (base/fields.h), such as signer_view_fields. */
CHECKED bool client_get_fields(struct client *c, const char *path, void *ret,
                               const struct fields *table, struct arena *a, struct err *e);

/* As client_get_fields; the daemon answers at the latest after `patience` milliseconds (api.md:
 * `wait`, which the path must carry too). */
CHECKED bool client_wait_fields(struct client *c, const char *path, int64_t patience, void *ret,
                                const struct fields *table, struct arena *a, struct err *e);

/* POST of a body of that type (NULL: JSON); appends the answer. */
CHECKED bool client_post(struct client *c, const char *path, const char *type, struct bytes body,
                         struct buf *ret, struct err *e);

/* PUT of a JSON body; the answer is dropped. */
CHECKED bool client_put(struct client *c, const char *path, struct bytes body, struct err *e);

/* --- The record, proven ----------------------------------------------------------------------- */

/* The newest checkpoint of the daemon, verified, and one history with all seen before. Where the
 * daemon lags behind what was seen, what was seen. */
CHECKED bool client_head(struct client *c, struct checkpoint *ret, struct err *e);

/* The newest checkpoint seen, without asking; false if there is none. */
bool client_seen(const struct client *c, struct checkpoint *ret);

/* Opens a signed note that came from elsewhere (the keeper's second socket); it must fit as well.
 */
CHECKED bool client_see(struct client *c, struct bytes note, struct checkpoint *ret, struct err *e);

/* An entry that stands in the log under a checkpoint that fits all seen before. Everything lives in
 * the arena. */
struct proven {
    struct entry entry;
    struct bytes receipt; /* the receipt's text */
};
CHECKED bool client_entry(struct client *c, int64_t index, struct proven *ret, struct arena *a,
                          struct err *e);

/* The entry with that leaf hash. */
CHECKED bool client_entry_by_leaf(struct client *c, const uint8_t leaf[32], struct proven *ret,
                                  struct arena *a, struct err *e);

/* --- Entering --------------------------------------------------------------------------------- */

struct signed_item {
    int64_t item;
    struct bytes signature;
    struct bytes extra; /* SignedAttributes that the rulebook built; else absent */
};

struct admitted {
    int64_t index;
    uint8_t leaf[32];
    struct bytes entry;  /* its text; hashes to `leaf` */
    struct list results; /* struct signed_item, of a request */
};

/* Submits an entry's type and body; returns when it is durable. Everything lives in the arena. On
 * failure *ret_stands (may be NULL) is the entry that stands against it, or -1. After ERR_IO it may
 * have been entered all the same. */
CHECKED bool client_submit(struct client *c, const char *type, struct bytes body,
                           struct admitted *ret, int64_t *ret_stands, struct arena *a,
                           struct err *e);

/* That what was admitted stands in the log under a published checkpoint: until then, that it was is
 * the daemon's word alone. */
CHECKED bool client_prove(struct client *c, const struct admitted *admitted, struct arena *a,
                          struct err *e);

/* The signature of a recorded request's item once more. */
CHECKED bool client_again(struct client *c, int64_t entry, int64_t item, struct signed_item *ret,
                          struct arena *a, struct err *e);

#endif
