/*
 * The functions of PKCS#11 that src/token calls, over one token (README.md).
 */
#include "mock/control.h"
#include "mock/store.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOT 7
#define SESSION 41
#define SIGNATURE_MAX 1024

struct state {
    bool initialized;
    bool session;
    bool login;
    bool searching;
    CK_OBJECT_HANDLE found[STORE_MAX];
    size_t found_count;
    size_t found_given;
    bool signing;
    CK_OBJECT_HANDLE key;
    CK_MECHANISM_TYPE mechanism;
};

static struct state state;

#define OBEY(function)                                                                             \
    do {                                                                                           \
        CK_RV rv_ = CKR_OK;                                                                        \
        if (control_obey(&rv_, (function), NULL, NULL))                                            \
            return rv_;                                                                            \
    } while (0)

/* A token that has gone takes its sessions along, and does not give them back. */
static CK_RV session_check(CK_SESSION_HANDLE session)
{
    if (!state.initialized)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (control_has("away")) {
        bool had = state.session;
        state.session = state.login = false;
        return had ? CKR_DEVICE_REMOVED : CKR_SESSION_HANDLE_INVALID;
    }
    return state.session && session == SESSION ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV login_check(CK_SESSION_HANDLE session)
{
    CK_RV rv = session_check(session);
    return rv != CKR_OK || state.login ? rv : CKR_USER_NOT_LOGGED_IN;
}

/* --- module, slot, session --- */

static CK_RV mock_initialize(CK_VOID_PTR args)
{
    (void)args;
    OBEY("C_Initialize");
    if (state.initialized)
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    state = (struct state){.initialized = true};
    return CKR_OK;
}

static CK_RV mock_finalize(CK_VOID_PTR reserved)
{
    (void)reserved;
    OBEY("C_Finalize");
    state = (struct state){.initialized = false};
    return CKR_OK;
}

static CK_RV mock_get_slot_list(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count)
{
    OBEY("C_GetSlotList");
    if (!state.initialized)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    CK_ULONG there = present && control_has("away") ? 0 : 1;
    if (list != NULL && *count < there)
        return CKR_BUFFER_TOO_SMALL;
    if (list != NULL && there == 1)
        list[0] = SLOT;
    *count = there;
    return CKR_OK;
}

static CK_RV mock_get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    static const char label[] = "mock";
    OBEY("C_GetTokenInfo");
    if (slot != SLOT)
        return CKR_SLOT_ID_INVALID;
    if (control_has("away"))
        return CKR_TOKEN_NOT_PRESENT;
    *info = (CK_TOKEN_INFO){.flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED};
    memset(info->label, ' ', sizeof info->label);
    memcpy(info->label, label, sizeof label - 1);
    return CKR_OK;
}

static CK_RV mock_open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                               CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session)
{
    (void)application;
    (void)notify;
    OBEY("C_OpenSession");
    if (slot != SLOT || (flags & CKF_SERIAL_SESSION) == 0)
        return CKR_ARGUMENTS_BAD;
    if (control_has("away"))
        return CKR_TOKEN_NOT_PRESENT;
    state.session = true;
    *session = SESSION;
    return CKR_OK;
}

static CK_RV mock_close_session(CK_SESSION_HANDLE session)
{
    OBEY("C_CloseSession");
    CK_RV rv = session_check(session);
    state.session = state.login = false;
    return rv;
}

static CK_RV mock_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                        CK_ULONG size)
{
    char path[CONTROL_PATH_MAX];
    char want[64] = "";
    OBEY("C_Login");
    CK_RV rv = session_check(session);
    if (rv != CKR_OK || user != CKU_USER)
        return rv != CKR_OK ? rv : CKR_USER_TYPE_INVALID;
    FILE *file = fopen(control_path(path, "pin"), "re");
    if (file != NULL) {
        size_t n = fread(want, 1, sizeof want - 1, file);
        (void)fclose(file);
        if (n != size || memcmp(want, pin, n) != 0)
            return CKR_PIN_INCORRECT;
    }
    state.login = true;
    return CKR_OK;
}

static CK_RV mock_logout(CK_SESSION_HANDLE session)
{
    OBEY("C_Logout");
    state.login = false;
    return session_check(session);
}

/* --- objects --- */

static bool object_fits(const struct object *o, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        AUTO_VALUE(buf) value = BUF(4096);
        if (!object_attribute(&value, o, template[i].type) ||
            !bytes_equal(buf_bytes(&value), bytes_make(template[i].pValue, template[i].ulValueLen)))
            return false;
    }
    return true;
}

