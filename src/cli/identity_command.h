/*
 * An identity token from a command: run without a shell, the audience as its last argument; what it
 * prints is the token. Words of the command are separated by blanks, there is no quoting.
 */
#ifndef SEALWARD_CLI_IDENTITY_COMMAND_H
#define SEALWARD_CLI_IDENTITY_COMMAND_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

/* Appends the token. The command has a minute, and a token's length to print. */
CHECKED bool identity_command(struct buf *ret_token, const char *command, const char *audience,
                              struct err *e);

#endif
