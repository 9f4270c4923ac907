/*
 * What the tests of lives share: the world under rules version 2 with objects `life`, quorums for
 * what concerns owners, keys and endpoints, and acts on them.
 */
#ifndef SEALWARD_TESTS_UNIT_RULES_WORLD_LIVING_H
#define SEALWARD_TESTS_UNIT_RULES_WORLD_LIVING_H

#include "world.h"

#include "rules/life.h"

/* Of the life of level "internal-package", in milliseconds; at "desktop-software" the same. */
#define LIFE_RENEW (30 * DAY)
#define LIFE_WARN (14 * DAY)
#define LIFE_ALARM (7 * DAY)
#define LIFE_UNUSED (60 * DAY)
#define LIFE_GRACE (10 * DAY)

/* A world that is ready under rules version 2, with one key of signer "package". */
struct living {
    struct world w;
    struct world_key key;
    const char *id; /* hex of the key's */
};
void living_make(struct living *l);
void living_done(struct living *l);
AUTO_DONE(living)

/* Lets that much time go by: an entry that changes nothing else is made then. */
void world_wait(struct world *w, int64_t time);
/* Lets time go by until then, in steps that no start takes for too long a silence. */
void world_wait_until(struct world *w, int64_t time);

/* How many findings of that kind the last entry had. */
size_t world_findings(const struct world *w, const char *kind);
/* The text of the first one. */
const char *world_finding(struct world *w, const char *kind);

/* Another key of that signer, certified. */
void world_standby(struct world *w, struct world_key *ret, const char *signer);

int world_key_state(const struct world *w, const struct world_key *key);
const struct certificate *world_certificate(struct world *w, const struct world_key *key);

/* Opens a grant of path "package" and signs once with the key. */
bool world_use(struct world *w, const struct world_key *key, const char *content);

/* Takes a person out of policy: out of the teams first, all in one proposal. */
void world_leave(struct world *w, const char *handle);

struct bytes world_ownership_detail(struct world *w, const char *signer, const char *owner,
                                    const char *deputy);
struct bytes world_retire_body(struct world *w, const char *kind, const char *id);
bool world_retire(struct world *w, enum hand hand, const char *kind, const char *id);
struct bytes world_rollover_detail(struct world *w, const char *signer,
                                   const struct world_key *from, const struct world_key *to,
                                   const char *switch_at, int overlap);
/* A life of a world: every kind of entry and of proposal about lives, and what time does. */
void world_living_story(struct world *w);
/* Proposed, approved by two of the officers and carried out by the keeper. */
void world_destroy(struct world *w, const struct world_key *key);

#endif
