/*
 * Loading a policy file from the disk: the file, its tree, its objects, and the names file that
 * grows with new people.
 */
#ifndef SEALWARD_CLI_POLICY_YAML_H
#define SEALWARD_CLI_POLICY_YAML_H

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/yaml_tree.h"

/* A YAML file's tree; everything in the cli's arena. */
CHECKED bool policy_yaml_tree(struct yaml_tree **ret, struct cli *cli, const char *path,
                              struct err *e);

/* The objects of the policy file. The names file (--names, else `names.json` beside the policy) is
 * read, and written if there are new people in the policy. */
CHECKED bool policy_yaml_load(struct list *ret_objects, struct names *ret_names, struct cli *cli,
                              const char *path, struct err *e);

/* The same from a tree that stands in a file of that path. */
CHECKED bool policy_yaml_objects(struct list *ret_objects, struct names *ret_names, struct cli *cli,
                                 const struct yaml_tree *map, const char *path, struct err *e);

/* Path of `name` in the folder of `path`, in the cli's arena. */
CHECKED bool policy_yaml_beside(const char **ret, struct cli *cli, const char *path,
                                struct bytes name, struct err *e);

#endif
