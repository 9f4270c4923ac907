/*
 * Lives of keys and certificates since rules version 2: when a key was last used, how near its end
 * a certificate is, and what happens by itself when time goes by. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_LIFE_H
#define SEALWARD_RULES_LIFE_H

#include "rules/deadline.h"

/* Whose act it is when a deadline suspends a key or a renewal is proposed. */
#define AUTHORITY_ACTOR "authority"

/* Why a deadline suspends a key. */
enum suspend_cause { SUSPEND_UNUSED, SUSPEND_ORPHAN };

/* Before a certificate's end, in milliseconds; 0: that stage is left out. */
struct windows {
    int64_t renew;
    int64_t warn;
    int64_t alarm;
};

extern const struct due_row due_life;
extern const struct due_row due_stage;

/* A signer's key has become active: its time without use starts. Nothing for other keys, and before
 * rules version 2. */
CHECKED bool life_begin(struct rules_state *s, const struct key_record *key, int64_t time,
                        struct err *e);

/* The key has made signatures. Changed in place: the last thing that an entry does. */
void life_use(struct rules_state *s, struct bytes key, int64_t signatures, int64_t time);

/* A certificate has been recorded; nothing before rules version 2. The older ones of its key have
 * no stage any more. */
CHECKED bool stage_begin(struct rules_state *s, const struct certificate *c, struct err *e);

/* Rules version 2 begins: what is on record already starts to live. */
CHECKED bool lives_begin(struct rules_state *s, int64_t time, struct err *e);

/* Suspends an active key because its time has come. The suspension is named by a hash of what it
 * says (docs/protocol/state.md), since no entry stands for it. */
CHECKED bool authority_suspend(struct rules_state *s, struct bytes key, enum suspend_cause cause,
                               int64_t time, struct err *e);

/* Takes away the suspension of a key that is ended for good. */
void suspension_drop(struct rules_state *s, struct bytes key);

/* The windows of a certificate, by its signer's level; those of CAs, time stamping and lists are
 * fixed parts of the certificate's validity. */
void windows_find(struct windows *ret, const struct signers *signers, const struct certificate *c);

/* When a certificate comes to a stage; DUE_NEVER where the windows leave it out. */
int64_t stage_time(const struct certificate *c, const struct windows *w,
                   enum certificate_stage stage);

/* Whether it is the newest of its key, not revoked, and the key one that is not over: only then
 * does its end concern anybody. */
bool certificate_matters(const struct rules_state *s, const struct certificate *c);

#endif
