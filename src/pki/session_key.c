#include "pki/session_key.h"

#include <stdlib.h>

#include "pki/auto.h"
#include "pki/ctx.h"
#include "pki/ecdsa.h"

#define PKCS8_MAX 1024

struct session_key {
    EVP_PKEY *evp;
    struct buf spki;
};

void session_key_free(struct session_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->evp);
    buf_done(&key->spki);
    free(key);
}

struct bytes session_key_spki(const struct session_key *key)
{
    return buf_bytes(&key->spki);
}

/* Takes over *evp, which must be a P-256 key pair. */
static bool session_key_wrap(struct session_key **ret, EVP_PKEY **evp, struct err *e)
{
    uint8_t point[KEY_P256_POINT_SIZE];
    size_t size = 0;
    AUTO(session_key) key = calloc(1, sizeof *key);
    if (key == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a session key");
    key->spki = BUF(KEY_SPKI_MAX);
    if (EVP_PKEY_get_octet_string_param(*evp, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                                        &size) != 1 ||
        size != sizeof point)
        return ctx_error(e, "a session key has no public half");
    spki_put_p256(&key->spki, BYTES_OF(point));
    if (!buf_ok(&key->spki, "a session key", e))
        return false;
    key->evp = TAKE(*evp);
    *ret = TAKE(key);
    return true;
}

bool session_key_generate(struct session_key **ret, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    AUTO(evp_pkey_st) evp = EVP_PKEY_Q_keygen(library, NULL, "EC", "P-256");
    if (evp == NULL)
        return ctx_error(e, "a session key cannot be made");
    return session_key_wrap(ret, &evp, e);
}

static bool sign_der(const struct session_key *key, struct bytes digest, struct buf *ret,
                     struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    AUTO(evp_pkey_ctx_st) ctx = EVP_PKEY_CTX_new_from_pkey(library, key->evp, NULL);
    size_t size = (size_t)EVP_PKEY_get_size(key->evp);
    uint8_t *place = buf_grow(ret, size);
    if (place == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a signature");
    if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
        EVP_PKEY_sign(ctx, place, &size, digest.data, digest.size) != 1)
        return ctx_error(e, "the session key cannot sign");
    ret->size = size;
    return true;
}

bool session_key_sign(const struct session_key *key, uint8_t ret[KEY_P256_SIGNATURE_SIZE],
                      struct bytes message, struct err *e)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    AUTO_VALUE(buf) der = BUF(KEY_SIGNATURE_MAX);
    digest_sha256(digest, message);
    return sign_der(key, BYTES_OF(digest), &der, e) &&
           ecdsa_from_der(ret, KEY_P256_SIGNATURE_SIZE / 2, buf_bytes(&der), e);
}

bool session_key_export(const struct session_key *key, struct buf *ret, struct err *e)
{
    AUTO(pkcs8_priv_key_info_st) info = EVP_PKEY2PKCS8(key->evp);
    int size = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (size <= 0)
        return ctx_error(e, "the session key cannot be written");
    uint8_t *place = buf_grow(ret, (size_t)size);
    if (place == NULL || i2d_PKCS8_PRIV_KEY_INFO(info, &place) != size)
        return err_set(e, ERR_MEMORY, "no memory for a session key");
    return true;
}

static bool is_p256(const EVP_PKEY *evp)
{
    char group[32];
    size_t size = 0;
    return EVP_PKEY_is_a(evp, "EC") == 1 &&
           EVP_PKEY_get_group_name(evp, group, sizeof group, &size) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

/* The halves of a pair that was kept in a file might not belong together. */
static bool pair_check(EVP_PKEY *evp, OSSL_LIB_CTX *library, struct err *e)
{
    AUTO(evp_pkey_ctx_st) ctx = EVP_PKEY_CTX_new_from_pkey(library, evp, NULL);
    if (ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1)
        return true;
    ERR_clear_error();
    return err_set(e, ERR_INPUT, "the private and the public half of the key do not fit");
}

bool session_key_import(struct session_key **ret, struct bytes pkcs8, struct err *e)
{
    OSSL_LIB_CTX *library;
    if (!ctx_get(&library, e))
        return false;
    const uint8_t *at = pkcs8.data;
    if (pkcs8.size > PKCS8_MAX)
        return err_set(e, ERR_LIMIT, "a private key of %zu bytes is too large", pkcs8.size);
    AUTO(pkcs8_priv_key_info_st) info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8.size);
    bool whole = info != NULL && at == pkcs8.data + pkcs8.size;
    AUTO(evp_pkey_st) evp = whole ? EVP_PKCS82PKEY_ex(info, library, NULL) : NULL;
    if (evp == NULL || !is_p256(evp)) {
        ERR_clear_error();
        return err_set(e, ERR_INPUT, "the bytes are no P-256 private key in PKCS #8");
    }
    return pair_check(evp, library, e) && session_key_wrap(ret, &evp, e);
}
