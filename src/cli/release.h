/*
 * Under which release path an actor signs with a signer, read from the policy that the daemon
 * shows. A hint only, to build a statement that will be accepted: the keeper judges by its own.
 */
#ifndef SEALWARD_CLI_RELEASE_H
#define SEALWARD_CLI_RELEASE_H

#include "base/arena.h"
#include "base/json.h"
#include "rules/policy.h"
#include "rules/view.h"

/* Everything lives in the arena that it was found with. */
struct release {
    struct bytes id; /* of the path */
    struct release_path path;
    struct signer_view signer;         /* with its keys and chain */
    const struct signer_key_view *key; /* the active one whose certificate lasts longest */
};

/* The path of that id, or, where `wanted` is absent, the only one by which the actor may sign with
 * the signer. `policy` is the answer to /v1/policy. ERR_NOT_FOUND where there is none, ERR_INPUT
 * naming them where there are several. */
CHECKED bool release_find_path(struct release *ret, const struct json *policy, struct bytes signer,
                               struct bytes actor, struct bytes wanted, struct arena *a,
                               struct err *e);

/* The key to sign with; ERR_STATE if the signer has none that can sign now. */
CHECKED bool release_find_key(struct release *r, struct err *e);

#endif
