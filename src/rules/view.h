/*
 * What the state holds, as canonical JSON for those who show it: the daemon's API and the keeper's
 * second socket. Reading only. docs/protocol/api.md lists the members.
 */
#ifndef SEALWARD_RULES_VIEW_H
#define SEALWARD_RULES_VIEW_H

#include "base/fields.h"
#include "rules/rules.h"

/* One proposal or grant by its leaf hash: waiting, approved, open, or over and why.
 * ERR_NOT_FOUND if the state does not know (any more) of it. */
struct subject_view {
    struct bytes leaf;
    struct bytes kind;  /* "policy", "key", "issuance", "resume", "rules", "grant" */
    int state;          /* enum subject_state */
    struct bytes actor; /* absent where it is over */
    struct bytes team;  /* who decides; absent where nobody does any more */
    int64_t approvals;  /* distinct people so far who count */
    int64_t needed;
    int64_t opened; /* milliseconds */
    int64_t ends;   /* milliseconds: when waiting or the window ends, or ended */
    int64_t count;  /* grants */
    int64_t used;
    int64_t unbound;
    struct bytes detail; /* raw: the grant's or the proposal's own words; absent where over */
};
enum subject_state {
    SUBJECT_WAITING,
    SUBJECT_APPROVED,
    SUBJECT_OPEN,
    SUBJECT_REJECTED,
    SUBJECT_EXPIRED,
    SUBJECT_CLOSED,
    SUBJECT_DONE,
};
extern const char *const subject_state_names[];
extern const struct fields subject_view_fields;

CHECKED bool view_subject(struct buf *b, const struct rules_state *s, struct bytes leaf,
                          struct err *e);

/* {"subjects": [...]}: all that waits or is open, in no particular order. */
CHECKED bool view_open(struct buf *b, const struct rules_state *s, struct err *e);

/* {"objects": [{"kind","id","digest","activated","value"}, ...]}: the policy in force. */
CHECKED bool view_policy(struct buf *b, const struct rules_state *s, struct err *e);

/* What a client needs to sign as a signer: its formats, and keys with their certificates and chain.
 */
struct signer_key_view {
    struct bytes id;
    struct bytes spki;
    struct bytes algorithm;
    int state; /* enum key_state */
    struct bytes activated;
    struct bytes certificate; /* DER, the newest valid now; absent if none */
    int64_t not_after;        /* -1 without certificate */
};
struct signer_view {
    struct bytes signer;
    struct bytes level;
    struct bytes binding;
    int family;          /* enum format_family */
    struct list formats; /* struct bytes */
    struct list keys;    /* struct signer_key_view */
    struct list chain;   /* struct bytes: DER, issuing CA first, root last */
    bool timestamp;      /* its level demands a timestamp of every artifact */
};
extern const struct fields signer_view_fields;

/* As of `time` (milliseconds). ERR_NOT_FOUND. */
CHECKED bool view_signer(struct buf *b, const struct rules_state *s, struct bytes id, int64_t time,
                         struct err *e);

/* The record of one subject of suspension, retirement or expulsion: kind "key" with the hex of its
 * id, or "path", "signer", "endpoint" with its id. Its member `activated` is what the statement
 * must name. ERR_NOT_FOUND. */
CHECKED bool view_suspendable(struct buf *b, const struct rules_state *s, struct bytes kind,
                              struct bytes id, struct err *e);

/* {"keys": [...], "certificates": [...], "suspensions": [...], "roots": [...]}: all records, with
 * their bytes. As long as the record is. */
CHECKED bool view_keys_all(struct buf *b, const struct rules_state *s, struct err *e);

/* Which keys are wanted; absent: no condition. */
struct keys_filter {
    struct bytes prefix; /* first digits of ids in hex */
    struct bytes signer;
    struct bytes from; /* id, 32 bytes: that one and those behind it */
    struct bytes path; /* no keys at all: the suspension of this release path */
    size_t limit;      /* at most VIEW_KEYS_MAX */
};
#define VIEW_KEYS_MAX 256
/* {"keys": [records], "certificates": [of each of these keys the newest that is issued: {"number",
 * "key", "issuer", "signer", "not_before", "not_after"}], "suspensions": [theirs], "next": the id
 * in hex where the next page begins, or null}, in the order of ids. ERR_INPUT for what cannot
 * begin an id. */
