/*
 * Signatures as the daemon's account lists them (`list` of its blast radius and what-if), for
 * showing: a row each.
 */
#ifndef SEALWARD_CLI_SIGNED_ROWS_H
#define SEALWARD_CLI_SIGNED_ROWS_H

#include "cli/answer.h"

void signed_rows_fill(struct grid *g, const struct answer *a, struct cli *cli);

/* One of them in a line; "none" for null. */
void signed_rows_put_one(struct buf *b, const struct answer *a, const struct json *one);

#endif
