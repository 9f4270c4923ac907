/*
 * Grants: what the statement says, what policy makes of it, and how it opens. Inside the rules room
 * only.
 */
#ifndef SEALWARD_RULES_GRANTS_H
#define SEALWARD_RULES_GRANTS_H

#include "proof/format.h"
#include "rules/entries.h"

/* Body of a grant statement. */
struct grant_body {
    struct bytes path;
    struct list artifacts; /* struct artifact; empty: any that fits the release path's patterns */
    int64_t count;         /* distinct digests */
    int64_t window;        /* seconds from the last approval */
    struct bytes session;  /* SubjectPublicKeyInfo of the P-256 session key */
};
extern const struct fields grant_body_fields;

/* What policy in force says to a grant. Views into the arena. */
struct grant_terms {
    struct grant_body body;
    struct release_path path;
    struct signer signer;
    struct level level;
    size_t approvals; /* people that must approve */
};

/* Reads the body and judges it against policy: may the actor open a grant on this path, do the
 * artifacts fit it, are window and count within bounds. Not whether the path is suspended. */
CHECKED bool grant_terms_find(struct grant_terms *ret, const struct rules_state *s,
                              struct bytes actor, struct bytes body, struct arena *a,
                              struct err *e);

/* Refused ("path.revoked", "path.suspended") while the release path is revoked or suspended. */
CHECKED bool path_usable(const struct rules_state *s, struct bytes path, struct err *e);

/* Ends what is open for that actor or on that release path (the other one is absent): grants, and
 * grants that wait for decisions. */
CHECKED bool grants_close(struct rules_state *s, struct bytes actor, struct bytes path,
                          int64_t time, struct outcome *out, struct err *e);

/* The same for a workload by its id. Nothing before rules version 2. */
CHECKED bool grants_close_workload(struct rules_state *s, struct bytes workload, int64_t time,
                                   struct outcome *out, struct err *e);

/* Opens the grant of a decision: the window starts with this entry. */
CHECKED bool grant_open(struct rules_state *s, const struct decision *decision,
                        const struct entry *entry, struct err *e);

/* Whether an artifact fits the path: format, name, digest. */
CHECKED bool artifact_judge(const struct release_path *path, const struct artifact *artifact,
                            struct err *e);

/* The grant, open at this moment, with its path, signer and level as policy has them now. */
struct open_grant {
    const struct grant *grant;
    struct release_path path;
    struct signer signer;
    struct level level;
};
CHECKED bool open_grant_find(struct open_grant *ret, const struct rules_state *s, struct bytes leaf,
                             struct arena *a, struct err *e);

/* Whether the grant may still sign: path not suspended and still of the same signer, opener still
 * allowed on it. */
CHECKED bool open_grant_usable(const struct open_grant *open, const struct rules_state *s,
                               struct err *e);

/* The key, active, of the grant's signer and as its level demands, with a certificate valid at
 * `time`. */
CHECKED bool signing_key_judge(const struct open_grant *open, const struct rules_state *s,
                               struct bytes key, int64_t time, struct arena *a, struct err *e);

/* Verifies a signature by a grant's session key. */
CHECKED bool session_signed(const struct grant *grant, struct bytes text, struct bytes signature,
                            struct err *e);

#endif
