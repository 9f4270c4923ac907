/*
 * YAML as it is safe in a policy: mappings, sequences and plain texts, read by libyaml into a tree
 * that remembers lines. Refused, each with its line: anchors, aliases, tags, directives, a second
 * document, a key that stands twice or is no text, nesting over YAML_DEPTH_MAX, texts that are not
 * plain (base/text.h), and anything over the limits. No value has a type of its own: `yes`, `1.0`
 * and `null` are texts until somebody asks for a number or a flag.
 *
 * The tree lives in the arena.
 */
#ifndef SEALWARD_CLI_YAML_TREE_H
#define SEALWARD_CLI_YAML_TREE_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define YAML_SIZE_MAX (1 << 20)
#define YAML_DEPTH_MAX 12
#define YAML_NODES_MAX 20000

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_tree {
    enum yaml_kind kind;
    unsigned line;
    struct bytes name; /* where it is a member of a mapping */
    struct bytes text; /* YAML_TEXT; may hold line feeds where it was a block */
    struct yaml_tree *first;
    struct yaml_tree *next;
    size_t count;
};

/* Reads exactly one document. */
CHECKED bool yaml_tree_read(struct yaml_tree **ret, struct bytes text, struct arena *a,
                            struct err *e);

/* The member of that name; NULL if there is none or this is no mapping. */
const struct yaml_tree *yaml_tree_member(const struct yaml_tree *map, const char *name);

/* Sets ERR_INPUT "line N: ...". */
bool yaml_tree_refuse(struct err *e, const struct yaml_tree *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
