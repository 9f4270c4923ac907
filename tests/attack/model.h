/*
 * What should happen, worked out anew and simply: a model of grants, approvals, suspensions,
 * revocations and bindings in plain arrays, for the policy of the tests' world. It shares no code
 * with the rulebook; history.c compares the two.
 */
#ifndef SEALWARD_TESTS_ATTACK_MODEL_H
#define SEALWARD_TESTS_ATTACK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { O1 = 1, O2 = 2, O3 = 4, A1 = 8, A2 = 16, ENG = 32 }; /* people, as sets */
enum { NOBODY = 0 };

enum { PACKAGE, DESKTOP, CONTAINER, PATHS };
enum { CONTENTS = 6, DECLARED = 4, USES_MAX = 16, SUBJECTS_MAX_MODEL = 4096 };

enum kind { GRANT, KEY, RESUME, LIFT, RATIFY };
enum model_stage { WAITING, APPROVED, OPEN, OVER };

struct use_model {
    int content;
    bool bound;
};

/* A grant or a proposal. */
struct subject_model {
    enum kind kind;
    enum model_stage stage;
    int asker;     /* one person, or NOBODY for a pipeline */
    int approvals; /* set of people */
    int64_t ends;  /* when waiting ends, then when the window ends */
    /* grants */
    int path;
    int64_t window;
    int count;
    int used;
    struct use_model uses[USES_MAX];
    /* resume, lift */
    int target; /* 2 * path, plus one for its key */
    int act;    /* number of the suspension or revocation; also of what is to be ratified */
};

/* What waits for people to ratify it. */
struct ratification_model {
    int64_t deadline;
    bool waits;
    bool overdue;
};

/* What a path or key is to be trusted for. */
struct target_model {
    int suspension; /* number of the one in force, 0 if none */
    int suspender;
    int revocation; /* likewise */
    int revoker;
    bool compromised;
    bool worse;    /* a quorum had ratified it before it was compromised */
    bool ratified; /* its revocation was */
    /* of a key's certificate, which a lift does not bring back once it was published */
    int certificate; /* number of the act that revoked it, 0 if none */
    int certificate_revoker;
    bool certificate_published;
};

struct model {
    struct subject_model subjects[SUBJECTS_MAX_MODEL];
    size_t count;
    struct target_model targets[2 * PATHS];
    struct ratification_model ratifications[SUBJECTS_MAX_MODEL]; /* by the number of the act */
    int left[SUBJECTS_MAX_MODEL]; /* who did an act whose key or certificate was replaced since */
    int acts;                     /* suspensions and revocations so far */
    int fired; /* ratifications that came due with the act that dealt with them */
};

/* Each says whether the act is allowed at that time, and does it only if it is. */
bool model_grant(struct model *m, int asker, int path, int count, int64_t window, int64_t now);
bool model_key(struct model *m, int asker, int64_t now);
bool model_resume(struct model *m, int asker, int target, int suspension, int64_t now);
bool model_approve(struct model *m, size_t subject, int person, int64_t now);
bool model_reject(struct model *m, size_t subject, int person, int64_t now);
bool model_close(struct model *m, size_t subject, int64_t now);
bool model_suspend(struct model *m, int target, int person, int64_t now);
bool model_revoke(struct model *m, int target, int person, bool compromised, int64_t effective,
                  int64_t now);
bool model_lift(struct model *m, int asker, int target, int revocation, int64_t now);
bool model_ratify(struct model *m, int asker, int act, int64_t now);
void model_status(struct model *m);
/* Whether nobody can make the path's key sign again; and that it got a new key, or its key a new
 * certificate. */
bool model_hopeless(const struct model *m, int path);
void model_replace(struct model *m, int path);
/* `key` is the path whose signer's key is used. */
bool model_request(struct model *m, size_t subject, int key, const int *contents, int count,
                   int64_t now);
bool model_bind(struct model *m, size_t subject, int content, int shown, int artifact, int64_t now);

/* Unbound signatures of the grant. */
int model_unbound(const struct subject_model *s);
/* Ends what has come to its end; gives how many findings that makes: grants of the desktop path
 * that ended unbound, and what nobody ratified in time. */
int model_expire(struct model *m, int64_t now);

#endif
