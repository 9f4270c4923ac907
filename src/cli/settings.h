/*
 * What every subcommand needs to know: each from its option, else from the environment, else from
 * the configuration file (`key = value` a line, `#` begins a comment).
 *
 * | option                | environment                | in the file        |
 * | --server URL          | SEALWARD_SERVER            | server             |
 * | --ca FILE             | SEALWARD_CA                | ca                 |
 * | --authority FILE      | SEALWARD_AUTHORITY         | authority          |
 * | --as ACTOR            | SEALWARD_AS                | as                 |
 * | --key FILE.pub        | SEALWARD_KEY               | key                |
 * | --names FILE          | SEALWARD_NAMES             | names              |
 * | --identity-command C  | SEALWARD_IDENTITY_COMMAND  | identity-command   |
 * | --identity-file FILE  | SEALWARD_IDENTITY_FILE     | identity-file      |
 * | --state DIR           | SEALWARD_STATE             | state              |
 * | --tsa URL             | SEALWARD_TSA               | tsa                |
 *
 * The file is $SEALWARD_CONFIG, else $XDG_CONFIG_HOME/sealward/config, else
 * ~/.config/sealward/config. This file of the program is its only reader of the environment.
 */
#ifndef SEALWARD_CLI_SETTINGS_H
#define SEALWARD_CLI_SETTINGS_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/err.h"
#include "cli/arguments.h"

struct settings {
    const char *server;
    const char *ca;
    const char *authority; /* file */
    const char *as;
    const char *key;   /* file of a public key */
    const char *names; /* file */
    const char *identity_command;
    const char *identity_file;
    const char *state; /* folder; never NULL unless there is no home */
    const char *tsa;   /* for tools; NULL: below the authority's base URL */
    bool json;
    const char *agent;          /* SSH_AUTH_SOCK */
    const char *actions_url;    /* ACTIONS_ID_TOKEN_REQUEST_URL */
    const char *actions_bearer; /* ACTIONS_ID_TOKEN_REQUEST_TOKEN */
    const char *module;    /* SEALWARD_MODULE: sealward-pkcs11.so, if not where it is installed */
    const char *daemon;    /* SEALWARD_DAEMON: sealwardd, if not where it is installed */
    const char *temporary; /* TMPDIR; never NULL */
};

/* The options that every subcommand takes. */
extern const struct argument_row settings_rows[];

/* Texts are those of argv and the environment, or live in the arena. */
CHECKED bool settings_find(struct settings *ret, const struct arguments *a, struct arena *arena,
                           struct err *e);

#endif
