/*
 * The configuration file: lines of `key = value`, empty lines, and lines that begin with `#`. Keys
 * are those of settings_rows without their dashes; each may stand once. Values are taken as they
 * are, without the blanks around them.
 */
#ifndef SEALWARD_CLI_CONFIG_H
#define SEALWARD_CLI_CONFIG_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define CONFIG_SIZE_MAX 65536
#define CONFIG_LINES_MAX 64

struct config_line {
    const char *key;
    const char *value;
    unsigned line;
};

struct config {
    size_t count;
    struct config_line lines[CONFIG_LINES_MAX];
};

/* Texts live in the arena. ERR_INPUT names the line. */
CHECKED bool config_read(struct config *ret, struct bytes text, struct arena *a, struct err *e);

/* NULL if the key does not stand there. */
const char *config_value(const struct config *c, const char *key);

#endif
