/*
 * A mapping of YAML read by a table into a struct, in the shape that the rulebook's tables write:
 * each key stands once in the table, an unknown key is an error with its line, a missing one too
 * unless it may be left out.
 *
 * C type behind each kind, at the row's offset:
 *   YAML_FIELD_TEXT       struct bytes
 *   YAML_FIELD_NUMBER     int64_t
 *   YAML_FIELD_SECONDS    int64_t, from "90d", "15m" ...
 *   YAML_FIELD_MS         int64_t, likewise
 *   YAML_FIELD_FLAG       bool, from `true` or `false`
 *   YAML_FIELD_WORD       int, index into `words`
 *   YAML_FIELD_TEXTS      struct list of struct bytes
 *   YAML_FIELD_PERSON     struct bytes: the handle of the person so called
 *   YAML_FIELD_PEOPLE     struct list of struct bytes: handles
 *   YAML_FIELD_TREE       const struct yaml_tree *, for the caller to go on
 * Texts that are left out have data NULL, lists are empty, numbers -1, flags false, trees NULL.
 */
#ifndef SEALWARD_CLI_YAML_FIELDS_H
#define SEALWARD_CLI_YAML_FIELDS_H

#include "base/fields.h"
#include "cli/names.h"
#include "cli/yaml_tree.h"

enum yaml_field_kind {
    YAML_FIELD_TEXT,
    YAML_FIELD_NUMBER,
    YAML_FIELD_SECONDS,
    YAML_FIELD_MS,
    YAML_FIELD_FLAG,
    YAML_FIELD_WORD,
    YAML_FIELD_TEXTS,
    YAML_FIELD_PERSON,
    YAML_FIELD_PEOPLE,
    YAML_FIELD_TREE,
};

struct yaml_field {
    const char *key;
    enum yaml_field_kind kind;
    size_t offset;
    bool optional;
    const char *const *words; /* YAML_FIELD_WORD: NULL-terminated */
};

#define YAML_FIELD(type, member, how)                                                              \
    {                                                                                              \
        .key = #member, .kind = (how), .offset = offsetof(type, member)                            \
    }
#define YAML_FIELD_OR_NOT(type, member, how)                                                       \
    {                                                                                              \
        .key = #member, .kind = (how), .offset = offsetof(type, member), .optional = true          \
    }

/* Rows end with one without key. Texts are views into the tree, lists live in the arena; people are
 * looked up in `names`. */
CHECKED bool yaml_fields_take(void *ret, const struct yaml_field *rows, const struct yaml_tree *map,
                              const struct names *names, struct arena *a, struct err *e);

/* Demands that this is a mapping or a list. */
CHECKED bool yaml_fields_is(const struct yaml_tree *node, enum yaml_kind kind, const char *what,
                            struct err *e);

#endif
