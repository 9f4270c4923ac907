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

/* Those behind the issuing CA's since rules version 2. */
enum key_role { KEY_SIGNER, KEY_ISSUING_CA, KEY_TIMESTAMP_CA, KEY_TIMESTAMP, KEY_LIST };
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

/* --- Since rules version 2 -------------------------------------------------------------------- */

/* What a signer's key has done. Key: its id. */
struct life {
    struct bytes id;
    int64_t last_used; /* entry time of its last signature; before, of its activation */
    int64_t uses;      /* signatures */
};

enum revoked_kind {
    REVOKED_KEY,
    REVOKED_CERTIFICATE,
    REVOKED_SIGNATURE,
    REVOKED_ARTIFACT,
    REVOKED_PATH,
};
extern const char *const revoked_kind_names[];

/* The reasons of RFC 5280 section 5.3.1 that code signing allows; certificateHold never. */
enum revoke_reason {
    REVOKE_KEY_COMPROMISE,
    REVOKE_CA_COMPROMISE,
    REVOKE_AFFILIATION_CHANGED,
    REVOKE_SUPERSEDED,
    REVOKE_CESSATION,
    REVOKE_PRIVILEGE_WITHDRAWN,
};
extern const char *const revoke_reason_names[];
/* As a CRL's reasonCode. */
int revoke_reason_code(enum revoke_reason reason);

/* Something that is not to be trusted. Key: kind (one byte) || id. */
struct revocation {
    int kind;        /* enum revoked_kind */
    struct bytes id; /* text: hex of key id, signature or artifact, decimal number, id of a path */
    struct bytes leaf;
    struct bytes actor;
    int64_t time;        /* of the entry that revoked it first */
    int reason;          /* enum revoke_reason */
    int64_t effective;   /* milliseconds; 0: from the beginning */
    struct bytes signer; /* absent where none is concerned */
    int64_t was;         /* enum key_state of a key before that, which a lift gives back; else -1 */
    int64_t status;      /* number of the first status that says so; -1 while none does */
    int64_t published;   /* entry time of that status. Where it was made to reach further since, of
                            the last one that said the less; 0 while nothing was published at all */
    int64_t list_held;   /* latest expiry of any earlier list; 0 while not published */
    int64_t crl_held; /* likewise, of any earlier CRL. Of a certificate by the root: of the root's
                         CRL before the one that has it */
};

/* The entry that last lifted a revocation: an earlier one cannot be used once more. Keys and paths
 * remember that themselves. Key: kind (one byte) || id. */
struct lifted {
    int kind; /* enum revoked_kind */
    struct bytes id;
    struct bytes leaf;
};

/* The newest status. Key: one zero byte; at most one record. */
struct status_record {
    int64_t number;
    int64_t time;
    int64_t index; /* of the status entry: what it says follows from the state of that size */
    int64_t list_expires;
    int64_t crl_next;
    int64_t list_held; /* the latest expiry of any list so far */
    int64_t crl_held;
    bool pending; /* something was revoked since */
};

/* A suspension or revocation that people must ratify. Key: leaf of its entry. */
struct ratification {
    struct bytes leaf;
    struct bytes act; /* "suspend", "revoke", "worsen" (of what was ratified), "revoke-ca" */
    int64_t deadline;
    bool ratified;
    bool overdue;
};

enum orphan_cause { ORPHAN_OWNER, ORPHAN_TEAM };
extern const char *const orphan_cause_names[];

/* A signer whose owner, or the team of one of whose paths, left policy. Key: signer. */
struct orphan {
    struct bytes signer;
    int cause;        /* enum orphan_cause */
    struct bytes who; /* handle, or id of the team */
    int64_t since;
    int64_t deadline; /* then its keys are suspended */
    bool confirmed;   /* the grace time was extended, which happens once */
};

enum certificate_stage { STAGE_FRESH, STAGE_RENEW, STAGE_WARN, STAGE_ALARM, STAGE_EXPIRED };
extern const char *const certificate_stage_names[];

/* Where a certificate is on the way to its end. Key: number, big-endian. */
struct stage {
    int64_t number;
    int stage;            /* enum certificate_stage */
    struct bytes renewal; /* leaf of the renewal that was proposed; absent if none was */
};

/* An approved change from one key to another. Key: signer. */
struct rollover {
    struct bytes signer;
    struct bytes from;
    struct bytes to;
    struct bytes leaf;
    int64_t switch_at; /* milliseconds; -1: when `from` is compromised */
    int64_t overlap;   /* milliseconds for which `from` signs on after that */
    bool switched;
};

/* A machine that decides whether software may run. Key: id. */
struct endpoint {
    struct bytes id;
    struct bytes class; /* id of an object `endpoints` */
    struct bytes key;   /* SubjectPublicKeyInfo, P-256 */
    struct bytes leaf;
    struct bytes actor;
    int64_t time;
};

