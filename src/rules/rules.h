/*
 * The rulebook: folds the record into the state. What this header does not offer, nobody outside
 * the room can do to the state.
 *
 * rules_apply takes the next entry and moves the state, or names the rule that the entry breaks and
 * leaves the state exactly as it was: what is refused leaves no trace, not even through deadlines
 * that had come by then. Pure: no input or output, no clock, no globals, no locale, no floating
 * point; the same entries give the same verdicts and the same digest everywhere. One thread at a
 * time per state.
 *
 * After ERR_MEMORY or ERR_INTERNAL from rules_apply the state must be thrown away.
 */
#ifndef SEALWARD_RULES_RULES_H
#define SEALWARD_RULES_RULES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fields.h"
#include "base/limits.h"
#include "pki/digest.h"
#include "pki/mechanism.h"
#include "rules/entry.h"

/* The newest rules version that this build knows. A record that asks for a newer one is refused. */
#define RULES_VERSION 2

struct rules_state;

CHECKED bool rules_new(struct rules_state **ret, struct err *e);
void rules_state_free(struct rules_state *s);
AUTO_FREE(rules_state)

/* Whether the evidence in entries (signatures, identity tokens) is judged, or has been judged by
 * the keeper whose record this is. An auditor always judges. */
enum rules_evidence { RULES_JUDGE, RULES_JUDGED };

/* One signature that a request entry authorises. */
struct sign_job {
    uint8_t key[32];          /* SHA-256 of the SPKI, the CKA_ID */
    char token[LIMIT_ID + 1]; /* id of the token in policy */
    int mechanism;            /* enum mechanism */
    uint8_t digest[DIGEST_MAX];
    size_t digest_size;
    struct bytes attributes; /* SignedAttributes that the rulebook built; else absent */
};

/* Something noticed that a person should look at. */
struct finding {
    struct finding *next;
    const char *kind;     /* stable name, "grant.unbound" */
    struct bytes subject; /* leaf hash or key id, 32 bytes */
    struct bytes text;
};

/* What follows from an entry for those who act on it or show it. Lives until outcome_done. */
struct outcome {
    struct arena arena;
    struct sign_job *jobs; /* of a request, in the order of its items; of a timestamp, one */
    size_t job_count;
    struct finding *findings;
    /* Where a refused request's item already stands (ERR_CONFLICT "request.repeated"). */
    int64_t repeated_entry;
    int64_t repeated_item;
};

void outcome_init(struct outcome *o);
void outcome_done(struct outcome *o);
AUTO_DONE(outcome)

/* Judges and applies the next entry. On failure: ERR_INPUT for what is malformed, ERR_AUTH for
 * evidence that does not hold, ERR_REFUSED with the rule's name for everything else. */
CHECKED bool rules_apply(struct rules_state *s, const struct entry *entry,
                         enum rules_evidence evidence, struct outcome *out, struct err *e);

/* The digest of the state: docs/protocol/state.md. */
CHECKED bool rules_digest(const struct rules_state *s, uint8_t ret[32], struct err *e);

/* The head of the record as the state knows it. */
struct rules_head {
    bool begun;
    uint8_t authority[32];
    uint8_t log_key[32];
    const char *origin;
    const char *base_url;
    const char *arc;
    bool demonstration;
    int64_t version;
    int64_t time;
    uint64_t size;
    uint8_t root[32];
    bool clock_doubted;
    uint8_t doubt[32]; /* leaf of the entry that raised it */
};
void rules_head(struct rules_head *ret, const struct rules_state *s);

/* Silence, in milliseconds, after which a start must doubt the clock. */
CHECKED bool rules_silence(int64_t *ret, const struct rules_state *s, struct err *e);

/* Whether the state itself knows the root of the tree at that size. */
bool rules_knows_root(const struct rules_state *s, int64_t size, uint8_t ret_root[32]);

/* Entry types by who brings them. */
enum entry_origin {
    ENTRY_FROM_OUTSIDE, /* clients, through the daemon */
    ENTRY_REDUCING,     /* from outside, reduces trust: also through the second socket */
    ENTRY_OF_KEEPER,    /* the keeper writes it by itself */
};
/* The origin of entries of that type; false for a type nobody knows. */
CHECKED bool rules_entry_origin(enum entry_origin *ret, struct bytes type);

