/*
 * Filing proposals, and saying who has to decide.
 */
#ifndef SEALWARD_CLI_PROPOSE_H
#define SEALWARD_CLI_PROPOSE_H

#include "cli/cli.h"

/* Enters a proposal of that kind ("policy", "key", ...) with that detail, and prints what became of
 * it: its leaf hash, and whose approvals it needs. */
CHECKED bool propose_file(struct cli *cli, const char *kind, struct bytes detail, struct err *e);

/* Appends "leaf ...", the state of what waits under that leaf hash, and what it needs. A subject
 * that the daemon does not know any more is no error. */
CHECKED bool propose_show(struct buf *text, struct buf *json, struct cli *cli,
                          const struct admitted *admitted, const uint8_t subject[32],
                          struct err *e);

#endif
