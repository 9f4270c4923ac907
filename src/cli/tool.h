/*
 * A signing tool as a child process. While it runs, signals that end programs go to it: one that
 * somebody sends to us is passed on; one that the terminal sends has reached it already. They stay
 * blocked when it has ended, so that what was signed can be bound and the grant closed.
 */
#ifndef SEALWARD_CLI_TOOL_H
#define SEALWARD_CLI_TOOL_H

#include "base/auto.h"
#include "base/err.h"

/* Runs words[0], looked for in PATH, and waits for its end. *ret_code as a shell has it: its exit
 * code, 128 and a signal's number, 127 if it was not found, 126 if it could not be run. */
CHECKED bool tool_run(int *ret_code, char *const *words, char *const *environment, struct err *e);

#endif
