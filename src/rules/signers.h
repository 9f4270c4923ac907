/*
 * The signers of policy, decoded once, for those who look at many keys or certificates at a time:
 * deadlines and views. A snapshot: it does not follow later changes of policy, and says of which
 * table it was taken (signers_fresh). Owns its memory. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_SIGNERS_H
#define SEALWARD_RULES_SIGNERS_H

#include "rules/state.h"

struct signer_info {
    struct bytes id;
    struct signer signer;
    struct life_object life; /* of its level; all zero where the level has none */
    bool lives;              /* its level has one */
};

struct signers {
    struct arena arena;
    uint64_t generation; /* of the table it was taken from */
    struct signer_info *list;
    size_t count;
};

void signers_free(struct signers *g);
AUTO_FREE(signers)

CHECKED bool signers_new(struct signers **ret, const struct table *objects, struct err *e);

/* Whether the table is still the one that it was taken from. */
bool signers_fresh(const struct signers *g, const struct table *objects);

/* NULL for an id that is absent or that policy does not have. */
const struct signer_info *signers_find(const struct signers *g, struct bytes id);

#endif
