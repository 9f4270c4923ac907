/*
 * Which entries tell of a key, certificate, signer, release path, workload, person, endpoint or
 * artifact: what was proposed, decided and done about it. What a key has signed is not among them
 * (`sealward blast-radius` tells). The daemon says which; whoever shows them proves each.
 */
#ifndef SEALWARD_CLI_STORY_H
#define SEALWARD_CLI_STORY_H

#include "cli/cli.h"

struct story {
    int64_t *entries; /* ascending, none twice; in the cli's arena */
    size_t count;
    size_t room;
};

/* A key may be named by the beginning of its id, an artifact by its file. The story of a signer is
 * that of its keys and release paths as well. */
CHECKED bool story_find(struct story *ret, struct cli *cli, const char *kind, const char *id,
                        struct err *e);

#endif
