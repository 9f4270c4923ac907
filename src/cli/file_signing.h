/*
 * Signing files without a tool, under an open grant: for format cms the rulebook builds the
 * SignedAttributes, for raw the file's own hash is signed; both are bound in the request itself.
 * Shared by `sealward sign` and `sealward resign`.
 *
 *   file_signing_begin     which of the grant's declarations, in which of the two formats
 *   file_signing_request   one request for all of them
 *   file_signing_write     each signature, verified, to a file
 */
#ifndef SEALWARD_CLI_FILE_SIGNING_H
#define SEALWARD_CLI_FILE_SIGNING_H

#include "cli/signatures.h"
#include "cli/signing.h"

struct file_signing {
    struct signing *signing;
    bool attributes;     /* cms; else raw */
    const size_t *which; /* declarations of the grant */
    size_t count;
    struct pubkey *key;
    enum mechanism mechanism;
    struct request request;
    struct signed_item *results;
    int64_t entry;
    struct signatures made;
};

/* Members up to `count` say what is wanted. */
CHECKED bool file_signing_begin(struct file_signing *s, struct err *e);
void file_signing_done(struct file_signing *s);
AUTO_DONE(file_signing)

CHECKED bool file_signing_request(struct file_signing *s, struct err *e);

/* The n-th. */
CHECKED bool file_signing_write(struct file_signing *s, size_t n, const char *path, struct err *e);

#endif
