/*
 * From the policy in force to the one that is wanted: which objects are added, replaced, removed,
 * and whether the result makes sense to the rulebook.
 *
 * Views into what was given; lists live in the arena.
 */
#ifndef SEALWARD_CLI_POLICY_PLAN_H
#define SEALWARD_CLI_POLICY_PLAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fields.h"
#include "cli/names.h"
#include "client/client.h"
#include "rules/policy.h"

/* The policy in force as the daemon tells it. A lie would be found out: the changes name the digest
 * of what they replace. */
struct policy_force {
    struct list objects; /* struct object */
};
CHECKED bool policy_force_get(struct policy_force *ret, struct client *c, struct arena *a,
                              struct err *e);

/* The object; NULL if there is none. */
const struct object *policy_force_find(const struct policy_force *force, enum object_kind kind,
                                       struct bytes id);

/* Decodes the object into *ret; ERR_NOT_FOUND names it. */
CHECKED bool policy_force_take(void *ret, const struct policy_force *force, enum object_kind kind,
                               struct bytes id, struct arena *a, struct err *e);

/* The changes (struct change) that lead from what is in force to `wanted` (struct change without
 * `replaces`). An object that stands twice in `wanted` is ERR_INPUT. */
CHECKED bool policy_plan_make(struct list *ret, const struct policy_force *force,
                              const struct list *wanted, struct arena *a, struct err *e);

/* Asks the rulebook whether policy would make sense with the changes. */
CHECKED bool policy_plan_judge(const struct policy_force *force, const struct list *changes,
                               struct err *e);

/* One line a change, with handles called by their names. */
void policy_plan_show(struct buf *b, const struct policy_force *force, const struct list *changes,
                      const struct names *names);

#endif
