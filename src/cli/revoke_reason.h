/*
 * The option --reason of a revocation: the words of RFC 5280 section 5.3.1 that code signing has.
 */
#ifndef SEALWARD_CLI_REVOKE_REASON_H
#define SEALWARD_CLI_REVOKE_REASON_H

#include "cli/arguments.h"

/* *ret: enum revoke_reason. ERR_INPUT where the option is missing or no such word. */
CHECKED bool revoke_reason_take(int *ret, const struct arguments *a, struct err *e);

#endif
