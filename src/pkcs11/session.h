/*
 * Sessions: what one of them remembers between calls (a search, a signature in the making), the
 * list of all, and who is logged in. Logging in is accepted with anything and changes nothing but
 * what C_GetSessionInfo says: the token has no PIN.
 */
#ifndef SEALWARD_PKCS11_SESSION_H
#define SEALWARD_PKCS11_SESSION_H

#include "pkcs11/object.h"
#include "pkcs11/operation.h"

struct search {
    bool active;
    size_t count;
    size_t next;
    uint16_t found[OBJECTS_MAX]; /* handles */
};

struct session {
    struct session *below;
    CK_SESSION_HANDLE handle;
    CK_FLAGS flags;
    bool busy; /* a thread works on its operation outside the lock */
    struct operation operation;
    struct search search;
};

struct session_list {
    struct session *top;
    CK_ULONG count;
    CK_ULONG rw_count;
    CK_SESSION_HANDLE last; /* never reused in a process, so that a stale handle finds nothing */
    bool logged_in;
};

/* NULL for a handle that is not open. */
struct session *session_find(struct session_list *list, CK_SESSION_HANDLE handle);

void session_list_close(struct session_list *list);

#endif
