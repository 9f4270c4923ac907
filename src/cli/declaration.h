/*
 * What is to be signed, as the command line names it: FILE[:FORMAT][=NAME]. The file is identified
 * by the digest that signing does not change; FORMAT is found out where it can be, NAME is the
 * file's own where none is given.
 */
#ifndef SEALWARD_CLI_DECLARATION_H
#define SEALWARD_CLI_DECLARATION_H

#include "base/arena.h"
#include "base/fields.h"
#include "pki/digest.h"
#include "rules/state.h"

/* Bytes of a file that is identified: it is held in memory. */
#define DECLARATION_FILE_MAX ((size_t)2 << 30)

/* The parts of FILE[:FORMAT][=NAME]; absent where they are not given. */
struct declaration_text {
    const char *file;
    struct bytes format;
    struct bytes name;
};

/* Takes a text apart. One that is the path of a file as it stands is nothing else. */
CHECKED bool declaration_split(struct declaration_text *ret, const char *text, struct arena *a,
                               struct err *e);

struct declaration {
    const char *file; /* its path */
    struct artifact artifact;
};

/* Identifies the file. `formats` (struct bytes) are those that the release path signs. Everything
 * lives in the arena. */
CHECKED bool declaration_make(struct declaration *ret, const struct declaration_text *text,
                              const struct list *formats, enum digest_alg alg, struct arena *a,
                              struct err *e);

#endif