/* What the keeper has to do next because the record says so; docs/architecture.md. */
enum work_kind {
    WORK_NONE,
    WORK_GENERATE,
    WORK_ISSUE,
    WORK_CERTIFY,
    WORK_RENEW,   /* a `renewal` entry is due: rules_renewal_body */
    WORK_DESTROY, /* remove the key from its token, search again, enter: rules_destroyed_body */
};
struct work {
    enum work_kind kind;
    uint8_t leaf[32]; /* GENERATE, ISSUE, DESTROY: the proposal; CERTIFY: the issuance */
    char algorithm[LIMIT_ID + 1]; /* GENERATE: "p-256" or "rsa-3072" */
    char token[LIMIT_ID + 1];     /* GENERATE, DESTROY: id of the token in policy */
    uint8_t issuer[32];           /* CERTIFY: key id */
    bool offline;                 /* CERTIFY: the issuer is the root, which only a ceremony opens */
    int mechanism;                /* CERTIFY */
    struct bytes tbs;             /* CERTIFY: a view that lives until the next apply */
    int64_t expires; /* CERTIFY: milliseconds; later than that the issuer signs nothing */
    int64_t number;  /* RENEW: of the certificate */
    uint8_t key[32]; /* DESTROY: its id */
    char label[65];  /* DESTROY: its label on the token */
};
/* The n-th piece of work; WORK_NONE behind the last. */
CHECKED bool rules_work(struct work *ret, const struct rules_state *s, size_t n, struct err *e);

/* Whether the record explains a key found on a token: it knows the key, or has approved the
 * generation that its label names. */
bool rules_key_expected(const struct rules_state *s, struct bytes token, struct bytes id,
                        struct bytes label);
/* The id of the n-th key that must be on that token, so not of one that is being destroyed; false
 * behind the last. */
bool rules_key_at(struct bytes *ret_id, const struct rules_state *s, struct bytes token, size_t n);

/* A deep copy, for looking ahead without moving the state. */
CHECKED bool rules_copy(struct rules_state **ret, const struct rules_state *s, struct err *e);

/* Bodies of the keeper's own entries. */
struct key_attributes {
    bool sensitive;
    bool extractable;
    bool always_sensitive;
    bool never_extractable;
    bool local;
};
void rules_key_body(struct buf *b, const uint8_t proposal[32], struct bytes spki,
                    struct bytes token, const struct key_attributes *attributes);
/* Builds the issuance entry's body for an approved proposal. `serial` has 16 random bytes, `time`
 * is the entry's time. */
CHECKED bool rules_issuance_body(struct buf *b, const struct rules_state *s,
                                 const uint8_t proposal[32], const uint8_t serial[16], int64_t time,
                                 struct err *e);
/* `signature` is what the issuer's key made: raw r||s for ECDSA. */
CHECKED bool rules_certificate_body(struct buf *b, const struct rules_state *s,
                                    const uint8_t issuance[32], struct bytes signature,
                                    struct err *e);
void rules_renewal_body(struct buf *b, int64_t number);
/* `found`: key objects with that CKA_ID that a new search of the token still found. */
void rules_destroyed_body(struct buf *b, const uint8_t proposal[32], const uint8_t key[32],
                          int64_t found);
/* The statement that every founder signs to bring in the root certificate. */
void rules_ceremony_statement(struct buf *b, const uint8_t authority[32], int64_t time,
                              struct bytes certificate);
/* A key that only one of token and record knows. */
#define START_FINDINGS_MAX 128
struct start_finding {
    struct bytes kind; /* "unknown-key", "missing-key" */
    struct bytes id;   /* key id or CKA_ID as found, 1 to 64 bytes */
    struct bytes note;
};
CHECKED bool rules_start_body(struct buf *b, const struct rules_state *s, struct bytes version,
                              const struct list *findings, struct err *e);
