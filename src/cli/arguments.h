/*
 * The command line of one subcommand, taken apart by a table of its options. Options may stand
 * before, between and behind the words; `--` ends them, and what follows belongs to a tool.
 *
 * All texts are those of argv.
 */
#ifndef SEALWARD_CLI_ARGUMENTS_H
#define SEALWARD_CLI_ARGUMENTS_H

#include "base/auto.h"
#include "base/err.h"

enum argument_kind {
    ARGUMENT_FLAG,  /* --json */
    ARGUMENT_VALUE, /* --out FILE, once */
    ARGUMENT_LIST,  /* --artifact FILE, any number of times */
};

struct argument_row {
    const char *name; /* "--out" */
    enum argument_kind kind;
    const char *value; /* what stands for the value in help: "FILE"; NULL for a flag */
    const char *help;
};

#define ARGUMENTS_MAX 512

struct argument {
    const struct argument_row *row;
    const char *value; /* of a flag: its name */
};

struct arguments {
    struct argument given[ARGUMENTS_MAX];
    int given_count;
    const char *words[ARGUMENTS_MAX]; /* beside the options */
    int word_count;
    char **tool; /* behind `--`, NULL-terminated; NULL if there was no `--` */
};

/* Takes argv[0 .. argc-1] apart. Tables end with a row without name; either may be NULL. ERR_INPUT
 * with the rule CLI_USAGE. */
CHECKED bool arguments_take(struct arguments *ret, int argc, char **argv,
                            const struct argument_row *global, const struct argument_row *own,
                            struct err *e);

/* The value; NULL if it was not given. A flag that was given is not NULL. */
const char *arguments_value(const struct arguments *a, const char *name);

/* The n-th value of a list; NULL behind the last. */
const char *arguments_item(const struct arguments *a, const char *name, int n);

/* The rule of an error in how the program was called. */
#define CLI_USAGE "cli.usage"

/* Sets ERR_INPUT with that rule. */
bool arguments_refuse(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