static CK_RV mock_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    OBEY("C_FindObjectsInit");
    CK_RV rv = login_check(session);
    if (rv != CKR_OK)
        return rv;
    if (state.searching)
        return CKR_OPERATION_ACTIVE;
    state.searching = true;
    state.found_count = state.found_given = 0;
    for (CK_OBJECT_HANDLE handle = 1; handle < STORE_MAX; handle++) {
        AUTO_VALUE(object) o = {.private = false};
        if (store_load(&o, handle) && object_fits(&o, template, count))
            state.found[state.found_count++] = handle;
    }
    return CKR_OK;
}

static CK_RV mock_find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG max,
                       CK_ULONG_PTR count)
{
    OBEY("C_FindObjects");
    CK_RV rv = login_check(session);
    if (rv != CKR_OK || !state.searching)
        return rv != CKR_OK ? rv : CKR_OPERATION_NOT_INITIALIZED;
    CK_ULONG n = 0;
    while (n < max && state.found_given < state.found_count)
        objects[n++] = state.found[state.found_given++];
    *count = n;
    return CKR_OK;
}

static CK_RV mock_find_final(CK_SESSION_HANDLE session)
{
    OBEY("C_FindObjectsFinal");
    state.searching = false;
    return login_check(session);
}

static CK_RV attribute_give(CK_ATTRIBUTE *attribute, const struct object *o)
{
    AUTO_VALUE(buf) value = BUF(4096);
    if (!object_attribute(&value, o, attribute->type)) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    bool fits = attribute->pValue != NULL && attribute->ulValueLen >= value.size;
    if (fits && value.size > 0)
        memcpy(attribute->pValue, value.data, value.size);
    bool short_room = attribute->pValue != NULL && !fits;
    attribute->ulValueLen = value.size;
    return short_room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_RV mock_get_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    OBEY("C_GetAttributeValue");
    CK_RV rv = login_check(session);
    AUTO_VALUE(object) o = {.private = false};
    if (rv != CKR_OK)
        return rv;
    if (!store_load(&o, object))
        return CKR_OBJECT_HANDLE_INVALID;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV one = attribute_give(&template[i], &o);
        rv = one != CKR_OK ? one : rv;
    }
    return rv;
}

static CK_RV mock_set_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    OBEY("C_SetAttributeValue");
    CK_RV rv = login_check(session);
    AUTO_VALUE(object) o = {.private = false};
    if (rv != CKR_OK)
        return rv;
    if (!store_load(&o, object))
        return CKR_OBJECT_HANDLE_INVALID;
    if (count != 1 || template[0].type != CKA_ID)
        return CKR_ATTRIBUTE_READ_ONLY;
    buf_reset(&o.id);
    buf_put(&o.id, bytes_make(template[0].pValue, template[0].ulValueLen));
    return store_save(&o, object) ? CKR_OK : CKR_DEVICE_ERROR;
}

static CK_RV mock_destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    OBEY("C_DestroyObject");
    CK_RV rv = login_check(session);
    if (rv != CKR_OK)
        return rv;
    return store_remove(object) ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

/* --- making keys --- */

static void put_template(struct buf *ret, const CK_ATTRIBUTE *template, CK_ULONG count,
                         CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++)
        if (template[i].type == type)
            buf_put(ret, bytes_make(template[i].pValue, template[i].ulValueLen));
}

static EVP_PKEY *key_make(CK_MECHANISM_TYPE mechanism)
{
    return mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN
               ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072)
           : mechanism == CKM_EC_KEY_PAIR_GEN ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                              : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static CK_OBJECT_HANDLE half_save(EVP_PKEY *key, bool private, const CK_ATTRIBUTE *template,
                                  CK_ULONG count)
{
    AUTO_VALUE(object) o = {.private = private, .extractable = control_has("extractable")};
    o.label = BUF(256);
    o.id = BUF(256);
    o.key = BUF(4096);
    put_template(&o.label, template, count, CKA_LABEL);
    unsigned char *der = NULL;
    int size = private ? i2d_PrivateKey(key, &der) : i2d_PUBKEY(key, &der);
    buf_put(&o.key, bytes_make(der, size > 0 ? (size_t)size : 0));
    OPENSSL_free(der);
    CK_OBJECT_HANDLE handle = store_next();
    return handle != CK_INVALID_HANDLE && store_save(&o, handle) ? handle : CK_INVALID_HANDLE;
}

/* With `after` it dies between the two halves, as a process would that is killed there. */
static CK_RV mock_generate(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                           CK_ATTRIBUTE_PTR for_public, CK_ULONG public_count,
                           CK_ATTRIBUTE_PTR for_private, CK_ULONG private_count,
                           CK_OBJECT_HANDLE_PTR public, CK_OBJECT_HANDLE_PTR private)
{
    CK_RV rv = CKR_OK;
    bool after = false;
    if (control_obey(&rv, "C_GenerateKeyPair", NULL, &after))
        return rv;
    rv = login_check(session);
    if (rv != CKR_OK)
        return rv;
    EVP_PKEY *key = key_make(mechanism->mechanism);
    *public = half_save(key, false, for_public, public_count);
    if (after)
        abort();
    *private = half_save(key, true, for_private, private_count);
    EVP_PKEY_free(key);
    return *public != CK_INVALID_HANDLE && *private != CK_INVALID_HANDLE ? CKR_OK
                                                                         : CKR_DEVICE_MEMORY;
}

