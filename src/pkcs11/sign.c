/*
 * C_SignInit, C_Sign, C_SignUpdate, C_SignFinal.
 *
 * A signature may wait for a person, so no lock is held meanwhile: the operation is taken out of
 * its session, worked on, and put back or ended. A session that was closed meanwhile is not found
 * again, and the result goes nowhere. Size queries and short buffers are answered here, keep the
 * operation and never reach the helper; every other failure ends the operation, because hosts start
 * a new one after it.
 */
#include "pkcs11/state.h"

static CK_RV sign_init(struct state *s, struct session *session, const CK_MECHANISM *mechanism,
                       CK_OBJECT_HANDLE key)
{
    const struct token *token;
    if (mechanism == NULL)
        return CKR_ARGUMENTS_BAD;
    if (session->busy || session->operation.mechanism != NULL)
        return CKR_OPERATION_ACTIVE;
    CK_RV rv = state_token(s, &token);
    if (rv != CKR_OK)
        return rv;
    const struct mechanism *m = mechanism_find(mechanism->mechanism);
    if (m == NULL)
        return CKR_MECHANISM_INVALID;
    if (mechanism->ulParameterLen != 0)
        return CKR_MECHANISM_PARAM_INVALID;
    const struct object *o = token_object(token, key);
    if (o == NULL || o->class != CKO_PRIVATE_KEY)
        return CKR_KEY_HANDLE_INVALID;
    if (o->key_type != m->key_type)
        return CKR_KEY_TYPE_INCONSISTENT;
    operation_start(&session->operation, m, o->key, &token->name);
    return CKR_OK;
}

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    return state_leave(rv != CKR_OK ? rv : sign_init(s, session, mechanism, key));
}

/* Finds the session of a call that goes on with an operation. */
static CK_RV operation_find(struct state *s, CK_SESSION_HANDLE handle, struct session **ret)
{
    CK_RV rv = state_session(s, handle, ret);
    if (rv != CKR_OK)
        return rv;
    if ((*ret)->busy)
        return CKR_OPERATION_ACTIVE;
    return (*ret)->operation.mechanism != NULL ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
}

/* Takes the operation out, with an idle link if it has none, for the time that it is worked on. */
static void operation_take(struct state *s, struct session *session, struct operation *ret)
{
    *ret = session->operation;
    session->operation = OPERATION_NONE;
    session->busy = true;
    if (ret->link.fd < 0)
        ret->link = pool_take(&s->pool);
}

/* After the work: puts the operation back into its session to go on with, or ends it. */
static CK_RV operation_return(CK_SESSION_HANDLE handle, struct operation *o, bool go_on, CK_RV done)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    if (rv != CKR_OK)
        return state_leave(CKR_SESSION_CLOSED);
    session->busy = false;
    if (go_on) {
        session->operation = *o;
        *o = OPERATION_NONE;
    } else if (done == CKR_OK || done == CKR_FUNCTION_REJECTED) {
        /* The helper has answered, so that the link is ready for the next question. */
        pool_give(&s->pool, &o->link);
    }
    return state_leave(done);
}

/* True if the caller only asks for the size or has too little room; *ret_rv is the answer then. */
static bool size_answered(const struct operation *o, const uint8_t *signature, CK_ULONG *size,
                          CK_RV *ret_rv)
{
    bool fits = *size >= o->signature_size;
    if (signature != NULL && fits)
        return false;
    *size = o->signature_size;
    *ret_rv = signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    return true;
}

/* How a last call must come: C_Sign is for operations without C_SignUpdate, C_SignFinal for those
 * with mechanisms that hash. */
static CK_RV finish_allowed(const struct operation *o, bool single, const CK_ULONG *size)
{
    if (size == NULL)
        return CKR_ARGUMENTS_BAD;
    if (single)
        return o->multipart ? CKR_OPERATION_NOT_INITIALIZED : CKR_OK;
    return o->mechanism->family == MODULE_WHOLE ? CKR_OK : CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_RV operation_finish(struct operation *o, struct bytes data, uint8_t *ret)
{
    if (o->mechanism->family == MODULE_HASHED)
        return operation_sign(o, data, ret);
    CK_RV rv = operation_add(o, data);
    return rv != CKR_OK ? rv : operation_sign(o, BYTES_NONE, ret);
}

/* C_Sign (single) and C_SignFinal. */
static CK_RV sign_finish(CK_SESSION_HANDLE handle, bool single, struct bytes data, uint8_t *ret,
                         CK_ULONG *size)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = operation_find(s, handle, &session);
    if (rv != CKR_OK)
        return state_leave(rv);
    rv = finish_allowed(&session->operation, single, size);
    if (rv == CKR_OK && size_answered(&session->operation, ret, size, &rv))
        return state_leave(rv);
    if (rv == CKR_OK && data.data == NULL && data.size > 0)
        rv = CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK) {
        operation_done(&session->operation);
        return state_leave(rv);
    }
    AUTO_VALUE(operation) o;
    operation_take(s, session, &o);
    (void)state_leave(CKR_OK);

    rv = operation_finish(&o, data, ret);
    if (rv == CKR_OK)
        *size = o.signature_size;
    return operation_return(handle, &o, false, rv);
}

CK_RV C_Sign(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size, unsigned char *ret,
             CK_ULONG *size)
{
    return sign_finish(handle, true, bytes_make(data, data_size), ret, size);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE handle, unsigned char *ret, CK_ULONG *size)
{
    return sign_finish(handle, false, BYTES_NONE, ret, size);
}

static CK_RV update_allowed(const struct operation *o, struct bytes data)
{
    if (o->mechanism->family != MODULE_WHOLE)
        return CKR_FUNCTION_NOT_SUPPORTED;
    return data.data == NULL && data.size > 0 ? CKR_ARGUMENTS_BAD : CKR_OK;
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size)
{
    struct state *s;
    struct session *session;
    struct bytes bytes = bytes_make(data, data_size);
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = operation_find(s, handle, &session);
    if (rv != CKR_OK)
        return state_leave(rv);
    rv = update_allowed(&session->operation, bytes);
    if (rv != CKR_OK) {
        operation_done(&session->operation);
        return state_leave(rv);
    }
    AUTO_VALUE(operation) o;
    operation_take(s, session, &o);
    (void)state_leave(CKR_OK);

    o.multipart = true;
    rv = operation_add(&o, bytes);
    return operation_return(handle, &o, rv == CKR_OK, rv);
}
