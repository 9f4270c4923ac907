/*
 * The state: what the record says is open now, and nothing else. Inside the rules room only; others
 * see rules/rules.h.
 *
 * Everything in it but the caches belongs to its digest (state_digest). docs/protocol/state.md
 * describes tables and digest.
 */
#ifndef SEALWARD_RULES_STATE_H
#define SEALWARD_RULES_STATE_H

#include "base/limits.h"
#include "proof/tree.h"
#include "rules/policy.h"
#include "rules/table.h"

/* Roots of the last tree sizes that the state knows by itself; for older ones an entry brings a
 * consistency proof. A power of two. */
#define STATE_ROOTS 4096

/* A proposal or a grant that waits for decisions, or an approved proposal that waits for its
 * result. Key: leaf hash. */
struct decision {
    struct bytes leaf;
    struct bytes kind; /* "policy", "key", "issuance", "resume", "rules", "grant" */
    struct bytes actor;
    struct bytes detail; /* raw: body of the grant statement, or detail of the proposal */
    int64_t index;
    int64_t opened;  /* entry time, milliseconds */
    int64_t expires; /* milliseconds */
    bool approved;   /* the quorum is in; what follows from it has not been entered yet */
};

/* Who did what on a subject. Key: subject || act 00 person. */
struct act {
    struct bytes subject;
    struct bytes act;
    struct bytes person;
    int64_t entry;
};

/* An artifact as a grant declares it. */
struct artifact {
    struct bytes name;
    struct bytes format;
    struct bytes algorithm; /* name of the digest algorithm */
    struct bytes digest;
};
extern const struct fields artifact_fields;

/* An open grant. Key: leaf hash. */
struct grant {
    struct bytes leaf;
    struct bytes path;
    struct bytes signer;
    struct bytes actor;
    struct bytes session;  /* SubjectPublicKeyInfo of its P-256 session key */
    struct list artifacts; /* struct artifact; empty for a grant by pattern */
    int64_t count;
    int64_t used;    /* distinct digests so far */
    int64_t unbound; /* signatures that no binding has bound yet */
    int64_t binding; /* enum binding_rule of its level when it opened */
    int64_t opened;  /* entry time of the last approval */
    int64_t closes;  /* milliseconds */
};

/* One digest signed under a grant. Key: grant || key || digest. */
struct use {
    struct bytes grant;
    struct bytes key;
    struct bytes digest;
    int mechanism; /* enum mechanism */
    int64_t entry;
    int64_t item;
    int64_t artifact; /* index into the grant's artifacts, -1 while not known */
    bool bound;
    bool built; /* the rulebook built what was signed, for that artifact */
};

enum key_role { KEY_SIGNER, KEY_ISSUING_CA };
extern const char *const key_role_names[];

/* NIST SP 800-57 part 1, section 7. */
enum key_state {
    KEY_PRE_ACTIVATION,
    KEY_ACTIVE,
    KEY_SUSPENDED,
    KEY_DEACTIVATED,
    KEY_COMPROMISED,
    KEY_DESTROYED,
};
extern const char *const key_state_names[];

/* A key on a token. Key: SHA-256 of its SubjectPublicKeyInfo, which is also its CKA_ID. */
struct key_record {
    struct bytes id;
    struct bytes spki;
    struct bytes proposal; /* leaf: its label on the token is the hex of this */
    struct bytes token;
    struct bytes signer; /* absent for a CA key */
    struct bytes algorithm;
    int family; /* enum format_family of its signer when it was made; attributes for a CA key */
    int role;   /* enum key_role */
    int state;  /* enum key_state */
    int64_t since;
    struct bytes activated; /* leaf of the entry that last made it usable; before, of its own */
};

/* A certificate. Key: number, big-endian. */
struct certificate {
    int64_t number;
    struct bytes issuance; /* leaf of the issuance entry */
    struct bytes key;
    struct bytes issuer; /* key id of the issuer */
    struct bytes signer; /* absent for a CA certificate */
    int64_t not_before;
    int64_t not_after;
    struct bytes tbs;
    struct bytes der; /* absent until the certificate entry */
};

enum suspended_kind { SUSPENDED_KEY, SUSPENDED_PATH };
extern const char *const suspended_kind_names[];

/* A key or release path that is suspended. Key: kind || id. */
struct suspension {
    int kind;        /* enum suspended_kind */
    struct bytes id; /* hex of the key id, or the id of the path */
    struct bytes leaf;
    struct bytes actor;
    int64_t time;
};

/* A statement that has been used, for as long as it is fresh. Key: time || digest. */
struct used {
    int64_t time;
    struct bytes digest;
};

/* A decision or grant that is over, kept for a while so that a late request can be told why. */
enum end_reason { END_REJECTED, END_EXPIRED, END_CLOSED, END_DONE };
extern const char *const end_reason_names[];
struct ended {
    struct bytes leaf;
    int reason; /* enum end_reason */
    int64_t time;
};