/* --- signing --- */

static CK_RV mock_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                            CK_OBJECT_HANDLE key)
{
    OBEY("C_SignInit");
    CK_RV rv = login_check(session);
    AUTO_VALUE(object) o = {.private = false};
    if (rv != CKR_OK)
        return rv;
    if (state.signing)
        return CKR_OPERATION_ACTIVE;
    if (!store_load(&o, key) || !o.private)
        return CKR_KEY_HANDLE_INVALID;
    state.signing = true;
    state.key = key;
    state.mechanism = mechanism->mechanism;
    return CKR_OK;
}

/* DER to r || s. */
static size_t signature_flatten(uint8_t *ret, const uint8_t *der, size_t size)
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
    if (pair == NULL)
        return 0;
    int ok = BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, 32) == 32 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    return ok ? 64 : 0;
}

static size_t sign_ed25519(uint8_t *ret, EVP_PKEY *key, struct bytes data)
{
    size_t size = SIGNATURE_MAX;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
              EVP_DigestSign(ctx, ret, &size, data.data, data.size) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? size : 0;
}

static size_t sign_plain(uint8_t *ret, EVP_PKEY *key, struct bytes data)
{
    size_t size = SIGNATURE_MAX;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok =
        EVP_PKEY_sign_init(ctx) == 1 &&
        (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
        EVP_PKEY_sign(ctx, ret, &size, data.data, data.size) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok ? size : 0;
}

static size_t sign_bytes(uint8_t ret[SIGNATURE_MAX], struct bytes data)
{
    AUTO_VALUE(object) o = {.private = false};
    if (!store_load(&o, state.key))
        return 0;
    uint8_t der[SIGNATURE_MAX];
    size_t size = 0;
    EVP_PKEY *key = object_key(&o);
    if (state.mechanism == CKM_EDDSA)
        size = sign_ed25519(ret, key, data);
    else if (state.mechanism == CKM_RSA_PKCS)
        size = sign_plain(ret, key, data);
    else if (state.mechanism == CKM_ECDSA)
        size = signature_flatten(ret, der, sign_plain(der, key, data));
    EVP_PKEY_free(key);
    return size;
}

static CK_RV mock_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size,
                       CK_BYTE_PTR signature, CK_ULONG_PTR signature_size)
{
    CK_RV rv = CKR_OK;
    size_t length = 0;
    bool after = false;
    bool signing = state.signing;
    state.signing = false;
    if (control_obey(&rv, "C_Sign", &length, &after))
        return rv;
    rv = login_check(session);
    if (rv != CKR_OK || !signing)
        return rv != CKR_OK ? rv : CKR_OPERATION_NOT_INITIALIZED;
    uint8_t made[SIGNATURE_MAX] = {0};
    size_t made_size = sign_bytes(made, bytes_make(data, size));
    if (after)
        abort();
    if (made_size == 0)
        return CKR_FUNCTION_FAILED;
    made_size = length > 0 ? length : made_size;
    if (*signature_size < made_size)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(signature, made, made_size);
    *signature_size = made_size;
    return CKR_OK;
}

/* --- the table --- */

static CK_RV mock_get_function_list(CK_FUNCTION_LIST_PTR_PTR list);

static CK_FUNCTION_LIST functions = {
    .version = {2, 40},
    .C_Initialize = mock_initialize,
    .C_Finalize = mock_finalize,
    .C_GetFunctionList = mock_get_function_list,
    .C_GetSlotList = mock_get_slot_list,
    .C_GetTokenInfo = mock_get_token_info,
    .C_OpenSession = mock_open_session,
    .C_CloseSession = mock_close_session,
    .C_Login = mock_login,
    .C_Logout = mock_logout,
    .C_FindObjectsInit = mock_find_init,
    .C_FindObjects = mock_find,
    .C_FindObjectsFinal = mock_find_final,
    .C_GetAttributeValue = mock_get_attribute,
    .C_SetAttributeValue = mock_set_attribute,
    .C_DestroyObject = mock_destroy,
    .C_GenerateKeyPair = mock_generate,
    .C_SignInit = mock_sign_init,
    .C_Sign = mock_sign,
};

static CK_RV mock_get_function_list(CK_FUNCTION_LIST_PTR_PTR list)
{
    *list = &functions;
    return CKR_OK;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    return mock_get_function_list(list);
}
