/*
 * Who is behind which handle, for showing: from the names file, and from the daemon. A name is
 * shown only if it opens its handle (cli/names.h), so the daemon can leave names out, but cannot
 * swap them.
 */
#ifndef SEALWARD_CLI_PEOPLE_H
#define SEALWARD_CLI_PEOPLE_H

#include "cli/cli.h"
#include "cli/names.h"

/* Fails only if there is a names file that cannot be used. Lives in the cli's arena. */
CHECKED bool people_load(struct names *ret, struct cli *cli, struct err *e);

/* The handle of the person so called, by a name that opens it; the text itself where nobody is. */
CHECKED bool people_handle(struct bytes *ret, struct cli *cli, const char *text, struct err *e);

#endif