/* The same findings (struct start_finding) of a comparison while the keeper runs. */
void rules_reconciled_body(struct buf *b, struct bytes token, const struct list *findings);
enum doubt_reason { DOUBT_STEP, DOUBT_SILENCE };
void rules_doubt_body(struct buf *b, enum doubt_reason reason, int64_t observed);

/* The time that a submitted entry of that type and body confirms; false if it confirms none. For
 * the keeper, who alone knows which time is then believed. */
bool rules_confirmed_time(int64_t *ret, struct bytes type, struct bytes body);

/* Adds a consistency proof to a submitted body that holds one signed statement whose checkpoint the
 * state no longer knows. `prove` is asked for the proof; false if none is needed or possible. */
bool rules_needs_proof(const struct rules_state *s, struct bytes body, int64_t *ret_size);
CHECKED bool rules_add_proof(struct buf *ret_body, struct bytes body, struct bytes path,
                             struct err *e);

/* --- Status: what is published about all that is not to be trusted --- */

/* True if the keeper should append a `status` entry at `now`: something was revoked or lifted since
 * the last one, or the list or the CRLs are due as policy says. False where there is nothing to
 * publish with: neither a list's key nor an issuing CA. */
bool rules_status_due(const struct rules_state *s, int64_t now);

/* The body of a status entry at that time: number and times follow from state and policy. */
CHECKED bool rules_status_body(struct buf *b, const struct rules_state *s, int64_t time,
                               struct err *e);

enum publication_kind { PUBLICATION_NONE, PUBLICATION_CRL, PUBLICATION_LIST };

/* One file that a status publishes. */
struct publication {
    enum publication_kind kind;
    char path[64];            /* below the public folder: "crl/<16 hex>/2026q4.crl" */
    uint8_t key[32];          /* who signs it: key id */
    char token[LIMIT_ID + 1]; /* and where that key is */
    int mechanism;            /* enum mechanism */
    int64_t number;           /* of the status */
    struct bytes spki;        /* of the key; a view until the next apply, as is the next */
    struct bytes certificate; /* of the key: the list's, or the issuing CA's */
};

/* The n-th file of the status that was just applied, the list first; PUBLICATION_NONE behind the
 * last. This and the next three only between that entry and the one behind it, since everything
 * follows from the state just then: ERR_CONFLICT afterwards. */
CHECKED bool rules_publication(struct publication *ret, const struct rules_state *s, size_t n,
                               struct err *e);

/* Appends the bytes to be signed: TBSCertList, or the list's body. */
CHECKED bool rules_publication_build(struct buf *ret, const struct rules_state *s, size_t n,
                                     struct err *e);

/* What the key signs of these bytes: their digest, for the list with its prefix. Needs no state. */
CHECKED bool rules_publication_digest(uint8_t ret[DIGEST_MAX], size_t *ret_size,
                                      const struct publication *p, struct bytes tbs, struct err *e);

/* Appends the finished file, at any time, for who has kept publication (its views copied) and
 * bytes. `signature` is raw, r || s for ECDSA; ERR_AUTH if it is not by the publication's key over
 * these bytes. */
CHECKED bool rules_publication_join(struct buf *ret, const struct publication *p, struct bytes tbs,
                                    struct bytes signature, struct err *e);

/* A CRL of the root, for one period in which it issued certificates. Only a ceremony signs them; a
 * `root-crl` entry brings them in. */
struct root_period {
    char path[64];       /* below the public folder */
    uint8_t key[32];     /* id of the root's key, which signs it, */
    int mechanism;       /* and how: enum mechanism */
    int64_t number;      /* of the newest CRL; -1: none so far */
    int64_t next_update; /* of the newest CRL; 0: none so far */
    struct bytes der;    /* the newest CRL, a view until the next apply; absent: none so far */
    bool due;            /* it lacks a certificate that is revoked, or there is none at all */
};
/* The n-th period; false behind the last. */
bool rules_root_period(struct root_period *ret, const struct rules_state *s, size_t n);

/* Appends the TBSCertList of that period's next CRL, for a ceremony to sign. Times in milliseconds.
 */
