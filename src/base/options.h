/*
 * The command line of a program that takes options, and few words besides: a table says which there
 * are, where each value goes in the caller's struct, and what --help says of it. Texts are those of
 * argv.
 *
 * Nothing secret is ever an option: what argv holds, everybody on the machine can read.
 */
#ifndef SEALWARD_BASE_OPTIONS_H
#define SEALWARD_BASE_OPTIONS_H

#include <stdio.h>

#include "base/auto.h"
#include "base/err.h"

/* C type at the option's offset. */
enum option_kind {
    OPTION_FLAG,   /* bool, set true */
    OPTION_MODE,   /* int, set to `value` */
    OPTION_NUMBER, /* int, `least` to `value` */
    OPTION_TEXT,   /* const char * */
    OPTION_THREE,  /* const char *[3]: three values behind each other */
    OPTION_LIST,   /* const char *[OPTION_LIST_MAX + 1]: once a value, NULL-terminated */
    OPTION_WORDS,  /* the same, of all that begins with no "-" and is no option's value */
};

enum { OPTION_LIST_MAX = 16 };

struct option {
    const char *name; /* "--journal" */
    enum option_kind kind;
    size_t offset;
    int least;
    int value;
    const char *help;
};

struct option_table {
    const struct option *rows;
    size_t count;
};

/* Sets what argv names in *ret, whose other members keep what they had. ERR_INPUT names the option
 * and what is wrong. */
CHECKED bool options_set(void *ret, const struct option_table *table, int argc, char **argv,
                         struct err *e);

/* A line an option. */
void options_print(const struct option_table *table, FILE *to);

#endif
