/*
 * What should happen, worked out anew and simply: a model of grants, approvals, suspensions and
 * bindings in plain arrays, for the policy of the tests' world. It shares no code with the
 * rulebook; history.c compares the two.
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

enum kind { GRANT, KEY, RESUME };
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
    /* resume */
    int target; /* 2 * path, plus one for its key */
    int suspension;
};

struct model {
    struct subject_model subjects[SUBJECTS_MAX_MODEL];
    size_t count;
    int suspension[2 * PATHS]; /* number of the one in force, 0 if none */
    int suspender[2 * PATHS];
    int suspensions; /* so far */
};

/* Each says whether the act is allowed at that time, and does it only if it is. */
bool model_grant(struct model *m, int asker, int path, int count, int64_t window, int64_t now);
bool model_key(struct model *m, int asker, int64_t now);
bool model_resume(struct model *m, int asker, int target, int suspension, int64_t now);
bool model_approve(struct model *m, size_t subject, int person, int64_t now);
bool model_reject(struct model *m, size_t subject, int person, int64_t now);
bool model_close(struct model *m, size_t subject, int64_t now);
bool model_suspend(struct model *m, int target, int person);
/* `key` is the path whose signer's key is used. */
bool model_request(struct model *m, size_t subject, int key, const int *contents, int count,
                   int64_t now);
bool model_bind(struct model *m, size_t subject, int content, int shown, int artifact, int64_t now);

/* Unbound signatures of the grant. */
int model_unbound(const struct subject_model *s);
/* Ends what has come to its end; gives how many grants of the desktop path ended unbound. */
int model_expire(struct model *m, int64_t now);

#endif
