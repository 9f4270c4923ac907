/*
 * Signed notes (C2SP signed-note): a text, a blank line, signature lines. And the keys that verify
 * them, in their text form "name+8 hex digits+base64" (vkey).
 *
 * What is signed elsewhere (the log key lives on a token) is built in two steps: note_message gives
 * the bytes to sign, note_assemble puts text and signature together. Kinds of signature are rows of
 * one table in note.c: a new one is a row and its verify function.
 *
 * A parsed note is views into the bytes given and owns nothing. A note's text means nothing before
 * note_verify has returned true; proof/checkpoint.h does both in one step.
 */
#ifndef SEALWARD_PROOF_NOTE_H
#define SEALWARD_PROOF_NOTE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

/* Room for the largest assigned kind, ML-DSA-44: a key of 1,312 bytes, a signature of 8 + 2,420. */
#define NOTE_KEY_MAX 1312
#define NOTE_SIGNATURE_MAX 4096
#define NOTE_KEY_ID 4
#define NOTE_KEY_TEXT_MAX (LIMIT_NOTE_NAME + 1 + 8 + 1 + (NOTE_KEY_MAX + 3) / 3 * 4)

/* The signature type byte of signed-note. */
enum note_type {
    NOTE_ED25519 = 0x01, /* Ed25519 over the text; the key is its 32 bytes (RFC 8032) */
};

/* A key that verifies notes. Plain struct, copied by value, owns nothing. */
struct note_key {
    enum note_type type;
    uint8_t id[NOTE_KEY_ID];
    size_t name_size;
    size_t key_size;
    char name[LIMIT_NOTE_NAME];
    uint8_t key[NOTE_KEY_MAX];
};

/* Makes a key from its parts and works out its id: SHA-256(name || 0A || type || key)[:4].
 * ERR_INPUT for a name that is empty, too long, not UTF-8, or has spaces, control characters or
 * "+", and for a key whose length does not fit the type. */
CHECKED bool note_key_make(struct note_key *ret, struct bytes name, enum note_type type,
                           struct bytes key, struct err *e);

/* Reads a vkey; the id in it must be the one that its key has. A type that is no row is
 * ERR_INPUT. */
CHECKED bool note_key_parse(struct note_key *ret, struct bytes text, struct err *e);

/* Writes the vkey. */
void note_key_write(struct buf *b, const struct note_key *k);

static inline struct bytes note_key_name(const struct note_key *k)
{
    return bytes_make(k->name, k->name_size);
}

struct note_signature {
    struct bytes name;
    struct bytes base64; /* of the key id and the signature; known to decode */
    uint8_t id[NOTE_KEY_ID];
};

struct note {
    struct bytes text; /* with its last newline */
    size_t count;
    struct note_signature signatures[LIMIT_NOTE_SIGNATURES];
};

/* Splits at the last blank line. ERR_INPUT for what is no note: not UTF-8, control characters, a
 * text without newline at its end, no signature line, a line out of form. ERR_LIMIT over the
 * limits. */
CHECKED bool note_parse(struct note *ret, struct bytes bytes, struct err *e);

/* True if at least one of the keys has signed, and no signature that carries the name and id of one
 * of the keys fails. Lines of other keys are ignored. Else ERR_AUTH. */
CHECKED bool note_verify(const struct note *n, const struct note_key *keys, size_t count,
                         struct err *e);

/* Appends the bytes that the key must sign for this text. */
void note_message(struct buf *b, const struct note_key *k, struct bytes text);

/* Appends the note of this text with the one signature. ERR_INPUT for a text that cannot be a
 * note's or a signature whose length does not fit the key's type; does not verify it. */
CHECKED bool note_assemble(struct buf *b, struct bytes text, const struct note_key *k,
                           struct bytes signature, struct err *e);

#endif
