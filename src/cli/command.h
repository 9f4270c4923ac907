/*
 * Subcommands: each is a file cmd_<name>.c that defines one or more of these, and a row each in
 * commands.c.
 *
 * A command is given its arguments taken apart, and the global settings found. It returns true when
 * it did what it was asked; else main prints the error, one line and a hint, and exits with
 *   1  refused or failed
 *   2  called wrongly (rule CLI_USAGE)
 *   3  the server could not be reached (rule HTTP_UNREACHABLE)
 */
#ifndef SEALWARD_CLI_COMMAND_H
#define SEALWARD_CLI_COMMAND_H

#include "cli/arguments.h"
#include "cli/cli.h"

struct command {
    const char *name;                   /* one word or two: "run", "policy plan" */
    const char *usage;                  /* the words behind it, "FILE.yaml"; "" if there are none */
    const char *purpose;                /* one line */
    const struct argument_row *options; /* beside the global ones; NULL: none */
    int least;                          /* words */
    int most;                           /* -1: any number */
    bool tool;                          /* `--` and a tool's own words must follow */
    bool (*run)(struct cli *cli, struct err *e);
};

extern const struct command *const commands[]; /* NULL-terminated */

#endif
