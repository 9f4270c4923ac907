/*
 * What a key or certificate is for when it is for no signer: one option of the command line each.
 */
#ifndef SEALWARD_CLI_KEY_ROLE_H
#define SEALWARD_CLI_KEY_ROLE_H

#include "cli/arguments.h"
#include "pki/profile.h"
#include "rules/state.h"

struct key_role_row {
    const char *option; /* "--issuing-ca" */
    enum key_role role;
    enum profile profile; /* of its certificates */
    int64_t validity;     /* seconds, when none is asked for */
};

/* Rows for ARGUMENT tables. */
#define KEY_ROLE_OPTIONS                                                                           \
    {"--issuing-ca", ARGUMENT_FLAG, 0, "for an issuing CA of code signing"},                       \
        {"--timestamp-ca", ARGUMENT_FLAG, 0, "for the issuing CA of the time stamping authority"}, \
        {"--timestamp", ARGUMENT_FLAG, 0, "for the time stamping authority"},                      \
    {                                                                                              \
        "--list", ARGUMENT_FLAG, 0, "for distrust lists"                                           \
    }

/* The one that was given; NULL for --signer. Exactly one of all must be there. */
CHECKED bool key_role_take(const struct key_role_row **ret, const struct arguments *a,
                           struct err *e);

#endif
