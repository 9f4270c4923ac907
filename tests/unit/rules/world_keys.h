/*
 * The keys of the people, pipelines and issuers of a small authority, made with OpenSSL, which is
 * also what signs: nothing under test makes the evidence that it judges. Made once a process, on
 * first use; everything here lives until it ends.
 */
#ifndef SEALWARD_TESTS_UNIT_RULES_WORLD_KEYS_H
#define SEALWARD_TESTS_UNIT_RULES_WORLD_KEYS_H

#include "unit/ok.h"

#include "base/buf.h"
#include "pki/jwt.h"
#include "pki/session_key.h"
#include "pki/sshkey.h"

/* A key in somebody's hand. */
enum hand {
    OFFICER_1,
    OFFICER_2,
    OFFICER_3,
    OFFICER_3_AGAIN, /* the second key of the same person */
    APPROVER_1,      /* a security key that must be touched */
    APPROVER_2,
    ENGINEER,
    MACHINE,  /* a workload's enrolled key */
    OUTSIDER, /* enrolled nowhere */
    HANDS,
};

const char *hand_name(enum hand hand); /* "officer-1" */
struct bytes hand_blob(enum hand hand);

/* Appends the SSHSIG by that hand over the text in the namespace. */
void hand_sign_as(struct buf *ret, enum hand hand, const char *space, struct bytes text,
                  uint8_t flags);
/* The same as everybody does it: the statements' namespace, touched. */
void hand_sign(struct buf *ret, enum hand hand, struct bytes text);

/* The pinned keys of the local issuer: kid "rs" and "es", and one that nobody pins. */
enum issuer_hand { ISSUER_RS, ISSUER_ES, ISSUER_UNKNOWN };
struct bytes issuer_hand_spki(enum issuer_hand issuer);

/* A compact JWS of these texts, signed by that key, by the algorithm that the key has. */
void token_make(struct buf *ret, const char *header, const char *payload, enum issuer_hand issuer);

/* An RSA-3072 key for a token. */
struct bytes rsa_spki(void);
#endif
