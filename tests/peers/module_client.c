/*
 * The smallest host: loads the module, finds the key of that label and signs the bytes of standard
 * input with CKM_ECDSA, writing the raw signature. For tests that need hundreds of processes.
 *
 *     module-client MODULE LABEL <digest >signature
 *
 * Ends with 0, or with a message and 1.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static int fail(const char *what, CK_RV rv)
{
    (void)fprintf(stderr, "%s: 0x%lx\n", what, rv);
    return 1;
}

static CK_RV key_find(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, char *label,
                      CK_OBJECT_HANDLE *ret)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_LABEL, label, strlen(label)},
    };
    CK_ULONG count = 0;
    CK_RV rv = p11->C_FindObjectsInit(session, template, 2);
    if (rv != CKR_OK)
        return rv;
    rv = p11->C_FindObjects(session, ret, 1, &count);
    if (rv == CKR_OK && count != 1)
        rv = CKR_KEY_HANDLE_INVALID;
    (void)p11->C_FindObjectsFinal(session);
    return rv;
}

static CK_RV sign(CK_FUNCTION_LIST *p11, char *label, unsigned char *signature, CK_ULONG *size)
{
    unsigned char digest[64];
    ssize_t n = read(STDIN_FILENO, digest, sizeof digest);
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_SLOT_ID slot;
    CK_ULONG slots = 1;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_RV rv = p11->C_GetSlotList(CK_TRUE, &slot, &slots);
    if (rv != CKR_OK || slots == 0 || n <= 0)
        return rv != CKR_OK ? rv : CKR_TOKEN_NOT_PRESENT;
    rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv == CKR_OK)
        rv = key_find(p11, session, label, &key);
    if (rv == CKR_OK)
        rv = p11->C_SignInit(session, &mechanism, key);
    if (rv == CKR_OK)
        rv = p11->C_Sign(session, digest, (CK_ULONG)n, signature, size);
    return rv;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fail("usage: module-client MODULE LABEL", 0);
    void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    CK_C_GetFunctionList list;
    void *symbol = dlsym(module, "C_GetFunctionList");
    CK_FUNCTION_LIST *p11;
    memcpy(&list, &symbol, sizeof list);
    if (list == NULL || list(&p11) != CKR_OK)
        return fail("C_GetFunctionList", 0);
    CK_RV rv = p11->C_Initialize(NULL);
    if (rv != CKR_OK)
        return fail("C_Initialize", rv);
    unsigned char signature[96];
    CK_ULONG size = sizeof signature;
    rv = sign(p11, argv[2], signature, &size);
    if (rv != CKR_OK)
        return fail("signing", rv);
    if (write(STDOUT_FILENO, signature, size) != (ssize_t)size)
        return fail("writing", 0);
    rv = p11->C_Finalize(NULL);
    return rv == CKR_OK && dlclose(module) == 0 ? 0 : fail("the end", rv);
}
