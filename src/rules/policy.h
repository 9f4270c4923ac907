/*
 * Policy: a set of small objects, each named by its kind and id, each one canonical JSON text.
 * docs/protocol/policy.md has the table of each kind.
 *
 * Objects change one by one through proposals; a change names the digest of what it replaces.
 * Policy as a whole must make sense at every moment: references resolve, no quorum is absent, zero
 * or larger than those who may decide. The digest of an object is SHA-256 of its text.
 */
#ifndef SEALWARD_RULES_POLICY_H
#define SEALWARD_RULES_POLICY_H

#include "base/fields.h"
#include "rules/table.h"

enum object_kind {
    OBJECT_PERSON,
    OBJECT_TEAM,
    OBJECT_ISSUER,
    OBJECT_WORKLOAD,
    OBJECT_TOKEN,
    OBJECT_LEVEL,
    OBJECT_SIGNER,
    OBJECT_PATH,
    OBJECT_QUORUM,
    OBJECT_DUTY,
    OBJECT_LIMITS,
    OBJECT_LIFE, /* this and what follows: since rules version 2 */
    OBJECT_STATUS,
    OBJECT_ENDPOINTS,
    OBJECT_KINDS,
};

extern const char *const object_kind_names[OBJECT_KINDS + 1];

struct authenticator {
    struct bytes key;  /* SSH public key blob (RFC 4253 section 6.6) */
    bool presence;     /* a security key must have been touched */
    bool verification; /* a security key must have verified its user */
};

struct person {
    struct bytes name;          /* SHA-256(salt || name) */
    struct list authenticators; /* struct authenticator */
};

struct team {
    struct list members; /* struct bytes: handles of people */
};

struct issuer_key {
    struct bytes kid;
    int algorithm;    /* enum jwt_alg */
    struct bytes key; /* SubjectPublicKeyInfo */
};

struct issuer {
    struct bytes iss;
    struct bytes audience; /* the issuer's one fixed audience; absent: the statement's own */
    int64_t max_age;       /* seconds since `iat` */
    int64_t skew;          /* seconds of clock difference tolerated */
    struct list keys;      /* struct issuer_key */
};

struct claim {
    struct bytes name;
    struct bytes value;
};

struct workload {
    struct bytes issuer; /* id, or absent for a workload with enrolled keys alone */
    struct list claims;  /* struct claim: every one must be in the token, with that value */
    struct list keys;    /* struct bytes: SSH public key blobs */
};

struct token_object {
    bool software;
};

enum binding_rule { BINDING_NONE, BINDING_AFTER, BINDING_BEFORE };

struct level {
    int64_t approvals;      /* distinct approvers of a grant that a workload opens */
    int binding;            /* enum binding_rule */
    bool software_token;    /* may its keys live on a software token */
    struct list algorithms; /* struct bytes: names of key algorithms */
    int64_t validity;       /* seconds, longest certificate */
    int64_t window;         /* seconds, longest grant */
    int64_t count;          /* most digests of a grant */
};

struct subject {
    struct bytes common_name;
    struct bytes organization;
    struct bytes country;
};

struct signer {
    struct bytes level;
    struct subject subject;
    struct bytes owner;  /* handle */
    struct bytes deputy; /* handle */
    struct bytes algorithm;
    int family;          /* enum format_family (proof/format.h) */
    struct list formats; /* struct bytes */
};

struct release_path {
    struct bytes signer;
    struct list workloads;  /* struct bytes: ids that may open grants */
    struct list teams;      /* struct bytes: ids of teams whose people may open grants */
    struct bytes approvers; /* id of the team that approves */
    struct list formats;    /* struct bytes */
    struct list names;      /* struct bytes: patterns of artifact names */
    int64_t window;         /* seconds */
    int64_t count;
};

struct quorum {
    struct bytes team;
    int64_t count;
};

struct duty {
    struct bytes first; /* two acts that one person may not do on the same subject */
    struct bytes second;
};

