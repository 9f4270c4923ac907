/*
 * Identity tokens for a workload's statement: from a CI service that gives one for an audience, or
 * from a file that something else wrote. (Running a command for it is cli/identity_command.)
 *
 * A token is not judged here; it must only look like one, so that an error page is not sent on.
 * Tokens are bearer secrets until they are used up: they stand in a struct buf, which wipes itself,
 * and in no message.
 */
#ifndef SEALWARD_CLIENT_IDENTITY_H
#define SEALWARD_CLIENT_IDENTITY_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* As GitHub Actions gives it: GET <url>&audience=<audience> with the bearer; the answer's member
 * `value` is the token. The URL must be https, or http to this machine. `ca` as in http_new. */
CHECKED bool identity_actions(struct buf *ret_token, const char *url, const char *bearer,
                              const char *audience, const char *ca, struct err *e);

/* A file that holds the token and at most one newline. */
CHECKED bool identity_file(struct buf *ret_token, const char *path, struct err *e);

/* Appends the token out of text with at most one newline behind; ERR_INPUT if it cannot be one. */
CHECKED bool identity_token_read(struct buf *ret_token, struct bytes text, struct err *e);

#endif
