/*
 * The one slot, its token and the mechanisms. Without a helper the slot is there and empty, so that
 * a host that loads the module everywhere is not disturbed.
 */
#include "pkcs11/state.h"
#include "pkcs11/text.h"

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *ret, CK_ULONG *count)
{
    struct state *s;
    const struct token *token;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    if (count == NULL)
        return state_leave(CKR_ARGUMENTS_BAD);
    CK_ULONG room = *count;
    *count = present && state_token(s, &token) != CKR_OK ? 0 : 1;
    if (ret == NULL || *count == 0)
        return state_leave(CKR_OK);
    if (room == 0)
        return state_leave(CKR_BUFFER_TOO_SMALL);
    ret[0] = SLOT_ID;
    return state_leave(CKR_OK);
}

/* What every question about the slot starts with. */
static CK_RV slot_enter(CK_SLOT_ID slot, const void *ret, struct state **ret_state)
{
    CK_RV rv = state_enter(ret_state);
    if (rv != CKR_OK)
        return rv;
    if (slot != SLOT_ID)
        return state_leave(CKR_SLOT_ID_INVALID);
    return ret != NULL ? CKR_OK : state_leave(CKR_ARGUMENTS_BAD);
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *ret)
{
    struct state *s;
    const struct token *token;
    CK_RV rv = slot_enter(slot, ret, &s);
    if (rv != CKR_OK)
        return rv;
    memset(ret, 0, sizeof *ret);
    text_pad(ret->slotDescription, sizeof ret->slotDescription, "Sealward helper");
    text_pad(ret->manufacturerID, sizeof ret->manufacturerID, TEXT_MANUFACTURER);
    ret->flags = state_token(s, &token) == CKR_OK ? CKF_TOKEN_PRESENT : 0;
    return state_leave(CKR_OK);
}

static void token_info(CK_TOKEN_INFO *ret, const struct state *s, const struct token *token)
{
    *ret = (CK_TOKEN_INFO){
        .flags = CKF_TOKEN_INITIALIZED | CKF_RNG | CKF_WRITE_PROTECTED,
        .ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulSessionCount = s->sessions.count,
        .ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
        .ulRwSessionCount = s->sessions.rw_count,
        .ulMaxPinLen = 255,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
    };
    memcpy(ret->label, token->name.label, sizeof ret->label);
    memcpy(ret->serialNumber, token->name.serial, sizeof ret->serialNumber);
    text_pad(ret->manufacturerID, sizeof ret->manufacturerID, TEXT_MANUFACTURER);
    text_pad(ret->model, sizeof ret->model, "Sealward");
    memset(ret->utcTime, ' ', sizeof ret->utcTime);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *ret)
{
    struct state *s;
    const struct token *token;
    CK_RV rv = slot_enter(slot, ret, &s);
    if (rv != CKR_OK)
        return rv;
    rv = state_token(s, &token);
    if (rv == CKR_OK)
        token_info(ret, s, token);
    return state_leave(rv);
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *ret, CK_ULONG *count)
{
    struct state *s;
    CK_RV rv = slot_enter(slot, count, &s);
    if (rv != CKR_OK)
        return rv;
    struct bytes types = mechanism_types_all();
    CK_ULONG room = *count;
    *count = types.size / sizeof(CK_MECHANISM_TYPE);
    if (ret == NULL)
        return state_leave(CKR_OK);
    if (room < *count)
        return state_leave(CKR_BUFFER_TOO_SMALL);
    memcpy(ret, types.data, types.size);
    return state_leave(CKR_OK);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret)
{
    struct state *s;
    CK_RV rv = slot_enter(slot, ret, &s);
    if (rv != CKR_OK)
        return rv;
    const struct mechanism *m = mechanism_find(type);
    if (m == NULL)
        return state_leave(CKR_MECHANISM_INVALID);
    *ret = mechanism_info(m);
    return state_leave(CKR_OK);
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *ret, void *reserved)
{
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    if (ret == NULL || reserved != NULL)
        return state_leave(CKR_ARGUMENTS_BAD);
    return state_leave((flags & CKF_DONT_BLOCK) != 0 ? CKR_NO_EVENT : CKR_FUNCTION_NOT_SUPPORTED);
}
