/*
 * The module's face: the list of all functions, and those that begin and end its use. Loaded into
 * foreign processes, so: libc alone, no output, no signals, no threads, nothing at exit.
 */
#include "pkcs11/state.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <sys/random.h>

CK_RV C_Initialize(void *args)
{
    return state_start(args);
}

CK_RV C_Finalize(void *reserved)
{
    return reserved != NULL ? CKR_ARGUMENTS_BAD : state_stop();
}

CK_RV C_GetInfo(CK_INFO *ret)
{
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    if (ret == NULL)
        return state_leave(CKR_ARGUMENTS_BAD);
    memset(ret, 0, sizeof *ret);
    ret->cryptokiVersion = (CK_VERSION){CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR};
    text_pad(ret->manufacturerID, sizeof ret->manufacturerID, TEXT_MANUFACTURER);
    text_pad(ret->libraryDescription, sizeof ret->libraryDescription, "Sealward signing module");
    return state_leave(CKR_OK);
}

static CK_RV random_fill(unsigned char *ret, CK_ULONG size)
{
    while (size > 0) {
        ssize_t n = getrandom(ret, size, 0);
        if (n < 0 && errno != EINTR)
            return CKR_FUNCTION_FAILED;
        if (n > 0) {
            ret += n;
            size -= (CK_ULONG)n;
        }
    }
    return CKR_OK;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *ret, CK_ULONG size)
{
    struct state *s;
    struct session *session;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    rv = state_session(s, handle, &session);
    if (rv == CKR_OK && ret == NULL)
        rv = CKR_ARGUMENTS_BAD;
    return state_leave(rv != CKR_OK ? rv : random_fill(ret, size));
}

static CK_FUNCTION_LIST functions = {
    .version = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
    .C_Initialize = C_Initialize,
    .C_Finalize = C_Finalize,
    .C_GetInfo = C_GetInfo,
    .C_GetFunctionList = C_GetFunctionList,
    .C_GetSlotList = C_GetSlotList,
    .C_GetSlotInfo = C_GetSlotInfo,
    .C_GetTokenInfo = C_GetTokenInfo,
    .C_WaitForSlotEvent = C_WaitForSlotEvent,
    .C_GetMechanismList = C_GetMechanismList,
    .C_GetMechanismInfo = C_GetMechanismInfo,
    .C_InitToken = C_InitToken,
    .C_InitPIN = C_InitPIN,
    .C_SetPIN = C_SetPIN,
    .C_OpenSession = C_OpenSession,
    .C_CloseSession = C_CloseSession,
    .C_CloseAllSessions = C_CloseAllSessions,
    .C_GetSessionInfo = C_GetSessionInfo,
    .C_GetOperationState = C_GetOperationState,
    .C_SetOperationState = C_SetOperationState,
    .C_Login = C_Login,
    .C_Logout = C_Logout,
    .C_CreateObject = C_CreateObject,
    .C_CopyObject = C_CopyObject,
    .C_DestroyObject = C_DestroyObject,
    .C_GetObjectSize = C_GetObjectSize,
    .C_GetAttributeValue = C_GetAttributeValue,
    .C_SetAttributeValue = C_SetAttributeValue,
    .C_FindObjectsInit = C_FindObjectsInit,
    .C_FindObjects = C_FindObjects,
    .C_FindObjectsFinal = C_FindObjectsFinal,
    .C_EncryptInit = C_EncryptInit,
    .C_Encrypt = C_Encrypt,
    .C_EncryptUpdate = C_EncryptUpdate,
    .C_EncryptFinal = C_EncryptFinal,
    .C_DecryptInit = C_DecryptInit,
    .C_Decrypt = C_Decrypt,
    .C_DecryptUpdate = C_DecryptUpdate,
    .C_DecryptFinal = C_DecryptFinal,
    .C_DigestInit = C_DigestInit,
    .C_Digest = C_Digest,
    .C_DigestUpdate = C_DigestUpdate,
    .C_DigestKey = C_DigestKey,
    .C_DigestFinal = C_DigestFinal,
    .C_SignInit = C_SignInit,
    .C_Sign = C_Sign,
    .C_SignUpdate = C_SignUpdate,
    .C_SignFinal = C_SignFinal,
    .C_SignRecoverInit = C_SignRecoverInit,
    .C_SignRecover = C_SignRecover,
    .C_VerifyInit = C_VerifyInit,
    .C_Verify = C_Verify,
    .C_VerifyUpdate = C_VerifyUpdate,
    .C_VerifyFinal = C_VerifyFinal,
    .C_VerifyRecoverInit = C_VerifyRecoverInit,
    .C_VerifyRecover = C_VerifyRecover,
    .C_DigestEncryptUpdate = C_DigestEncryptUpdate,
    .C_DecryptDigestUpdate = C_DecryptDigestUpdate,
    .C_SignEncryptUpdate = C_SignEncryptUpdate,
    .C_DecryptVerifyUpdate = C_DecryptVerifyUpdate,
    .C_GenerateKey = C_GenerateKey,
    .C_GenerateKeyPair = C_GenerateKeyPair,
    .C_WrapKey = C_WrapKey,
    .C_UnwrapKey = C_UnwrapKey,
    .C_DeriveKey = C_DeriveKey,
    .C_SeedRandom = C_SeedRandom,
    .C_GenerateRandom = C_GenerateRandom,
    .C_GetFunctionStatus = C_GetFunctionStatus,
    .C_CancelFunction = C_CancelFunction,
};

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
    if (ret == NULL)
        return CKR_ARGUMENTS_BAD;
    *ret = &functions;
    return CKR_OK;
}
