/*
 * The helper of `sealward run`: what sealward-pkcs11.so inside a tool talks to
 * (docs/protocol/module.md). It shows one key with its certificates, takes calls for signatures on
 * a Unix socket, asks the authority for all that wait together, and remembers what was signed.
 *
 * Two threads: one serves the sockets, one asks. Both end with helper_stop. Signals are blocked in
 * them: they are the command's.
 * What it does not do: open grants, bind, close. It holds no session key; the authority's functions
 * that it is given do.
 */
#ifndef SEALWARD_CLI_HELPER_H
#define SEALWARD_CLI_HELPER_H

#include "cli/helper_ask.h"

struct helper;

struct helper_config {
    const char *socket;       /* absolute path in a folder that only the user can enter */
    struct bytes token;       /* label of the token */
    struct bytes serial;      /* 1 to 16 bytes of ASCII, unique for the grant */
    struct bytes signer;      /* label of key and certificate */
    struct bytes spki;        /* of the key */
    struct bytes certificate; /* of the key, DER */
    struct list chain;        /* struct bytes: DER, the issuing CA first */
    struct list artifacts;    /* struct artifact, as the grant declares them */
    struct helper_authority authority;
};

/* Makes the socket and starts. Everything that the config points to must outlive the helper. */
CHECKED bool helper_start(struct helper **ret, const struct helper_config *config, struct err *e);

/* Ends both threads, a request under way first, and removes the socket; gives what was signed, for
 * the caller to finish with signatures_done. Once. */
void helper_stop(struct helper *h, struct signatures *ret);

/* Stops if need be. */
void helper_free(struct helper *h);
AUTO_FREE(helper)

#endif