CHECKED bool rules_root_crl_build(struct buf *ret, const struct rules_state *s, size_t n,
                                  int64_t this_update, int64_t next_update, struct err *e);

/* The body of its entry. The signature is not verified here. */
CHECKED bool rules_root_crl_body(struct buf *b, const struct rules_state *s, struct bytes tbs,
                                 struct bytes signature, struct err *e);

/* The moment by which no machine of a class of endpoints trusts what was revoked, if it runs as
 * policy says and its clock is no more wrong than that; HORIZON_UNBOUNDED where none can be named:
 * the class never looks, only warns, does not read what it stands in, or it is not published yet.
 * `kind` and `id` as in the record of the revocation. ERR_NOT_FOUND. */
#define HORIZON_UNBOUNDED INT64_MAX
CHECKED bool rules_horizon(int64_t *ret, const struct rules_state *s, struct bytes kind,
                           struct bytes id, struct bytes endpoint_class, struct err *e);

/* --- Timestamps --- */

/* Which key to name in a timestamp entry, and the number of its certificate: the newest in force at
 * `time`. ERR_REFUSED "timestamp.key" if there is none, "clock.doubt". */
CHECKED bool rules_timestamp_key(const struct rules_state *s, int64_t time, uint8_t ret_key[32],
                                 int64_t *ret_certificate, struct err *e);

/* The body of a timestamp entry with that key, and the accuracy that policy states. `imprint` has
 * digest_size(alg) bytes, `nonce` the contents octets of an INTEGER, absent for none. */
CHECKED bool rules_timestamp_body(struct buf *b, const struct rules_state *s, int64_t time,
                                  enum digest_alg alg, struct bytes imprint, struct bytes nonce,
                                  struct err *e);

/* Appends the token that a recorded timestamp entry stands for. The signature is the one of the
 * outcome's only job, raw; ERR_AUTH if it is not. Any later state will do. */
CHECKED bool rules_timestamp_token(struct buf *ret, const struct rules_state *s,
                                   const struct entry *entry, struct bytes signature,
                                   bool with_certificates, struct err *e);

/* The signature that a recorded request item authorises, to be given again without a new entry.
 * Refused when grant or key are no longer good at `now`, milliseconds, which counts as the last
 * entry's time where it lies before that. `request` is the old entry. */
CHECKED bool rules_sign_again(const struct rules_state *s, const struct entry *request,
                              int64_t item, int64_t now, struct outcome *out, struct err *e);

/* Why an identity token does or does not fit which release path, as of `now` (milliseconds):
 * {"read": {"fits", "why"}, "workloads": [{"id", "fits", "issuer": {"approved", "came", "fits"},
 * "signature": {"fits", "why"}, "expiry": {"fits", "why"}, "claims": [{"name", "approved", "came",
 * "fits"}], "paths": [{"id", "signer", "fits", "why"}]}]}, for every workload that has an issuer.
 * `why` and `came` may be null. What came is told whether or not the signature holds. The audience
 * is not judged: it is that of one statement. Fails only for want of memory; a text that is no
 * identity token is an answer too. */
CHECKED bool rules_explain(struct buf *b, const struct rules_state *s, struct bytes token,
                           int64_t now, struct err *e);

/* One line for people: what the entry is and does. Needs no state: the entry speaks for itself. */
CHECKED bool rules_describe(struct buf *b, const struct entry *entry, struct err *e);

/* The entry is about that person or workload, and not by it. */
enum { MARK_NAMED = 1 };

/* What an entry can be found by. */
struct mark {
    struct mark *next;
    const char
        *kind; /* "artifact", "tbs", "key", "grant", "proposal", "person", "workload", "path",
                  "signer", "endpoint", "certificate" (serial number), "number" (its) */
    struct bytes key;
    int64_t item; /* of a request; of a "person" and "workload": MARK_NAMED or 0; else 0 */
};
/* Adds the entry's marks in front of *ret_list; they live in the arena. */
CHECKED bool rules_marks(struct mark **ret_list, const struct entry *entry, struct arena *a,
                         struct err *e);

#endif
