/*
 * The daemon's command line. Nothing secret stands in it.
 */
#ifndef SEALWARD_HTTP_OPTIONS_H
#define SEALWARD_HTTP_OPTIONS_H

#include "base/auto.h"
#include "base/err.h"
#include "base/options.h"

enum daemon_mode { MODE_RUN, MODE_FORGET, MODE_COPY, MODE_HELP, MODE_VERSION, MODE_FAULTS };

/* All texts are those of argv. */
struct options {
    int mode; /* enum daemon_mode */
    const char *keeper;
    const char *state;
    const char *public_folder;
    const char *listen;
    const char *tsa_listen; /* plain HTTP; NULL: none */
    const char *tls_cert;
    const char *tls_key;
    const char *user;
    const char *forget; /* handle */
    const char *copy;   /* file */
    int connections;
    int per_address;
    int tsa_rate; /* timestamps a second from one address */
    int threads;  /* 0: as many as processors, at least 2 */
    bool first;
    bool verbose;
    const char *fault; /* in builds with fault points */
};

/* ERR_INPUT names the option. */
CHECKED bool options_take(struct options *ret, int argc, char **argv, struct err *e);

/* What --help prints. */
void options_help(FILE *to);

#endif