enum retired_kind { RETIRED_KEY, RETIRED_PATH, RETIRED_SIGNER };
extern const char *const retired_kind_names[];

/* What is over for good, by somebody's act. Key: kind (one byte) || id. */
struct retirement {
    int kind;        /* enum retired_kind */
    struct bytes id; /* hex of the key id, or id of the path or signer */
    struct bytes leaf;
    struct bytes actor;
    int64_t time;
};

/* The newest CRL of the root for one period of issuance. Key: its URL. */
struct root_crl {
    struct bytes url;
    int64_t number;
    int64_t next_update;
    struct bytes der;
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
    TABLES_OF_VERSION_1,
    TABLE_LIVES = TABLES_OF_VERSION_1, /* these count from rules version 2 on */
    TABLE_REVOCATIONS,
    TABLE_STATUS,
    TABLE_RATIFICATIONS,
    TABLE_ORPHANS,
    TABLE_STAGES,
    TABLE_ROLLOVERS,
    TABLE_ENDPOINTS,
    TABLE_RETIREMENTS,
    TABLE_ROOT_CRLS,
    TABLE_LIFTS,
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
    int64_t next_due[STATE_TABLES]; /* a cache: no deadline of that table comes before it */
    struct dues *firing;            /* while deadlines fire: those that are to come yet */
    struct signers *signers;   /* a cache: those of policy when deadlines were last looked at */
    struct grouping *grouping; /* a cache: grouping.h */
    struct roster *roster;     /* a cache: roster.h */
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

/* The newest issued certificate of a key that is valid at `time` and not revoked, nor its issuer;
 * NULL if there is none. */
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

/* Likewise for what is new in rules version 2; ids are as the structs say. */
struct life *state_life(const struct rules_state *s, struct bytes key);
struct revocation *state_revocation(const struct rules_state *s, enum revoked_kind kind,
                                    struct bytes id);
const struct status_record *state_status(const struct rules_state *s);
struct ratification *state_ratification(const struct rules_state *s, struct bytes leaf);
struct orphan *state_orphan(const struct rules_state *s, struct bytes signer);
struct stage *state_stage(const struct rules_state *s, int64_t number);
struct rollover *state_rollover(const struct rules_state *s, struct bytes signer);
struct endpoint *state_endpoint(const struct rules_state *s, struct bytes id);
struct retirement *state_retirement(const struct rules_state *s, enum retired_kind kind,
                                    struct bytes id);
CHECKED bool state_put_life(struct rules_state *s, const struct life *l, struct err *e);
CHECKED bool state_put_revocation(struct rules_state *s, const struct revocation *r, struct err *e);
CHECKED bool state_put_status(struct rules_state *s, const struct status_record *r, struct err *e);
CHECKED bool state_put_ratification(struct rules_state *s, const struct ratification *r,
                                    struct err *e);
CHECKED bool state_put_orphan(struct rules_state *s, const struct orphan *o, struct err *e);
CHECKED bool state_put_stage(struct rules_state *s, const struct stage *g, struct err *e);
CHECKED bool state_put_rollover(struct rules_state *s, const struct rollover *r, struct err *e);
CHECKED bool state_put_endpoint(struct rules_state *s, const struct endpoint *p, struct err *e);
CHECKED bool state_put_retirement(struct rules_state *s, const struct retirement *r, struct err *e);
CHECKED bool state_put_root_crl(struct rules_state *s, const struct root_crl *c, struct err *e);
void state_remove_revocation(struct rules_state *s, enum revoked_kind kind, struct bytes id);
struct lifted *state_lifted(const struct rules_state *s, enum revoked_kind kind, struct bytes id);
CHECKED bool state_put_lifted(struct rules_state *s, const struct lifted *l, struct err *e);
const struct root_crl *state_root_crl(const struct rules_state *s, struct bytes url);

/* A number as a key of a table: 8 bytes, big-endian. */
struct bytes state_number_key(uint8_t ret[8], int64_t number);

/* A certificate's number as the id of its revocation. */
#define NUMBER_TEXT 24
struct bytes number_text(char ret[NUMBER_TEXT], int64_t number);

/* Whether neither the certificate nor its key nor its issuer's is revoked. */
bool certificate_stands(const struct rules_state *s, const struct certificate *c);

/* Whether an issuer's key has a certificate under which others hold at `time`: always as long as
 * nothing at all is revoked. */
bool issuer_holds(const struct rules_state *s, struct bytes issuer, int64_t time);

/* Whether the key, or the certificate of that number, is revoked itself. */
bool state_key_revoked(const struct rules_state *s, struct bytes key);
bool state_certificate_revoked(const struct rules_state *s, int64_t number);

/* Notes that the record with that key falls due at that time (deadline.c). */
void state_deadline(struct rules_state *s, enum state_table t, struct bytes key, int64_t time);

/* Refuses ("rules.version") what starts with a later rules version than the one in force. */
CHECKED bool version_judge(const struct rules_state *s, int64_t since, const char *what,
                           struct err *e);

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
