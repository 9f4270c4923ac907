/*
 * The only writer of messages about what a program does: one line each to standard error,
 *
 *   time=2026-01-02T03:04:05.678Z level=info program=sealwardd event=listening port=8443
 *
 * in logfmt. Values with anything but plain characters are quoted; quotes, backslashes, control
 * characters and bytes that are not ASCII text are escaped, so that no outside text can forge a
 * line or move a terminal's cursor. One line is one write: lines of threads and processes do not
 * mix. A line has at most DIAG_LINE_MAX bytes; a longer value is cut and marked "...".
 *
 * Only main files and event loops write messages; rooms below return a struct err.
 * Never put a secret here.
 */
#ifndef SEALWARD_BASE_DIAG_H
#define SEALWARD_BASE_DIAG_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define DIAG_LINE_MAX 4000

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_INFO, DIAG_DEBUG };

struct diag_field {
    const char *key; /* lower case, words joined by "-" */
    bool is_integer;
    int64_t integer;
    struct bytes text;
};

#define DIAG_INTEGER(name, value)                                                                  \
    ((struct diag_field){.key = (name), .is_integer = true, .integer = (int64_t)(value)})
#define DIAG_TEXT(name, string) ((struct diag_field){.key = (name), .text = bytes_text(string)})
#define DIAG_BYTES(name, bytes) ((struct diag_field){.key = (name), .text = (bytes)})

/* Called once by main before there are threads. `program` must outlive the process. Messages above
 * `level` are dropped. Before this, the program is "sealward" and the level info. */
void diag_init(const char *program, enum diag_level level);

/* The level of that word ("error", "warning", "info", "debug"). */
CHECKED bool diag_level_parse(enum diag_level *ret, const char *word, struct err *e);

/* diag_write(DIAG_INFO, "listening", DIAG_INTEGER("port", port)): at least one field. */
#define diag_write(level, event, ...)                                                              \
    diag_write_fields((level), (event), (const struct diag_field[]){__VA_ARGS__},                  \
                      sizeof((const struct diag_field[]){__VA_ARGS__}) /                           \
                          sizeof(struct diag_field))
void diag_write_fields(enum diag_level level, const char *event, const struct diag_field *fields,
                       size_t count);

/* An err as a message: its code, rule, message, hint and cause, as far as they are there. */
void diag_err(enum diag_level level, const char *event, const struct err *e);

#endif
