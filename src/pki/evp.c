#include "pki/evp.h"

#include "pki/ctx.h"
#include "pki/digestinfo.h"
#include "pki/ed25519.h"

static const struct {
    const char *group;
    size_t size;
} curves[] = {
    [EVP_CURVE_P256] = {"P-256", 32},
    [EVP_CURVE_P384] = {"P-384", 48},
    [EVP_CURVE_P521] = {"P-521", 66},
};

size_t evp_curve_size(enum evp_curve curve)
{
    return curves[curve].size;
}

static bool key_make(EVP_PKEY **ret, const char *type, OSSL_PARAM *params, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    AUTO(evp_pkey_ctx_st) ctx = EVP_PKEY_CTX_new_from_name(library, type, NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
        return ctx_error(e, "%s keys are not available", type);
    EVP_PKEY *key = NULL;
    if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        ERR_clear_error();
        return err_set(e, ERR_INPUT, "the numbers given are no %s public key", type);
    }
    *ret = key;
    return true;
}

bool evp_key_ec(EVP_PKEY **ret, enum evp_curve curve, struct bytes point, struct err *e)
{
    AUTO(ossl_param_bld_st) build = OSSL_PARAM_BLD_new();
    if (build == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curves[curve].group,
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.size) !=
            1)
        return ctx_error(e, "an EC key cannot be built");
    AUTO(ossl_param_st) params = OSSL_PARAM_BLD_to_param(build);
    if (params == NULL)
        return ctx_error(e, "an EC key cannot be built");
    return key_make(ret, "EC", params, e);
}

bool evp_key_rsa(EVP_PKEY **ret, struct bytes modulus, struct bytes exponent, struct err *e)
{
    AUTO(ossl_param_bld_st) build = OSSL_PARAM_BLD_new();
    AUTO(bignum_st) n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
    AUTO(bignum_st) x = BN_bin2bn(exponent.data, (int)exponent.size, NULL);
    if (build == NULL || n == NULL || x == NULL ||
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, x) != 1)
        return ctx_error(e, "an RSA key cannot be built");
    AUTO(ossl_param_st) params = OSSL_PARAM_BLD_to_param(build);
    if (params == NULL)
        return ctx_error(e, "an RSA key cannot be built");
    return key_make(ret, "RSA", params, e);
}

bool evp_key_ed25519(EVP_PKEY **ret, struct bytes raw, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    if (!ed25519_is_sound(raw))
        return err_set(e, ERR_INPUT, "the bytes given are no sound Ed25519 public key");
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(library, "ED25519", NULL, raw.data, raw.size);
    if (key == NULL)
        return ctx_error(e, "an Ed25519 key cannot be built");
    *ret = key;
    return true;
}

static bool verdict(int result, struct err *e)
{
    if (result == 1)
        return true;
    ERR_clear_error();
    return err_set(e, ERR_AUTH, "the signature does not hold");
}

static bool verify_start(EVP_PKEY_CTX **ret, EVP_PKEY *key, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    AUTO(evp_pkey_ctx_st) ctx = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);
    if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1)
        return ctx_error(e, "a verification cannot be started");
    *ret = TAKE(ctx);
    return true;
}

bool evp_verify_ecdsa(EVP_PKEY *key, struct bytes digest, struct bytes der, struct err *e)
{
    AUTO(evp_pkey_ctx_st) ctx = NULL;
    if (!verify_start(&ctx, key, e))
        return false;
    return verdict(EVP_PKEY_verify(ctx, der.data, der.size, digest.data, digest.size), e);
}

/* No hash is set on the context: libcrypto then undoes the padding and compares what is in it with
 * the bytes given, so that no second encoding of the DigestInfo can pass. */
bool evp_verify_rsa(EVP_PKEY *key, enum digest_alg alg, const uint8_t *digest,
                    struct bytes signature, struct err *e)
{
    uint8_t info[DIGESTINFO_MAX];
    size_t size = digestinfo_build(info, alg, digest);
    AUTO(evp_pkey_ctx_st) ctx = NULL;
    if (!verify_start(&ctx, key, e))
        return false;
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
        return ctx_error(e, "a verification cannot be started");
    if (signature.size != (size_t)EVP_PKEY_get_size(key))
        return err_set(e, ERR_AUTH, "the signature is not as long as the RSA modulus");
    return verdict(EVP_PKEY_verify(ctx, signature.data, signature.size, info, size), e);
}

bool evp_verify_ed25519(EVP_PKEY *key, struct bytes message, struct bytes signature, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    AUTO(evp_md_ctx_st) ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, NULL, NULL, library, NULL, key, NULL) != 1)
        return ctx_error(e, "a verification cannot be started");
    return verdict(
        EVP_DigestVerify(ctx, signature.data, signature.size, message.data, message.size), e);
}
