/*
 * The files in which a tool's signatures are to be found: those named by --output, the tool's own
 * words that are files, and what stands beside a declared artifact under a usual name. Each is
 * looked at when it is new or has changed, and only then.
 */
#ifndef SEALWARD_CLI_OUTPUTS_H
#define SEALWARD_CLI_OUTPUTS_H

#include "base/arena.h"
#include "cli/binder.h"

#define OUTPUTS_MAX 2048

struct output {
    const char *path;
    bool named;   /* by --output */
    bool existed; /* when last looked at */
    uint64_t size;
    int64_t modified_ms;
};

struct outputs {
    size_t count;
    struct output list[OUTPUTS_MAX];
};

/* Adds a file that is looked at in any case: --output. The path must outlive the outputs. */
CHECKED bool outputs_add(struct outputs *o, const char *path, struct err *e);

/* Adds files to be looked at if the tool changes them: before the tool runs, called for each of its
 * words, and for each declared file. Texts that are no path of a file are no error. */
CHECKED bool outputs_watch_word(struct outputs *o, const char *word, struct err *e);
CHECKED bool outputs_watch_beside(struct outputs *o, const char *path, struct arena *a,
                                  struct err *e);

/* Binds what is found in files that are new or have changed. */
CHECKED bool outputs_bind(struct outputs *o, const struct binder *b, struct signatures *made,
                          struct err *e);

#endif
