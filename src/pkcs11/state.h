/*
 * All that the module keeps in a process, the only globals there are: the lock, who owns them, the
 * token once it is loaded, sessions, and idle links to the helper.
 *
 * They belong to the process that called C_Initialize. In a forked child every call finds that the
 * process id is another one and answers CKR_CRYPTOKI_NOT_INITIALIZED, until the child initialises
 * for itself; then it drops its copies of the parent's connections without having used them.
 *
 * Every C_ function goes in by state_enter and out by state_leave, and holds the lock between. What
 * may take long (C_Sign) leaves in between and works on what it has taken out of the state.
 */
#ifndef SEALWARD_PKCS11_STATE_H
#define SEALWARD_PKCS11_STATE_H

#include "pkcs11/object.h"
#include "pkcs11/session.h"

/* The one slot. Hosts that choose by slot id must find the same one in every process. */
enum { SLOT_ID = 1 };

struct state {
    struct token *token; /* NULL until it is asked for */
    struct session_list sessions;
    struct pool pool;
};

CK_RV state_start(const CK_C_INITIALIZE_ARGS *args);
CK_RV state_stop(void);

/* CKR_OK and the locked state, or CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV state_enter(struct state **ret);

/* Unlocks and gives back rv, so that `return state_leave(...)` reads as what it does. */
CK_RV state_leave(CK_RV rv);

/* The token, loaded from the helper at the first call. CKR_TOKEN_NOT_PRESENT without
 * SEALWARD_HELPER, CKR_DEVICE_ERROR if the helper does not answer. */
CK_RV state_token(struct state *s, const struct token **ret);

/* The session behind the handle, or CKR_SESSION_HANDLE_INVALID. */
CK_RV state_session(struct state *s, CK_SESSION_HANDLE handle, struct session **ret);

#endif
