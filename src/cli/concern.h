/*
 * What a proposal is about, for those who decide on it: the older entries that it names, proven;
 * and what the keys in it have signed, as the daemon counts.
 */
#ifndef SEALWARD_CLI_CONCERN_H
#define SEALWARD_CLI_CONCERN_H

#include "cli/cli.h"
#include "cli/names.h"

/* Appends a line for each; nothing where an entry is no proposal, or its proposal is about nothing
 * of the kind. */
CHECKED bool concern_put(struct buf *b, struct cli *cli, const struct entry *entry,
                         const struct names *names, struct err *e);

/* How many signatures the daemon counts for a key, certificate, path or other subject of
 * revocations; nothing if it does not say. */
void concern_put_signatures(struct buf *b, struct cli *cli, const char *kind, struct bytes id);

#endif
