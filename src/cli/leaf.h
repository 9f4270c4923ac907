/*
 * Entries as people name them: a number, a leaf hash in hex, or the first 8 or more digits of one.
 */
#ifndef SEALWARD_CLI_LEAF_H
#define SEALWARD_CLI_LEAF_H

#include "cli/cli.h"

/* The whole leaf hash of what waits or is open, or of a recent entry; the daemon is asked, and what
 * it says is proven by whoever fetches the entry. ERR_INPUT if several begin so. */
CHECKED bool leaf_find(uint8_t ret[32], struct cli *cli, const char *text, struct err *e);

/* The entry of that number or leaf hash, proven. */
CHECKED bool leaf_entry(struct proven *ret, struct cli *cli, const char *text, struct err *e);

/* Hexadecimal digits of a leaf hash that are shown where it must be short. */
#define LEAF_SHORT 16

#endif
