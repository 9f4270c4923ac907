/*
 * A small authority in memory, for tests of the rulebook: people with SSH keys, pipelines with a
 * local issuer of identity tokens, four levels, keys on two tokens, a root and an issuing CA.
 *
 * Every act is written as a real entry and given to rules_apply. Two things are checked each time,
 * so every test that uses a world checks them: a refused entry leaves the state's digest as it was;
 * and a second state that is given the accepted entries alone, without judging the evidence again,
 * has the same digest and signs the same.
 *
 * Texts live in the world's arena until world_done.
 */
#ifndef SEALWARD_TESTS_UNIT_RULES_WORLD_H
#define SEALWARD_TESTS_UNIT_RULES_WORLD_H

#include "world_keys.h"

#include "rules/policy.h"
#include "rules/requests.h"
#include "rules/rules.h"
#include "rules/state.h"
#include "rules/statement.h"

#define WORLD_START INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WORLD_ARC "1.3.6.1.4.1.32473"
#define WORLD_ORIGIN "sign.example/log"
#define WORLD_URL "https://sign.example"
/* Policy's limits. */
#define WORLD_STATEMENT_AGE (10 * MINUTE)
#define WORLD_PROPOSAL_AGE DAY
#define WORLD_SILENCE (7 * DAY)

/* A key on a token, in the test's memory. */
struct world_key {
    struct session_key *p256; /* NULL for RSA */
    struct bytes spki;
    uint8_t id[32];
    uint8_t proposal[32];
    struct bytes certificate; /* DER */
};

struct world {
    struct rules_state *state;
    struct rules_state *mirror; /* given the accepted entries alone */
    bool quick;                 /* neither digests nor the mirror: for many entries */
    struct arena arena;
    int64_t now; /* entry time of what comes next */
    struct rules_head head;
    uint8_t digest[32];    /* of the state */
    struct err e;          /* of the last refusal */
    struct outcome out;    /* of the last entry */
    uint8_t leaf[32];      /* of the last accepted entry */
    struct bytes text;     /* of the last accepted entry */
    struct bytes *entries; /* all that were accepted */
    size_t count;
    struct world_key root;
    struct world_key ca;
    struct session_key *session; /* of the last grant */
    uint8_t grant[32];
};

void world_done(struct world *w);
AUTO_DONE(world)

/* Genesis, signed by officer-1 and officer-2; with or without the mark of a demonstration. */
void world_found(struct world *w, bool demonstration);
/* The genesis entry's body, for tests that want to spoil it; `policy` is a JSON list of changes. */
struct bytes world_genesis_body(struct world *w, struct bytes statement, const enum hand *hands,
                                size_t count);
struct bytes world_genesis_statement(struct world *w, bool demonstration, struct bytes policy);
struct bytes world_policy(struct world *w);

/* Everything up to keys that can sign: ceremony, issuing CA. */
void world_ready(struct world *w);

/* A whole life: every kind of entry and of proposal, grants that end in every way. */
void world_story(struct world *w);

/* --- entering --- */

/* Enters a body; false with w->e set if it was refused. */
bool world_enter(struct world *w, const char *type, struct bytes body);
/* Gives the state the text of an entry, whatever it is. */
bool world_enter_text(struct world *w, struct bytes text);

/* The call is refused by that rule, or fails with that code, and says so. */
#define refused(w, call, by_rule)                                                                  \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s was accepted", #call);                                                    \
        if (strcmp((w)->e.rule, (by_rule)) != 0)                                                   \
            fail_msg("%s: refused by \"%s\", not by \"%s\": %s", #call, (w)->e.rule, (by_rule),    \
                     (w)->e.message);                                                              \
        assert_true((w)->e.message[0] != '\0');                                                    \
    } while (0)
#define failed(w, call, with_code, part) ok_err(call, (w)->e, with_code, part)
#define accepted(w, call)                                                                          \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s (%s)", #call, (w)->e.rule, (w)->e.message, (w)->e.cause);         \
    } while (0)

/* --- texts --- */

