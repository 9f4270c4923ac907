/*
 * The signatures made under one grant, as this process saw them: what the helper answers equal
 * questions from, and what is to be bound before the grant closes.
 *
 * Owns its memory. Not locked: the helper's asking thread has it while a tool runs, afterwards the
 * command. Nothing here is secret.
 * What it does not do: outlive the process. The record has every signature as well.
 */
#ifndef SEALWARD_CLI_SIGNATURES_H
#define SEALWARD_CLI_SIGNATURES_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "pki/mechanism.h"

struct signature {
    enum mechanism mechanism;
    uint8_t digest[DIGEST_MAX]; /* to-be-signed */
    size_t digest_size;
    int64_t entry; /* the request's entry, and the item in it */
    int64_t item;
    int64_t artifact; /* index into the grant's artifacts; -1 while not known */
    bool bound;
    uint8_t bytes[KEY_SIGNATURE_MAX]; /* raw: r || s for ECDSA */
    size_t size;
};

struct signatures {
    struct signature *list;
    size_t count;
    size_t capacity;
};

#define SIGNATURES_NONE ((struct signatures){.list = 0, .count = 0, .capacity = 0})

void signatures_done(struct signatures *s);
AUTO_DONE(signatures)

/* Copies. Moves the list: pointers into it are good until the next add. */
CHECKED bool signatures_add(struct signatures *s, const struct signature *signature, struct err *e);

/* The signature over that digest; NULL if there is none. The key is the grant's one key. */
struct signature *signatures_find(const struct signatures *s, enum mechanism mechanism,
                                  struct bytes digest);

/* How many are not bound. */
size_t signatures_unbound(const struct signatures *s);

static inline struct bytes signature_digest(const struct signature *s)
{
    return bytes_make(s->digest, s->digest_size);
}

#endif