CHECKED bool view_keys(struct buf *b, const struct rules_state *s, const struct keys_filter *filter,
                       struct err *e);

/* {"certificates": [{"number", "key", "issuer", "signer", "not_before", "not_after", "der"}],
 * "roots": [...], "next": number or null}: at most `limit`, from that number on. */
CHECKED bool view_certificates(struct buf *b, const struct rules_state *s, int64_t from,
                               size_t limit, struct err *e);

/* {"status": the record of the newest status or null, "revocations": [{"kind", "id", "leaf",
 * "actor", "time", "reason", "effective", "signer", "status", "published", "ratification":
 * {"deadline", "ratified", "overdue"} or null, "horizons": [{"class", "time" or null}, ...]},
 * ...]}: a time of null is unbounded. */
CHECKED bool view_revocations(struct buf *b, const struct rules_state *s, struct err *e);

/* What somebody who wants to revoke it must know: {"kind", "id", "activation" (null for the root),
 * "signer" or null, "ca", "revocation": the record or null}. For every kind of subject, a signature
 * or an artifact that the state has never heard of included. ERR_NOT_FOUND, ERR_INPUT. */
CHECKED bool view_revocable(struct buf *b, const struct rules_state *s, struct bytes kind,
                            struct bytes id, struct err *e);

/* Which rows of the inventory are wanted; zero: no condition. */
struct inventory_filter {
    int64_t expiring;   /* milliseconds: keys and certificates that end before that */
    int64_t unused;     /* milliseconds: active keys that have signed nothing since */
    struct bytes owner; /* handle: what is that person's, as owner or deputy; absent: everybody's */
    /* A page of keys and one of certificates. Only the first page has the other lists. */
    size_t limit;              /* rows of each; 0: all, and no "next" */
    struct bytes keys_from;    /* id, 32 bytes; absent: from the first on */
    int64_t certificates_from; /* number */
};
/* {"time", "keys": [{"id", "role", "signer", "level", "owner", "deputy", "token", "algorithm",
 * "state", "since", "last_used", "uses", "certificate", "expires"}], "certificates": [{"number",
 * "key", "issuer", "signer", "owner", "deputy", "not_before", "not_after", "stage", "issued",
 * "revoked"}], "signers": [{"id", "level", "owner", "deputy", "present", "orphan", "retired"}],
 * "paths": [{"id", "signer", "owner", "deputy", "approvers", "workloads", "teams", "suspended",
 * "retired"}], "workloads": [{"id", "issuer"}], "people": [{"handle", "owns", "deputises"}]}. Ids
 * of keys in hex. With a filter of time only keys and certificates, with one of people no
 * workloads. With a limit, behind "certificates": "next": {"keys": id or null, "certificates":
 * number or null}, where the next page begins; null: there is none. Keeps the order of certificates
 * with the state: one thread at a time. */
CHECKED bool view_inventory(struct buf *b, const struct rules_state *s,
                            const struct inventory_filter *filter, struct err *e);

/* {"time", "items": [{"time", "kind", "id", "signer" or null, "what", "who" or null}]} in the order
 * of time: what ends, what is renewed by itself (`who` null) and what needs whom, up to `until`
 * (milliseconds). */
CHECKED bool view_calendar(struct buf *b, const struct rules_state *s, int64_t until,
                           struct err *e);

/* {"orphans": [...], "rollovers": [...], "endpoints": [...], "retirements": [...], "stages":
 * [...]}: the records of these tables, of the certificates only those that are past their first
 * stage. */
CHECKED bool view_life(struct buf *b, const struct rules_state *s, struct err *e);

/* {"workload", "paths": [{"path", "signer", "keys": [{"id", "state"}]}], "grants": [leaf]}: what a
 * workload can reach as policy has it now. ERR_NOT_FOUND. */
CHECKED bool view_reach(struct buf *b, const struct rules_state *s, struct bytes workload,
                        struct err *e);

/* True if the name and its salt open the hash that policy has for that person: only then may the
 * name be shown. ERR_NOT_FOUND: policy has no such person; ERR_REFUSED "name.hash": another name.
 */
CHECKED bool view_name_check(const struct rules_state *s, struct bytes handle, struct bytes name,
                             struct bytes salt, struct err *e);

#endif
