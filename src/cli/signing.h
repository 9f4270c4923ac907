/*
 * A grant as a command goes through it: which signer, path and key; what is declared; asking,
 * waiting for approval, requests, closing. Shared by `sealward run` and `sealward sign`.
 *
 *   signing_find       signer, release path, key and session, by the arguments
 *   signing_declare    once for each artifact
 *   signing_open       the grant's statement, and the wait until it is open
 *   signing_request    signatures, in any one thread at a time
 *   signing_close      always, whatever came before
 *
 * Each call bears an absence of the authority for a while (cli/patience.h). Everything lives in the
 * cli's arena but the session and the client, which signing_done frees.
 */
#ifndef SEALWARD_CLI_SIGNING_H
#define SEALWARD_CLI_SIGNING_H

#include "cli/cli.h"
#include "cli/declaration.h"
#include "cli/patience.h"
#include "cli/release.h"
#include "client/session.h"

struct signing {
    struct cli *cli;
    struct client *client; /* of its own: the helper's thread uses it */
    struct session *session;
    struct release release;
    enum digest_alg alg; /* by which artifacts are known */
    bool stamps;         /* what is signed is finished only with a timestamp */
    size_t count;
    struct declaration declarations[LIMIT_GRANT_ARTIFACTS];
    struct list artifacts; /* struct artifact: those of the declarations, after signing_open */
    struct bytes grant;    /* leaf; absent before signing_open */
    atomic_bool given_up;  /* set by any thread: nothing waits any more */
};

/* The rows of the options that signing_find and signing_open read. */
#define SIGNING_ROWS                                                                               \
    {"--signer", ARGUMENT_VALUE, "ID", "sign as this signer"}, SIGNING_ROWS_BUT_SIGNER

#define SIGNING_ROWS_BUT_SIGNER                                                                    \
    {"--path", ARGUMENT_VALUE, "ID", "release path, where several fit"},                           \
        {"--digest", ARGUMENT_VALUE, "NAME",                                                       \
         "hash of artifacts: sha256 (default), sha384, "                                           \
         "sha512"},                                                                                \
        {"--timestamp", ARGUMENT_FLAG, 0,                                                          \
         "only with a timestamp, also where the level demands none"},                              \
    {                                                                                              \
        "--window", ARGUMENT_VALUE, "TIME", "how long the grant is open: 10m (default), 2h"        \
    }

CHECKED bool signing_find(struct signing *s, struct cli *cli, struct err *e);

/* The same for a signer that is named otherwise than by --signer. */
CHECKED bool signing_find_signer(struct signing *s, struct cli *cli, const char *signer,
                                 struct err *e);
void signing_done(struct signing *s);
AUTO_DONE(signing)

CHECKED bool signing_declare(struct signing *s, const struct declaration_text *text, struct err *e);

/* Enters the grant for that many distinct digests and waits until it is open, saying on standard
 * error what it waits for. ERR_REFUSED if somebody rejects it; "timestamp.missing", before anything
 * is entered, if timestamps are demanded of a format that cannot carry one. */
CHECKED bool signing_open(struct signing *s, int64_t count, struct err *e);

/* Enters a request (key, mechanism, items) and gives its signatures: as session_sign. */
CHECKED bool signing_request(struct signing *s, const struct request *request,
                             struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                             struct err *e);

/* Closes the grant; one that is over already is closed. */
CHECKED bool signing_close(struct signing *s, struct err *e);

#endif