struct founder {
    struct bytes handle;
};

/* The handle of somebody who is no person of policy any more: nobody else ever gets it. */
struct retired {
    struct bytes handle;
};

/* The root certificate, from its ceremony. */
struct root_record {
    struct bytes key;
    struct bytes der;
};

struct clock_doubt {
    bool doubted;
    uint8_t leaf[32]; /* of the entry that raised the doubt */
};

enum state_table {
    TABLE_OBJECTS,
    TABLE_FOUNDERS,
    TABLE_DECISIONS,
    TABLE_ACTS,
    TABLE_GRANTS,
    TABLE_USES,
    TABLE_KEYS,
    TABLE_CERTIFICATES,
    TABLE_ROOTS,
    TABLE_SUSPENSIONS,
    TABLE_USED,
    TABLE_ENDED,
    TABLE_RETIRED,
    STATE_TABLES,
};

struct rules_state {
    bool begun; /* the genesis is in */
    uint8_t authority[32];
    uint8_t log_key[32]; /* Ed25519 */
    char origin[LIMIT_URL + 1];
    char base_url[LIMIT_URL + 1];
    char arc[LIMIT_ID + 1];
    bool demonstration;
    int64_t rules_version;
    int64_t time;    /* of the last entry */
    int64_t numbers; /* certificates numbered so far: the next one gets this number */
    int64_t stale;   /* statements of a time before this one have been forgotten: none is taken */
    struct clock_doubt clock;
    int64_t next_deadline; /* a cache: no deadline of a decision or grant comes before it */
    struct tree tree;
    uint8_t roots[STATE_ROOTS][32]; /* root of size n at n % STATE_ROOTS */
    struct table tables[STATE_TABLES];
    struct changes changes; /* of the tables by the entry at work */
};

/* The description of each table's records. */
extern const struct fields *const state_table_fields[STATE_TABLES];

static inline struct table *state_table(struct rules_state *s, enum state_table t)
{
    return &s->tables[t];
}

static inline const struct table *state_view(const struct rules_state *s, enum state_table t)
{
    return &s->tables[t];
}

/* Lookups by natural key; NULL if absent. Ids and leaf hashes have 32 bytes. */
struct decision *state_decision(const struct rules_state *s, struct bytes leaf);
struct grant *state_grant(const struct rules_state *s, struct bytes leaf);
struct key_record *state_key(const struct rules_state *s, struct bytes id);
struct use *state_use(const struct rules_state *s, struct bytes grant, struct bytes key,
                      struct bytes digest);
struct ended *state_ended(const struct rules_state *s, struct bytes leaf);
struct certificate *state_certificate(const struct rules_state *s, int64_t number);
struct suspension *state_suspension(const struct rules_state *s, enum suspended_kind kind,
                                    struct bytes id);
const struct root_record *state_root(const struct rules_state *s);

/* The newest issued certificate of a key that is valid at `time`; NULL if there is none. */
const struct certificate *state_certificate_of(const struct rules_state *s, struct bytes key,
                                               int64_t time);

CHECKED bool state_put_decision(struct rules_state *s, const struct decision *d, struct err *e);
CHECKED bool state_put_grant(struct rules_state *s, const struct grant *g, struct err *e);
CHECKED bool state_put_key(struct rules_state *s, const struct key_record *k, struct err *e);
CHECKED bool state_put_use(struct rules_state *s, const struct use *u, struct err *e);
CHECKED bool state_put_certificate(struct rules_state *s, const struct certificate *c,
                                   struct err *e);
CHECKED bool state_put_suspension(struct rules_state *s, const struct suspension *p, struct err *e);
void state_remove_suspension(struct rules_state *s, enum suspended_kind kind, struct bytes id);

/* Takes a decision or grant away with its acts and uses, and remembers why. */
CHECKED bool state_end(struct rules_state *s, struct bytes leaf, enum end_reason reason,
                       int64_t time, struct err *e);

/* Each statement may be used once while it is fresh; older ones are refused for their age. */
CHECKED bool state_use_statement(struct rules_state *s, int64_t time, const uint8_t digest[32],
                                 struct err *e);
bool state_statement_used(const struct rules_state *s, int64_t time, const uint8_t digest[32]);

/* The root of the tree at that size, if the state still knows it. */
bool state_root_at(const struct rules_state *s, int64_t size, struct bytes *ret_root);

/* Appends the leaf to the tree and remembers the new root. */
void state_grow(struct rules_state *s, const uint8_t leaf[32]);

/* The limits object; policy_check has made sure that there is one. */
CHECKED bool state_limits(struct limits_object *ret, const struct rules_state *s, struct err *e);

#endif
