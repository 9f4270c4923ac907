#include "pkcs11/session.h"

#include <stdlib.h>

#include "pkcs11/state.h"

enum { SESSIONS_MAX = 4096 };

struct session *session_find(struct session_list *list, CK_SESSION_HANDLE handle)
{
    struct session *s = list->top;
    while (s != NULL && s->handle != handle)
        s = s->below;
    return s;
}

static void session_close(struct session_list *list, struct session **place)
{
    struct session *s = *place;
    *place = s->below;
    list->count--;
    list->rw_count -= (s->flags & CKF_RW_SESSION) != 0;
    operation_done(&s->operation);
    free(s);
    if (list->count == 0)
        list->logged_in = false;
}

void session_list_close(struct session_list *list)
{
    while (list->top != NULL)
        session_close(list, &list->top);
}

static CK_RV session_open(struct state *s, CK_FLAGS flags, CK_SESSION_HANDLE *ret)
{
    const struct token *token;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    CK_RV rv = state_token(s, &token);
    if (rv != CKR_OK)
        return rv;
    if (s->sessions.count >= SESSIONS_MAX)
        return CKR_SESSION_COUNT;
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return CKR_HOST_MEMORY;
    session->operation = OPERATION_NONE;
    session->flags = flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION);
    session->handle = ++s->sessions.last;
    session->below = s->sessions.top;
    s->sessions.top = session;
    s->sessions.count++;
    s->sessions.rw_count += (flags & CKF_RW_SESSION) != 0;
    *ret = session->handle;
    return CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE *ret)
{
    (void)application;
    (void)notify;
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    if (slot != SLOT_ID)
        return state_leave(CKR_SLOT_ID_INVALID);
    if (ret == NULL)
        return state_leave(CKR_ARGUMENTS_BAD);
    return state_leave(session_open(s, flags, ret));
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    struct session **place = &s->sessions.top;
    while (*place != NULL && (*place)->handle != handle)
        place = &(*place)->below;
    if (*place == NULL)
        return state_leave(CKR_SESSION_HANDLE_INVALID);
    session_close(&s->sessions, place);
    return state_leave(CKR_OK);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    if (slot != SLOT_ID)
        return state_leave(CKR_SLOT_ID_INVALID);
    session_list_close(&s->sessions);
    return state_leave(CKR_OK);
}

static CK_STATE session_state(const struct session_list *list, const struct session *session)
{
    if ((session->flags & CKF_RW_SESSION) != 0)
        return list->logged_in ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
    return list->logged_in ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *ret)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    if (rv != CKR_OK || ret == NULL)
        return state_leave(rv != CKR_OK ? rv : CKR_ARGUMENTS_BAD);
    *ret = (CK_SESSION_INFO){
        .slotID = SLOT_ID,
        .state = session_state(&s->sessions, session),
        .flags = session->flags,
    };
    return state_leave(CKR_OK);
}

static CK_RV user_login(struct session_list *list, const struct session *session, CK_USER_TYPE user)
{
    switch (user) {
    case CKU_USER:
        if (list->logged_in)
            return CKR_USER_ALREADY_LOGGED_IN;
        list->logged_in = true;
        return CKR_OK;
    case CKU_CONTEXT_SPECIFIC:
        return session->operation.mechanism != NULL ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
    default:
        return CKR_USER_TYPE_INVALID;
    }
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, unsigned char *pin, CK_ULONG pin_size)
{
    (void)pin;
    (void)pin_size;
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    return state_leave(rv != CKR_OK ? rv : user_login(&s->sessions, session, user));
}

CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    if (rv == CKR_OK && !s->sessions.logged_in)
        rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK)
        s->sessions.logged_in = false;
    return state_leave(rv);
}
