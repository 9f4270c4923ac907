/* Every subcommand, in the order in which help lists them. */
#include "cli/command.h"

#include <stddef.h>

const struct command *const commands[] = {
    NULL,
};
