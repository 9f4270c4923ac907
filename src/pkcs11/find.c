/* Finding objects and reading their attributes: C_FindObjects* and C_GetAttributeValue. */
#include "pkcs11/state.h"

static bool template_sound(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (template == NULL)
        return count == 0;
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].pValue == NULL && template[i].ulValueLen != 0)
            return false;
    return true;
}

static CK_RV search_start(struct state *s, struct session *session, const CK_ATTRIBUTE *template,
                          CK_ULONG count)
{
    const struct token *token;
    if (!template_sound(template, count))
        return CKR_ARGUMENTS_BAD;
    if (session->search.active)
        return CKR_OPERATION_ACTIVE;
    CK_RV rv = state_token(s, &token);
    if (rv != CKR_OK)
        return rv;
    session->search = (struct search){.active = true};
    for (size_t i = 0; i < token->object_count; i++)
        if (object_matches(&token->objects[i], template, count))
            session->search.found[session->search.count++] = (uint16_t)(i + 1);
    return CKR_OK;
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    return state_leave(rv != CKR_OK ? rv : search_start(s, session, template, count));
}

static CK_RV search_next(struct search *search, CK_OBJECT_HANDLE *ret, CK_ULONG max,
                         CK_ULONG *ret_count)
{
    if (!search->active)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (ret_count == NULL || (ret == NULL && max > 0))
        return CKR_ARGUMENTS_BAD;
    CK_ULONG n = 0;
    while (n < max && search->next < search->count)
        ret[n++] = search->found[search->next++];
    *ret_count = n;
    return CKR_OK;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *ret, CK_ULONG max,
                    CK_ULONG *ret_count)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    return state_leave(rv != CKR_OK ? rv : search_next(&session->search, ret, max, ret_count));
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    if (rv == CKR_OK && !session->search.active)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    if (rv == CKR_OK)
        session->search.active = false;
    return state_leave(rv);
}

/* One row of the template, filled as PKCS#11 2.40 section 5.7 says for C_GetAttributeValue. */
static CK_RV attribute_fill(const struct object *o, CK_ATTRIBUTE *attribute)
{
    struct bytes value;
    CK_RV rv = object_attribute(o, attribute->type, &value);
    if (rv == CKR_OK && attribute->pValue != NULL && attribute->ulValueLen < value.size)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv != CKR_OK) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return rv;
    }
    if (attribute->pValue != NULL && value.size > 0)
        memcpy(attribute->pValue, value.data, value.size);
    attribute->ulValueLen = value.size;
    return CKR_OK;
}

static CK_RV attributes_fill(struct state *s, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                             CK_ULONG count)
{
    const struct token *token;
    CK_RV rv = state_token(s, &token);
    if (rv != CKR_OK)
        return rv;
    const struct object *o = token_object(token, object);
    if (o == NULL)
        return CKR_OBJECT_HANDLE_INVALID;
    if (template == NULL)
        return CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV one = attribute_fill(o, &template[i]);
        rv = one != CKR_OK ? one : rv;
    }
    return rv;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                          CK_ULONG count)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    return state_leave(rv != CKR_OK ? rv : attributes_fill(s, object, template, count));
}
