/*
 * A guard's folder, its cache and all it has:
 *
 *   settings.json   authority.json   root.pem   key.p8      written once, by folder_make
 *   list            the distrust list that it holds
 *   standing.json   what it remembers besides (guard/settings.h)
 *   seen/           the newest checkpoint, and what disagrees with it (client/history.h)
 *   conflict-list-* lists that disagree with one of the same number
 *   lock            held by whoever writes
 *
 * Everybody may read it, but for the key (mode 0600) and seen/. A struct folder is immutable once
 * open; any number of threads may use it.
 */
#ifndef SEALWARD_GUARD_FOLDER_H
#define SEALWARD_GUARD_FOLDER_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "guard/settings.h"
#include "pki/session_key.h"
#include "proof/authority.h"

enum { FOLDER_PATH_MAX = 3072, FOLDER_ROOTS_MAX = 4 };

#define FOLDER_AUTHORITY "authority.json"
#define FOLDER_ROOT "root.pem"
#define FOLDER_LIST "list"
#define FOLDER_STANDING "standing.json"

struct folder {
    char path[FOLDER_PATH_MAX];
    struct settings settings;
    struct authority authority;
    struct bytes authority_text; /* the pinned files, as they stand */
    struct bytes root_text;
    struct bytes roots[FOLDER_ROOTS_MAX]; /* DER */
    size_t root_count;
    struct arena arena;
};

/* Makes the folder and all that is written once, and gives the new key's SPKI; the settings file
 * comes last and durable, so a folder is whole or none. ERR_CONFLICT where one is already. */
struct folder_plan {
    const char *path;
    struct settings settings;
    struct bytes authority; /* content of the two files that are pinned */
    struct bytes root;
};
CHECKED bool folder_make(const struct folder_plan *plan, struct buf *ret_spki, struct err *e);

CHECKED bool folder_open(struct folder **ret, const char *path, struct err *e);
void folder_free(struct folder *f);
AUTO_FREE(folder)

/* Appends the path of a file in it. */
CHECKED bool folder_file(struct buf *ret, const struct folder *f, const char *name, struct err *e);

/* Appends the content of a file in it. */
CHECKED bool folder_get(struct buf *ret, const struct folder *f, const char *name, struct err *e);

/* Puts a file in place, durable when this returns true (base/file.h: file_replace); everybody may
 * read it. */
CHECKED bool folder_put(const struct folder *f, const char *name, struct bytes content,
                        struct err *e);

/* The endpoint's key, for whoever may read it. */
CHECKED bool folder_key(struct session_key **ret, const struct folder *f, struct err *e);

#endif
