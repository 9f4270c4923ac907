/*
 * The policy as people write it: a mapping of YAML (docs/policy.md) to the objects that the
 * rulebook knows, each as its canonical text. People are called by names; the objects have their
 * handles.
 *
 * Whether the objects make sense together is for the rulebook (rules/policy.h); here is judged only
 * what YAML can get wrong, each with its line.
 */
#ifndef SEALWARD_CLI_POLICY_FILE_H
#define SEALWARD_CLI_POLICY_FILE_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/fields.h"
#include "cli/names.h"
#include "cli/yaml_tree.h"

/* The objects of all sections, struct change without `replaces`, in the order of kinds. `folder` is
 * where named files stand (keys); NULL: no file may be named. People who have no name yet are added
 * to `names`. Everything lives in the arena or is a view into the tree. */
CHECKED bool policy_file_read(struct list *ret, const struct yaml_tree *map, const char *folder,
                              struct names *names, struct arena *a, struct err *e);

#endif
