/*
 * What `sealward revoke` and its kin are told to act on, found in the record: kind and id as the
 * rulebook names them, and for one signature the request that asked for it, proven.
 *
 * | words                         | id in the record                                        |
 * | key ID                        | its id in hex; a beginning of 8 digits will do          |
 * | certificate NUMBER            | the number                                              |
 * | signature ENTRY[:ITEM]        | SHA-256(key id, to-be-signed digest)                    |
 * | artifact HEX or FILE[:FORMAT] | the artifact's id, or that of the file                  |
 * | path ID                       | the release path's id                                   |
 */
#ifndef SEALWARD_CLI_REVOKE_TARGET_H
#define SEALWARD_CLI_REVOKE_TARGET_H

#include "cli/cli.h"
#include "rules/state.h"
#include "rules/statement.h"

struct revoke_target {
    enum revoked_kind kind;
    struct bytes id;
    struct bytes digest;    /* artifact: hex of its digest where a file was named; else absent */
    struct brought brought; /* signature */
    struct checkpoint seen; /* signature: under which that is proven */
};

/* Of the command's first two words. Everything lives in the cli's arena. */
CHECKED bool revoke_target_find(struct revoke_target *ret, struct cli *cli, const char *kind,
                                const char *id, struct err *e);

#endif
