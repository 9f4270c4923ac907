/*
 * SSHSIG (OpenSSH's PROTOCOL.sshsig): signatures by SSH keys over statements.
 * docs/protocol/sshsig-and-tokens.md says exactly which forms are accepted.
 *
 * Pure: no agent, no files. Who the key belongs to, whether an `sk-` signature needs the presence
 * and verification flags, and which application it may name, is for the rules; everything they need
 * is in the struct.
 */
#ifndef SEALWARD_PKI_SSHSIG_H
#define SEALWARD_PKI_SSHSIG_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/sshkey.h"

/* The namespace of every statement; it can never change. */
#define SSHSIG_NAMESPACE "sealward-statement"

#define SSHSIG_PRESENT 0x01  /* somebody touched the authenticator */
#define SSHSIG_VERIFIED 0x04 /* and it knew who: PIN or biometry */

/* All views into the blob that was parsed. */
struct sshsig {
    struct sshkey key;
    struct bytes space;       /* the namespace */
    enum digest_alg hash;     /* DIGEST_SHA256 or DIGEST_SHA512 */
    enum digest_alg rsa_hash; /* SSHKEY_RSA: the hash of the signature itself */
    struct bytes signature; /* Ed25519: 64 bytes; RSA: as long as the modulus; ECDSA: see r and s */
    struct bytes r;         /* ECDSA, without leading zeros */
    struct bytes s;
    uint8_t flags;    /* sk- kinds, else 0 */
    uint32_t counter; /* sk- kinds, else 0 */
};

/* Parses exactly one signature blob; nothing is verified. */
CHECKED bool sshsig_parse(struct sshsig *ret, struct bytes blob, struct err *e);

/* Checks that the signature is over this message in this namespace; ERR_AUTH if not. */
CHECKED bool sshsig_verify(const struct sshsig *sig, const char *space, struct bytes message,
                           struct err *e);

/* Appends the blob out of the armoured text that ssh-keygen -Y sign writes; it is not parsed yet.
 */
CHECKED bool sshsig_unarmour(struct buf *ret, struct bytes text, struct err *e);

/* ---- For the client, who lets an agent sign ---- */

/* Appends the bytes that the agent is to sign. `hash` is DIGEST_SHA256 or DIGEST_SHA512. */
void sshsig_put_signed(struct buf *b, const char *space, enum digest_alg hash,
                       struct bytes message);

/* Appends the blob made of the key and the agent's signature in wire form (string kind, string
 * signature, and for sk- kinds flags and counter). The result is parsed to make sure that it is
 * one; it is not verified. */
CHECKED bool sshsig_build(struct buf *ret, struct bytes key_blob, const char *space,
                          enum digest_alg hash, struct bytes agent_signature, struct err *e);

#endif