struct limits_object {
    int64_t statement_age; /* milliseconds: how old a statement may be when it is entered */
    int64_t proposal_age;  /* milliseconds: how long a proposal or grant waits for decisions */
    int64_t silence;       /* milliseconds without an entry after which a start doubts the clock */
};

/* How the keys and certificates of a level live; its id is the level's. Seconds. */
struct life_object {
    int64_t renew;  /* before a certificate's end its renewal is proposed; 0: never */
    int64_t warn;   /* before its end people are warned */
    int64_t alarm;  /* before its end an alarm stands */
    int64_t unused; /* a key that has signed nothing for so long is suspended; 0: never */
    int64_t grace;  /* for which keys sign on when their owner has left */
    bool timestamp; /* an artifact is finished only with a timestamp */
};

/* How often status is published and how long it holds. The one object is called "main". Seconds. */
struct status_object {
    int64_t crl_every;
    int64_t crl_life;
    int64_t list_every;
    int64_t list_life;
    int64_t ratify;   /* for which a suspension or revocation waits for its quorum */
    int64_t accuracy; /* milliseconds: of timestamps */
};

enum endpoint_reads { READS_LIST, READS_CRL, READS_NEVER };
extern const char *const endpoint_reads_names[];
enum endpoint_stale { STALE_REFUSE, STALE_WARN };
extern const char *const endpoint_stale_names[];

/* A class of machines that decide whether software may run. Seconds. */
struct endpoint_class {
    int reads;           /* enum endpoint_reads */
    int stale;           /* enum endpoint_stale: what it does when list or CRL has expired */
    int64_t grace;       /* for which it goes on trusting an expired one */
    int64_t clock_error; /* bound of its clock's error */
    int64_t silence;     /* without confirmation, after which it is a laggard */
};

/* A change of one object, as it stands in a proposal and, with `replaces` absent, in the genesis.
 */
struct change {
    int kind; /* enum object_kind */
    struct bytes id;
    struct bytes replaces; /* digest of the object replaced; absent where there was none */
    struct bytes value;    /* raw object; absent to remove it */
};

extern const struct fields change_fields;
extern const struct fields subject_fields;

/* The table of a kind. */
const struct fields *object_fields(enum object_kind kind);

/* An object of policy in the state: the record of the table `objects`, key kind || id. */
struct object {
    int kind;
    struct bytes id;
    struct bytes digest;
    struct bytes activated; /* leaf of the entry that brought it into force in this form */
    struct bytes value;
};
extern const struct fields object_record_fields;

/* Longest key of an object in the table. */
#define OBJECT_KEY_MAX (1 + LIMIT_ID)

/* Key of an object in the table; `ret` holds OBJECT_KEY_MAX bytes. */
struct bytes object_key(uint8_t *ret, enum object_kind kind, struct bytes id);

/* Applies changes to the table of objects, in order. Refuses a change whose `replaces` does not
 * name what is there ("policy.replaces"). `activated` is the leaf hash of the entry at work. On
 * failure the table is changed in part: work on a copy, or where the changes are undone. */
CHECKED bool policy_change(struct table *objects, const struct list *changes,
                           struct bytes activated, struct err *e);

/* Whether policy as a whole makes sense under that rules version (policy_check.c). Names the object
 * and the fault. */
CHECKED bool policy_check(const struct table *objects, int64_t version, struct err *e);

/* Whether every signer and release path among the changes names people and teams that are there:
 * they may leave later, but nothing begins without them. */
CHECKED bool policy_people_check(const struct table *objects, const struct list *changes,
                                 struct err *e);

/* Looks an object up and decodes it into the arena. ERR_NOT_FOUND names it. */
CHECKED bool policy_get(void *ret, const struct table *objects, enum object_kind kind,
                        struct bytes id, struct arena *a, struct err *e);

/* Whether it exists. */
bool policy_has(const struct table *objects, enum object_kind kind, struct bytes id);

/* Whether a list of ids has that one. */
bool ids_have(const struct list *ids, struct bytes id);

#endif
