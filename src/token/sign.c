#include "token/sign.h"

#include "pki/digestinfo.h"
#include "pki/key.h"

/* What the token is told to do with what, and with which kind of key. */
struct sign_plan {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
    struct bytes input;
    uint8_t info[DIGESTINFO_MAX]; /* behind `input` where that is a DigestInfo */
};

static bool plan_digest(struct sign_plan *plan, enum mechanism mechanism, enum digest_alg alg,
                        struct bytes data, struct err *e)
{
    if (data.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "%s signs a digest of %zu bytes, not %zu",
                       mechanism_name(mechanism), digest_size(alg), data.size);
    plan->input = data;
    if (mechanism_key_kind(mechanism) == KEY_P256) {
        plan->mechanism = CKM_ECDSA;
        plan->type = CKK_EC;
        return true;
    }
    plan->mechanism = CKM_RSA_PKCS;
    plan->type = CKK_RSA;
    plan->input = bytes_make(plan->info, digestinfo_build(plan->info, alg, data.data));
    return true;
}

static bool plan_make(struct sign_plan *plan, enum mechanism mechanism, struct bytes data,
                      struct err *e)
{
    enum digest_alg alg;
    if (mechanism_digest(mechanism, &alg))
        return plan_digest(plan, mechanism, alg, data, e);
    plan->mechanism = CKM_EDDSA;
    plan->type = CKK_EC_EDWARDS;
    plan->input = data;
    return true;
}

static size_t signature_size(const struct handle_key *key)
{
    return key->type == CKK_RSA ? key->modulus_size : KEY_P256_SIGNATURE_SIZE;
}

static CK_RV sign_call(uint8_t *ret, CK_ULONG *ret_size, const struct handle *h,
                       CK_OBJECT_HANDLE key, const struct sign_plan *plan, const char **ret_call)
{
    CK_MECHANISM mechanism = {.mechanism = plan->mechanism};
    *ret_call = "C_SignInit";
    CK_RV rv = handle_calls(h)->C_SignInit(handle_session(h), &mechanism, key);
    if (rv != CKR_OK)
        return rv;
    *ret_call = "C_Sign";
    return handle_calls(h)->C_Sign(handle_session(h), module_input(plan->input),
                                   (CK_ULONG)plan->input.size, ret, ret_size);
}

static CK_RV sign_once(uint8_t *ret, CK_ULONG *ret_size, struct handle *h, struct bytes id,
                       const struct sign_plan *plan, struct handle_key *ret_key,
                       const char **ret_call)
{
    *ret_call = "C_FindObjects";
    CK_RV rv = handle_key(ret_key, h, id);
    if (rv != CKR_OK || ret_key->object == CK_INVALID_HANDLE || ret_key->type != plan->type)
        return rv;
    return sign_call(ret, ret_size, h, ret_key->object, plan, ret_call);
}

static bool result_check(struct handle *h, const struct handle_key *key,
                         const struct sign_plan *plan, CK_ULONG size, struct err *e)
{
    if (key->object == CK_INVALID_HANDLE)
        return err_set(e, ERR_NOT_FOUND, "the token has no private key with that id");
    if (key->type != plan->type)
        return err_set(e, ERR_INPUT, "the key is of another kind than the mechanism wants");
    if (size == signature_size(key))
        return true;
    handle_drop(h);
    return err_set(e, ERR_TOKEN, "C_Sign gave a signature of %lu bytes, not %zu",
                   (unsigned long)size, signature_size(key));
}

bool sign_data(struct buf *ret, struct handle *h, struct bytes id, enum mechanism mechanism,
               struct bytes data, struct err *e)
{
    struct sign_plan plan;
    if (!plan_make(&plan, mechanism, data, e))
        return false;
    uint8_t signature[KEY_SIGNATURE_MAX];
    CK_ULONG size = 0;
    struct handle_key key = {.object = CK_INVALID_HANDLE};
    for (unsigned i = 0;; i++) {
        if (!handle_ready(h, e))
            return false;
        const char *call = "";
        size = sizeof signature;
        CK_RV rv = sign_once(signature, &size, h, id, &plan, &key, &call);
        if (rv == CKR_OK)
            break;
        if (!handle_lost(h, rv) || i > 0)
            return module_error(e, call, rv);
    }
    if (!result_check(h, &key, &plan, size, e))
        return false;
    buf_put(ret, bytes_make(signature, size));
    return buf_ok(ret, "a signature", e);
}
