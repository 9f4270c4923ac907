/*
 * The names file: who is behind which handle. It stands beside the policy, never in the record, and
 * only its owner may read it (mode 0600): erasing a salt erases the name.
 *
 * One canonical JSON object and a newline: {"names":[{"handle","name","salt"}]}. A handle is "p"
 * and the first 16 hex digits of SHA-256(salt || name), so a name opens its handle by itself, and a
 * handle that is shown with a name has been checked.
 *
 * Texts live in the arena of the one who reads; names_find makes no copies.
 */
#ifndef SEALWARD_CLI_NAMES_H
#define SEALWARD_CLI_NAMES_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/fields.h"

#define NAMES_SIZE_MAX (1 << 20)
#define NAMES_SALT_SIZE 32
#define NAMES_HANDLE_SIZE 18 /* with its NUL */

struct name_row {
    struct bytes name;
    struct bytes handle;
    struct bytes salt;
};

struct names {
    struct list rows; /* struct name_row */
};

/* ERR_INPUT for what is no names file, for a handle that its name and salt do not open, and for a
 * name or handle that stands twice. */
CHECKED bool names_read(struct names *ret, struct bytes text, struct arena *a, struct err *e);
void names_write(struct buf *b, const struct names *names);

/* From the file; one that is not there has no names. Refused if others may read it. */
CHECKED bool names_load(struct names *ret, const char *path, struct arena *a, struct err *e);
CHECKED bool names_save(const struct names *names, const char *path, struct err *e);

const struct name_row *names_find(const struct names *names, struct bytes name);
const struct name_row *names_find_handle(const struct names *names, struct bytes handle);

/* Appends the text, every handle that has a name followed by it: "p0123456789abcdef (officer-1)".
 */
void names_put_text(struct buf *b, struct bytes text, const struct names *names);

/* The same for tables: the name alone where there is one, "officer-1", and for actors,
 * "person/p01...". */
void names_put_called(struct buf *b, struct bytes text, const struct names *names);

/* Adds a person with a fresh salt. */
CHECKED bool names_add(struct names *names, struct bytes name, struct arena *a, struct err *e);

/* SHA-256(salt || name), as policy has it, and the handle made of it. */
void names_hash(uint8_t ret[32], struct bytes salt, struct bytes name);
void names_handle(char ret[NAMES_HANDLE_SIZE], struct bytes salt, struct bytes name);

#endif
