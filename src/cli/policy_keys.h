/*
 * Keys in a policy file: SSH keys of people and workloads, and issuers' keys, written out or in
 * files beside the policy.
 */
#ifndef SEALWARD_CLI_POLICY_KEYS_H
#define SEALWARD_CLI_POLICY_KEYS_H

#include "base/fields.h"
#include "cli/yaml_tree.h"

/* struct authenticator: items are lines or files, or mappings {key, presence, verification}. */
CHECKED bool policy_keys_people(struct list *ret, const struct yaml_tree *list, const char *folder,
                                struct arena *a, struct err *e);

/* struct bytes, blobs: items are lines or files. */
CHECKED bool policy_keys_workload(struct list *ret, const struct yaml_tree *list,
                                  const char *folder, struct arena *a, struct err *e);

/* struct issuer_key (rules/policy.h): items are mappings {key, kid, algorithm}, the key as PEM, JWK
 * or file; a set of JWKs gives several. */
CHECKED bool policy_keys_issuer(struct list *ret, const struct yaml_tree *list, const char *folder,
                                struct arena *a, struct err *e);

#endif
