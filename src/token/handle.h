/*
 * An open token: module, session, login, and the handles of the private keys found so far by their
 * id (CKA_ID = SHA-256 of the SPKI, 32 bytes), because searching at each signature costs a hundred
 * times the signature.
 *
 * A session or token that goes away is opened again: whoever calls the module does it as
 *     handle_ready -> C_... -> on failure handle_lost(code)? then once more from the start
 * so each operation is tried at most twice. While a token stays away, it is looked for at most four
 * times a second, so that many jobs fail quickly. A PIN that the token refuses is never tried again
 * by the same handle, because tokens lock themselves after some wrong ones: from then on everything
 * fails with HANDLE_RULE_PIN.
 *
 * Owns module and session; borrows the PIN, which must outlive it. Threads: one at a time. Does NOT
 * know what a key is for, and never sees a private key.
 */
#ifndef SEALWARD_TOKEN_HANDLE_H
#define SEALWARD_TOKEN_HANDLE_H

#include "base/bytes.h"
#include "base/secret.h"
#include "token/module.h"

#define HANDLE_ID_SIZE 32
#define HANDLE_RULE_PIN "token.pin"
#define HANDLE_KEYS_MAX 1024 /* cached; when full the cache starts anew */

struct handle;

/* Opens the module, finds the token, opens a read-write session and logs in. */
CHECKED bool handle_open(struct handle **ret, const char *module_path, const char *token_label,
                         const struct secret *pin, struct err *e);
void handle_free(struct handle *h);
AUTO_FREE(handle)

/* True if there is a session with a login, opened anew if it was lost. An absent token is
 * ERR_TOKEN. */
CHECKED bool handle_ready(struct handle *h, struct err *e);

/* After a failed call: does the code mean that session, token or cached handles are gone? If so
 * they are dropped, so that handle_ready starts anew. */
bool handle_lost(struct handle *h, CK_RV rv);

/* The module behaves in a way that leaves no trust in the session: drop it all the same. */
void handle_drop(struct handle *h);

/* Valid between handle_ready and the next handle_lost. */
CK_SESSION_HANDLE handle_session(const struct handle *h);
const CK_FUNCTION_LIST *handle_calls(const struct handle *h);

/* A private key as far as signing needs it. */
struct handle_key {
    CK_OBJECT_HANDLE object; /* CK_INVALID_HANDLE: the token has no such key */
    CK_KEY_TYPE type;
    size_t modulus_size; /* RSA: bytes of the modulus; else 0 */
};

/* The private key with that id of HANDLE_ID_SIZE bytes, searched if it is not cached. CKR_OK with
 * *ret filled, else the code of the call that failed. Two keys with one id give
 * CKR_TEMPLATE_INCONSISTENT. */
CK_RV handle_key(struct handle_key *ret, struct handle *h, struct bytes id);

/* Forgets the cached handles: a key was destroyed, and its handle may come to mean another. */
void handle_forget(struct handle *h);

#endif
