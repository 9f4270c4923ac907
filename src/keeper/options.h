/*
 * The keeper's command line. Nothing secret stands in it: PINs come from files or descriptors.
 */
#ifndef SEALWARD_KEEPER_OPTIONS_H
#define SEALWARD_KEEPER_OPTIONS_H

#include "base/auto.h"
#include "base/err.h"
#include "base/options.h"
#include "token/pool.h"

enum keeper_mode {
    MODE_RUN,
    MODE_PREPARE,  /* make the log key, print its public half */
    MODE_FOUND,    /* begin the journal with a genesis */
    MODE_CEREMONY, /* open the root's token: make the root, or sign with it */
    MODE_HELP,
    MODE_VERSION,
    MODE_FAULTS, /* list the fault points; in builds that have them */
};

/* A token as the options name it: --token, --log-token, --root-token and what belongs to each. */
struct token_options {
    const char *label;
    const char *module;
    const char *pin_file;
    int pin_descriptor; /* -1: none */
};

/* All texts are those of argv. */
struct options {
    int mode;            /* enum keeper_mode */
    const char *journal; /* folder */
    const char *socket;
    const char *brake;
    const char *user;
    const char *daemon_user;
    const char *officer_group;
    const char *genesis;    /* --found FILE */
    const char *ceremony;   /* --ceremony root|certify|crl */
    const char *record;     /* --record DIR: public files, for a ceremony */
    const char *authority;  /* --authority FILE: the pinned authority, for a ceremony */
    const char *out;        /* --out DIR, of a ceremony */
    const char *subject[3]; /* --subject CN O C, of the root */
    struct token_options signing;
    struct token_options log;
    struct token_options root;
    const char *settings[OPTION_LIST_MAX + 1]; /* NAME=VALUE for the modules, NULL-terminated */
    const char *readable[OPTION_LIST_MAX + 1];
    const char *writable[OPTION_LIST_MAX + 1];
    int workers;
    int validity_days; /* of the root */
    int crl_days;      /* of the root's CRLs */
    bool first;
    bool network;
    bool verbose;
    const char *fault;
};

/* ERR_INPUT names the option. */
CHECKED bool options_read(struct options *ret, int argc, char **argv, struct err *e);

/* What --help prints. */
void options_help(FILE *to);

/* The pool's view of a token; opens the file of its PIN. */
CHECKED bool options_token(struct pool_token *ret, const struct options *o,
                           const struct token_options *token, unsigned workers, struct err *e);

#endif
