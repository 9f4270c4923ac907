/*
 * Receipts of what was signed, for the files' way: DIR/<artifact's name>.receipt, a second one of
 * the same artifact DIR/<name>.2.receipt, and so on. Where the rulebook built what was signed, the
 * request names its artifact by a number alone: then the grant's receipt stands beside it, as
 * DIR/<name>.grant.receipt.
 */
#ifndef SEALWARD_CLI_RECEIPTS_H
#define SEALWARD_CLI_RECEIPTS_H

#include "base/fields.h"
#include "cli/signatures.h"
#include "client/client.h"

#define RECEIPT_ENDING ".receipt"
#define RECEIPT_GRANT_ENDING ".grant.receipt"

/* One for each signature; what is there already is replaced. `artifacts` (struct artifact) are
 * those of the grant, which each entry must be a request under. Makes the folder. */
CHECKED bool receipts_write(struct client *c, struct bytes grant, const struct signatures *made,
                            const struct list *artifacts, const char *folder, struct err *e);

#endif
