/* Every subcommand, in the order in which help lists them. */
#include "cli/command.h"

#include <stddef.h>

extern const struct command command_audit;
extern const struct command command_bind;
extern const struct command command_run;
extern const struct command command_sign;
extern const struct command command_verify;

const struct command *const commands[] = {
    &command_run,
    &command_sign,
    &command_bind,
    &command_verify,
    &command_audit,
    NULL,
};
