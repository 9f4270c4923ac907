#include "cli/issuer_key.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/limits.h"
#include "pki/jwt.h"
#include "pki/key.h"

#define PEM_FIRST "-----BEGIN PUBLIC KEY-----"
#define PEM_LAST "-----END PUBLIC KEY-----"

enum { P256_COORDINATE = 32 };

/* Judges the SPKI, and keeps it. */
static bool key_keep(struct issuer_key_found *ret, struct bytes spki, struct arena *a,
                     struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, spki, e))
        return false;
    enum key_kind kind = pubkey_kind(key);
    if (kind != KEY_P256 && kind != KEY_RSA)
        return err_set(e, ERR_INPUT, "an issuer's key is RSA or P-256");
    ret->algorithm = kind == KEY_RSA ? JWT_RS256 : JWT_ES256;
    ret->spki = arena_copy(a, spki);
    return ret->spki.data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a key");
}

/* --- PEM (RFC 7468 section 13) --- */

static bool is_blank(uint8_t c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

static bool starts_with(struct bytes text, const char *start)
{
    return text.size >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

static bool pem_read(struct issuer_key_found *ret, struct bytes text, struct arena *a,
                     struct err *e)
{
    AUTO_VALUE(buf) base64 = BUF(ISSUER_KEY_TEXT_MAX);
    struct bytes spki;
    size_t last = strlen(PEM_LAST);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    if (text.size < strlen(PEM_FIRST) + last ||
        memcmp(text.data + text.size - last, PEM_LAST, last) != 0)
        return err_set(e, ERR_INPUT, "the PEM text does not end with %s", PEM_LAST);
    for (size_t i = strlen(PEM_FIRST); i < text.size - last; i++)
        if (!is_blank(text.data[i]))
            buf_put_u8(&base64, text.data[i]);
    *ret = (struct issuer_key_found){.kid = BYTES_NONE};
    return buf_ok(&base64, "a PEM key", e) && base64_decode(&spki, buf_bytes(&base64), a, e) &&
           key_keep(ret, spki, a, e);
}

/* --- JWK --- */

static bool text_member(struct bytes *ret, const struct json *jwk, const char *name, struct err *e)
{
    const struct json *member = json_member(jwk, name);
    if (member == NULL || member->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "a JWK has no text \"%s\"", name);
    *ret = member->text;
    return true;
}

static bool number_member(struct bytes *ret, const struct json *jwk, const char *name,
                          struct arena *a, struct err *e)
{
    struct bytes text;
    return text_member(&text, jwk, name, e) &&
           (base64url_decode(ret, text, a, e) || err_wrap(e, "member \"%s\" of a JWK", name));
}

static bool ec_spki(struct buf *ret, const struct json *jwk, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) point = BUF(KEY_P256_POINT_SIZE);
    struct bytes curve = BYTES_NONE;
    struct bytes x;
    struct bytes y;
    if (!text_member(&curve, jwk, "crv", e) || !number_member(&x, jwk, "x", a, e) ||
        !number_member(&y, jwk, "y", a, e))
        return false;
    if (!bytes_is(curve, "P-256") || x.size != P256_COORDINATE || y.size != P256_COORDINATE)
        return err_set(e, ERR_INPUT, "an elliptic curve's JWK must be of P-256");
    buf_put_u8(&point, 4);
    buf_put(&point, x);
    buf_put(&point, y);
    spki_put_p256(ret, buf_bytes(&point));
    return buf_ok(&point, "a JWK", e);
}

static bool rsa_spki(struct buf *ret, const struct json *jwk, struct arena *a, struct err *e)
{
    struct bytes modulus;
    struct bytes exponent;
    if (!number_member(&modulus, jwk, "n", a, e) || !number_member(&exponent, jwk, "e", a, e))
        return false;
    if (modulus.size > LIMIT_SPKI || exponent.size > 8)
        return err_set(e, ERR_LIMIT, "the numbers of an RSA JWK are too large");
    spki_put_rsa(ret, modulus, exponent);
    return true;
}

static bool jwk_read(struct issuer_key_found *ret, const struct json *jwk, struct arena *a,
                     struct err *e)
{
    AUTO_VALUE(buf) spki = BUF(LIMIT_SPKI + 256);
    struct bytes type = BYTES_NONE;
    if (json_member(jwk, "d") != NULL) {
        (void)err_set(e, ERR_INPUT, "the JWK holds a private key");
        return err_hint(e, "policy wants the public half alone; change the key if others saw it");
    }
    if (!text_member(&type, jwk, "kty", e))
        return false;
    bool rsa = bytes_is(type, "RSA");
    if (!rsa && !bytes_is(type, "EC"))
        return err_set(e, ERR_INPUT, "a JWK of type \"%.*s\" is not for identity tokens",
                       BYTES_PRINT(type));
    if (!(rsa ? rsa_spki(&spki, jwk, a, e) : ec_spki(&spki, jwk, a, e)) ||
        !buf_ok(&spki, "a JWK", e) || !key_keep(ret, buf_bytes(&spki), a, e))
        return false;
    const struct json *kid = json_member(jwk, "kid");
    ret->kid = kid != NULL && kid->type == JSON_STRING ? kid->text : BYTES_NONE;
    return true;
}

static bool jwks_read(struct issuer_keys *ret, const struct json *list, struct arena *a,
                      struct err *e)
{
    if (list->type != JSON_ARRAY || list->count == 0 || list->count > ISSUER_KEYS_MAX)
        return err_set(e, ERR_LIMIT, "a set of JWKs has 1 to %d keys", ISSUER_KEYS_MAX);
    ret->count = 0;
    for (const struct json *jwk = list->first; jwk != NULL; jwk = jwk->next)
        if (!jwk_read(&ret->list[ret->count++], jwk, a, e))
            return err_wrap(e, "key %zu", ret->count);
    return true;
}

bool issuer_keys_read(struct issuer_keys *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct issuer_keys keys = {.count = 1};
    struct json *json;
    if (text.size > ISSUER_KEY_TEXT_MAX)
        return err_set(e, ERR_LIMIT, "more than %d bytes of keys", ISSUER_KEY_TEXT_MAX);
    while (text.size > 0 && is_blank(text.data[0]))
        text = bytes_make(text.data + 1, text.size - 1);
    if (starts_with(text, PEM_FIRST)) {
        if (!pem_read(&keys.list[0], text, a, e))
            return false;
        *ret = keys;
        return true;
    }
    if (!starts_with(text, "{")) {
        (void)err_set(e, ERR_INPUT, "this is neither a PEM public key nor a JWK");
        return err_hint(e, "openssl pkey -pubin -in KEY -outform PEM makes one");
    }
    struct bytes kept = arena_copy(a, text);
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for keys");
    if (!json_parse(&json, kept, a, e))
        return false;
    const struct json *set = json_member(json, "keys");
    if (set != NULL ? !jwks_read(&keys, set, a, e) : !jwk_read(&keys.list[0], json, a, e))
        return false;
    *ret = keys;
    return true;
}
