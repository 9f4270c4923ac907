/*
 * Founders' signatures, one file each, over the exact bytes of a file that all of them sign: the
 * genesis, and the root's ceremony. In the form of `ssh-keygen -Y sign -n sealward-statement`,
 * which can make them as well; and the body that puts statement and signatures together.
 */
#ifndef SEALWARD_CLI_DETACHED_H
#define SEALWARD_CLI_DETACHED_H

#include "cli/cli.h"

/* The bytes of the file that is signed; ERR_INPUT if it is not one canonical JSON object. */
CHECKED bool detached_statement(struct bytes *ret, struct cli *cli, const char *path,
                                struct err *e);

/* Signs by the SSH agent and writes the armoured signature to --out, else to the file's path and
 * `.<first 8 hex digits of SHA-256 of the key>.sig`; prints that path. */
CHECKED bool detached_sign(struct cli *cli, const char *path, struct bytes statement,
                           struct err *e);

/* Appends {"statement","signatures"} with the signatures in the files words[1...]. */
CHECKED bool detached_body(struct buf *ret, struct cli *cli, struct bytes statement, struct err *e);

#endif
