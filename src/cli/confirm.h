/*
 * Asking the person at the terminal before something is signed.
 */
#ifndef SEALWARD_CLI_CONFIRM_H
#define SEALWARD_CLI_CONFIRM_H

#include "cli/cli.h"

/* The row of --yes, for a command's options. */
#define CONFIRM_ROW                                                                                \
    {                                                                                              \
        "--yes", ARGUMENT_FLAG, 0, "do not ask"                                                    \
    }

/* Shows the text (standard error, so that results can be piped) and asks the question; --yes
 * answers it. ERR_STATE for a no; without a terminal and without --yes ERR_INPUT. */
CHECKED bool confirm_ask(const struct cli *cli, const struct buf *text, const char *question,
                         struct err *e);

#endif
