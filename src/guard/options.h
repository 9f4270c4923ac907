/*
 * The guard's command line: a command, its words, options. Nothing secret stands in it.
 */
#ifndef SEALWARD_GUARD_OPTIONS_H
#define SEALWARD_GUARD_OPTIONS_H

#include "base/auto.h"
#include "base/err.h"
#include "base/options.h"

enum guard_mode { MODE_COMMAND, MODE_HELP, MODE_VERSION, MODE_FAULTS };

/* All texts are those of argv. */
struct options {
    int mode;                               /* enum guard_mode */
    const char *words[OPTION_LIST_MAX + 1]; /* the command first; NULL-terminated */
    const char *folder;
    const char *socket; /* NULL: in the folder */
    const char *authority;
    const char *root;
    const char *id;
    const char *class;
    const char *url;
    const char *stale;
    const char *grace;
    const char *clock_error;
    const char *silence;
    const char *ca;
    int interval; /* seconds */
    bool once;
    const char *log;
    const char *signature;
    const char *format;
    const char *receipts[OPTION_LIST_MAX + 1];
    bool demand_receipt;
    bool json;
    const char *fault; /* in builds with fault points */
};

/* ERR_INPUT names the option. */
CHECKED bool options_take(struct options *ret, int argc, char **argv, struct err *e);

/* What --help prints. */
void options_help(FILE *to);

#endif
