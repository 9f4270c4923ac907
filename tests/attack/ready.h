/*
 * A world whose signer's key is ready to sign, and grants of its paths: what the attacks on signing
 * and binding begin with.
 */
#ifndef SEALWARD_TESTS_ATTACK_READY_H
#define SEALWARD_TESTS_ATTACK_READY_H

#include "world.h"

struct ready {
    struct world w;
    struct world_key key;
};

static inline void ready_done(struct ready *r)
{
    world_key_done(&r->key);
    world_done(&r->w);
}
AUTO_DONE(ready)

static inline void ready_make(struct ready *r, const char *signer)
{
    world_found(&r->w, false);
    world_ready(&r->w);
    world_key_make(&r->w, &r->key, signer);
}

/* An open grant of the package path: no human, no binding. */
static inline void package_grant(struct ready *r, int64_t count, int64_t window)
{
    struct bytes jar = world_artifact(&r->w, "tool.jar", "jar", "the jar");
    accepted(&r->w,
             world_grant(&r->w, "ci-app", world_grant_body(&r->w, "package", jar, count, window)));
}

static inline void desktop_grant(struct ready *r, struct bytes artifacts, int64_t count)
{
    accepted(&r->w, world_grant(&r->w, "ci-app",
                                world_grant_body(&r->w, "desktop", artifacts, count, 3600)));
    accepted(&r->w, world_approve(&r->w, APPROVER_1, r->w.grant));
}

static inline struct bytes tar(struct ready *r, const char *name, const char *content)
{
    return world_artifact(&r->w, name, "cms", content);
}

static inline struct bytes some_digest(struct world *w, const char *of)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(of));
    return world_copy(w, BYTES_OF(digest));
}

static inline bool ask(struct ready *r, const char *path, struct bytes artifacts, int64_t count,
                       int64_t window)
{
    return world_grant(&r->w, "ci-app", world_grant_body(&r->w, path, artifacts, count, window));
}

#endif
