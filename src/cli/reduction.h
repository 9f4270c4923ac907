/*
 * Statements that reduce trust (suspend, revoke, retire, expel): entered through the daemon, or,
 * with
 * --brake, through the keeper's second socket where the daemon is down or not to be trusted.
 */
#ifndef SEALWARD_CLI_REDUCTION_H
#define SEALWARD_CLI_REDUCTION_H

#include "cli/cli.h"
#include "rules/statement.h"

/* The rows of the option, for a command's options. */
#define REDUCTION_ROW                                                                              \
    {                                                                                              \
        "--brake", ARGUMENT_VALUE, "SOCKET", "the keeper's second socket, with no daemon"          \
    }

struct reduction {
    const char *type;              /* of the entry */
    const char *done;              /* what to say of it: "revoked" */
    struct bytes body;             /* of the statement */
    const struct brought *brought; /* an older entry that it speaks of; NULL: none */
    const struct checkpoint *seen; /* under which that was proven; NULL: the newest */
};

/* Whether --brake was given: then the daemon is asked nothing. */
bool reduction_by_brake(const struct cli *cli);

/* What a statement must name as its subject's activation, from the daemon or the second socket:
 * kind and id as in the record ("key", hex). The leaf lives in the arena. */
CHECKED bool reduction_activation(struct bytes *ret_leaf, struct cli *cli, const char *kind,
                                  struct bytes id, struct err *e);

/* Signs and enters it, and prints what became of it. */
CHECKED bool reduction_say(struct cli *cli, const struct reduction *r, struct err *e);

#endif