struct bytes world_format(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct bytes world_copy(struct world *w, struct bytes bytes);
const char *world_base64(struct world *w, struct bytes bytes);
const char *world_hex(struct world *w, struct bytes bytes);
/* The text with the first occurrence of `from` replaced; the test fails if there is none. */
struct bytes world_replace(struct world *w, struct bytes text, const char *from, const char *to);

/* --- statements (world_statements.c) --- */

/* A statement about now, by that actor, who has seen the head of the record. */
struct statement world_statement(struct world *w, const char *type, struct bytes actor,
                                 struct bytes body);
struct bytes world_person(struct world *w, enum hand hand);
/* The entry's body: the statement signed by that hand. */
struct bytes world_signed(struct world *w, const struct statement *s, enum hand hand);
/* The same for any statement text and evidence. */
struct bytes world_evidence(struct world *w, struct bytes statement, struct bytes signature,
                            struct bytes token, struct bytes consistency);
/* Says it: statement, signature, entry. */
bool world_say(struct world *w, enum hand hand, const char *type, struct bytes body);

/* What a token says; the text of a claim, such as "\"nbf\":1,", can be put in front. */
struct token_plan {
    const char *header;
    enum issuer_hand issuer;
    const char *iss;
    const char *aud; /* NULL: the statement's own */
    int64_t iat;     /* seconds */
    int64_t exp;
    const char *more; /* further claims, each followed by a comma */
    const char *repository_id;
};
struct token_plan world_token_plan(const struct world *w);
struct bytes world_token(struct world *w, const struct token_plan *plan, struct bytes statement);

/* --- acts (world_acts.c) --- */

bool world_propose(struct world *w, enum hand hand, const char *kind, struct bytes detail);
bool world_approve(struct world *w, enum hand hand, const uint8_t leaf[32]);
bool world_reject(struct world *w, enum hand hand, const uint8_t leaf[32]);
/* Proposed by the release engineer and approved by two; all of it must be accepted. */
void world_decide(struct world *w, const char *kind, struct bytes detail, enum hand first,
                  enum hand second);

/* One change of policy; a value of NULL removes the object. */
struct edit {
    const char *kind;
    const char *id;
    struct bytes value;
};
/* Detail of a policy proposal, each change naming the object in force. */
struct bytes world_changes(struct world *w, const struct edit *edits, size_t count);
/* The object in force. */
struct bytes world_object(struct world *w, const char *kind, const char *id);
/* Carries one change through. */
void world_change(struct world *w, const char *kind, const char *id, struct bytes value);

struct bytes world_key_detail(struct world *w, const char *signer, const char *token,
                              const char *algorithm);
/* A key as the keeper reports it. */
struct bytes world_key_body(struct world *w, const struct world_key *key, const char *token,
                            struct key_attributes attributes);
extern const struct key_attributes world_attributes;
/* Makes key pair and proposal, approved: what is missing is the keeper's entry. */
void world_key_plan(struct world *w, struct world_key *ret, const char *signer, const char *token,
                    const char *algorithm);
/* All of it: generated, certified, ready to sign. The CA's key has no signer. */
void world_key_make(struct world *w, struct world_key *ret, const char *signer);
void world_key_done(struct world_key *key);
AUTO_DONE(world_key)

struct bytes world_issuance_detail(struct world *w, const struct world_key *key,
                                   const char *profile, const char *signer, const char *common_name,
                                   int64_t validity);
/* The approved proposal's issuance entry. */
bool world_issue(struct world *w, const uint8_t proposal[32]);
/* The certificate for the last issuance, signed by that key. */
struct bytes world_certificate_body(struct world *w, const uint8_t issuance[32],
                                    const struct world_key *issuer);

struct bytes world_ceremony_body(struct world *w, struct bytes certificate, const enum hand *hands,
                                 size_t count);
/* A root of this authority (or of another one), self-signed. */
struct bytes world_root(struct world *w, const uint8_t authority[32], uint64_t number);

/* --- signing (world_signing.c) --- */

/* An artifact as a grant declares it: a JSON object. The digest is SHA-256 of `content`. */
struct bytes world_artifact(struct world *w, const char *name, const char *format,
                            const char *content);
/* Body of a grant statement with a new session key, which becomes the world's. */
struct bytes world_grant_body(struct world *w, const char *path, struct bytes artifacts,
                              int64_t count, int64_t window);
/* Opens it as a pipeline with its identity token, or as a person. */
bool world_grant(struct world *w, const char *workload, struct bytes body);
bool world_grant_by(struct world *w, enum hand hand, struct bytes body);

struct bytes world_request_body(struct world *w, const struct world_key *key,
                                enum mechanism mechanism, const struct request_item *items,
                                size_t count);
/* Asks for one digest under the last grant. */
bool world_sign(struct world *w, const struct world_key *key, struct bytes digest);
bool world_sign_items(struct world *w, const struct world_key *key,
                      const struct request_item *items, size_t count);
struct bytes world_binding_body(struct world *w, const struct world_key *key, struct bytes digest,
                                int64_t artifact, const struct bytes *preimages, size_t count);
bool world_bind(struct world *w, const struct world_key *key, struct bytes digest, int64_t artifact,
                const struct bytes *preimages, size_t count);
bool world_close(struct world *w);

/* What a tool signs for a file: the preimages of a binding, and the digest. */
struct signed_file {
    struct bytes preimages[2];
    size_t count;
    struct bytes digest;
};
struct signed_file world_cms(struct world *w, const char *content);
struct signed_file world_pe(struct world *w, const char *content);

/* Names the entry that last activated the subject. */
struct bytes world_suspend_body(struct world *w, const char *kind, const char *id);
bool world_suspend(struct world *w, enum hand hand, const char *kind, const char *id);
/* Detail of the proposal that lifts it. */
struct bytes world_resume_detail(struct world *w, const char *kind, const char *id);

#endif
