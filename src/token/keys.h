/*
 * The private keys of a token: making, naming, listing and destroying them.
 *
 * A key of ours is made on the token, sensitive, never extractable, for signing only. Its label is
 * given by the caller (hex of the leaf hash of the proposal that approved it), its id (CKA_ID of
 * the private and the public key) is the SHA-256 of its SPKI. The id is set on the private key
 * last: one that has it is complete, one without was cut short and has never been reported to
 * anybody. So keys_generate may be repeated after a crash: it completes or clears away what the
 * first try left.
 *
 * Attributes are read back from the token, never assumed. A key that is not sensitive, or could
 * have left the token, is destroyed and refused.
 *
 * RSA keys are made with 3072 bits. Threads: one at a time per handle. Does NOT decide which keys
 * are foreign: the caller compares the list with the record.
 */
#ifndef SEALWARD_TOKEN_KEYS_H
#define SEALWARD_TOKEN_KEYS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "pki/mechanism.h"
#include "token/handle.h"

#define KEYS_MAX 4096
#define KEYS_LABEL_MAX 128
#define KEYS_ID_MAX 64

/* As read back from the private key. Bits, so that they travel as one byte. */
enum keys_attribute {
    KEYS_SENSITIVE = 1,
    KEYS_EXTRACTABLE = 2,
    KEYS_ALWAYS_SENSITIVE = 4,
    KEYS_NEVER_EXTRACTABLE = 8,
    KEYS_LOCAL = 16,
    KEYS_SIGN = 32,
    KEYS_OTHER_USE = 64, /* may decrypt, unwrap, derive or sign with recovery */
};

/* What all keys of ours read back, and what none does. KEYS_LOCAL is not among them: some tokens
 * (NSS softokn) do not say it for keys that they made; it is reported for the record. */
#define KEYS_REQUIRED (KEYS_SENSITIVE | KEYS_ALWAYS_SENSITIVE | KEYS_NEVER_EXTRACTABLE | KEYS_SIGN)
#define KEYS_FORBIDDEN (KEYS_EXTRACTABLE | KEYS_OTHER_USE)

struct keys_key {
    struct bytes id;
    struct bytes label;
    bool usable; /* one of our kinds, with its public key beside it: kind and spki are set */
    enum key_kind kind;
    unsigned attributes; /* bits of enum keys_attribute */
    struct bytes spki;   /* DER */
};

struct keys_list {
    struct keys_key *items;
    size_t count;
};

/* Makes a key pair of that kind under that label (1..KEYS_LABEL_MAX bytes), or completes the one
 * that an earlier try left; *ret_found says which. The bytes of *ret live in the arena.
 * ERR_CONFLICT if the label stands on something else; ERR_REFUSED "token.extractable" if the key
 * does not read back as KEYS_REQUIRED and KEYS_FORBIDDEN say: it is destroyed then. */
CHECKED bool keys_generate(struct keys_key *ret, bool *ret_found, struct handle *h,
                           enum key_kind kind, struct bytes label, struct arena *a, struct err *e);

/* All private key objects of the token, in no order. */
CHECKED bool keys_list(struct keys_list *ret, struct handle *h, struct arena *a, struct err *e);

/* Destroys all objects with that id and all with that label, private, public and any copy, and
 * proves by searching for both again that none is left. May be repeated: *ret_found says whether
 * there was anything to destroy. ERR_TOKEN if something is left, or the token is read-only or away:
 * then nothing is proven. */
CHECKED bool keys_destroy(bool *ret_found, struct handle *h, struct bytes id, struct bytes label,
                          struct err *e);

#endif
