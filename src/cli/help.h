/*
 * What `sealward --help` and `sealward COMMAND --help` print: from the tables alone.
 */
#ifndef SEALWARD_CLI_HELP_H
#define SEALWARD_CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

void help_put(struct buf *b);
void help_put_command(struct buf *b, const struct command *command);

#endif
