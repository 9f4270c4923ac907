#include "pki/jwt.h"

#include "base/base64.h"
#include "base/limits.h"

const char *const jwt_alg_names[] = {"RS256", "ES256", NULL};

/* Header members that a token could use to bring its own key, or to change what is signed. */
static const char *const refused[] = {"crit", "jwk", "jku", "x5c", "x5u", "b64", NULL};

/* Up to the next dot, which is taken along; *ret_more says that there was one. */
static struct bytes part_take(struct bytes *rest, bool *ret_more)
{
    size_t size = 0;
    while (size < rest->size && rest->data[size] != '.')
        size++;
    *ret_more = size < rest->size;
    struct bytes part = bytes_make(rest->data, size);
    size_t taken = size + (*ret_more ? 1 : 0);
    *rest = bytes_make(rest->data + taken, rest->size - taken);
    return part;
}

static bool object_parse(const struct json **ret, struct bytes encoded, const char *what,
                         struct arena *a, struct err *e)
{
    struct bytes text;
    struct json *json;
    if (!base64url_decode(&text, encoded, a, e) || !json_parse(&json, text, a, e))
        return err_wrap(e, "%s of the identity token", what);
    if (json->type != JSON_OBJECT)
        return err_set(e, ERR_INPUT, "the %s of the identity token is no JSON object", what);
    *ret = json;
    return true;
}

static bool alg_read(enum jwt_alg *ret, const struct json *header, struct err *e)
{
    const struct json *alg = json_member(header, "alg");
    if (alg == NULL || alg->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "the identity token's header has no text \"alg\"");
    for (int i = 0; jwt_alg_names[i] != NULL; i++) {
        if (!bytes_is(alg->text, jwt_alg_names[i]))
            continue;
        *ret = (enum jwt_alg)i;
        return true;
    }
    err_set(e, ERR_AUTH, "an identity token with the algorithm \"%.*s\" is not accepted",
            BYTES_PRINT(alg->text));
    return err_hint(e, "the issuer must sign with RS256 or ES256");
}

/* An optional text; data NULL if absent. */
static bool text_read(struct bytes *ret, const struct json *header, const char *name, struct err *e)
{
    const struct json *member = json_member(header, name);
    if (member != NULL && member->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "\"%s\" in the identity token's header is no text", name);
    *ret = member != NULL ? member->text : BYTES_NONE;
    return true;
}

static bool header_read(struct jwt *ret, const struct json *header, struct err *e)
{
    struct bytes typ = BYTES_NONE;
    for (int i = 0; refused[i] != NULL; i++)
        if (json_member(header, refused[i]) != NULL)
            return err_set(e, ERR_AUTH, "an identity token whose header has \"%s\" is not accepted",
                           refused[i]);
    if (!alg_read(&ret->alg, header, e) || !text_read(&ret->kid, header, "kid", e) ||
        !text_read(&typ, header, "typ", e))
        return false;
    if (typ.data != NULL && !bytes_is(typ, "JWT"))
        return err_set(e, ERR_AUTH, "an identity token of the type \"%.*s\" is not accepted",
                       BYTES_PRINT(typ));
    return true;
}

bool jwt_parse(struct jwt *ret, struct bytes token, struct arena *a, struct err *e)
{
    struct jwt jwt = {.alg = JWT_RS256};
    const struct json *header = NULL;
    bool first, second, third;
    if (token.size > LIMIT_IDENTITY_TOKEN)
        return err_set(e, ERR_LIMIT, "an identity token of %zu bytes is too large", token.size);
    struct bytes rest = token;
    struct bytes encoded = part_take(&rest, &first);
    jwt.payload = part_take(&rest, &second);
    struct bytes signature = part_take(&rest, &third);
    if (!first || !second || third)
        return err_set(e, ERR_INPUT, "an identity token has three parts with dots between them");
    jwt.signed_part = bytes_make(token.data, encoded.size + 1 + jwt.payload.size);
    if (!object_parse(&header, encoded, "header", a, e) || !header_read(&jwt, header, e))
        return false;
    if (!base64url_decode(&jwt.signature, signature, a, e))
        return err_wrap(e, "signature of the identity token");
    *ret = jwt;
    return true;
}

bool jwt_verify(const struct json **ret_claims, const struct jwt *jwt, const struct pubkey *key,
                enum jwt_alg alg, struct arena *a, struct err *e)
{
    enum mechanism mechanism =
        alg == JWT_RS256 ? MECHANISM_RSA_PKCS1_SHA256 : MECHANISM_ECDSA_SHA256;
    if (jwt->alg != alg)
        return err_set(e, ERR_AUTH, "the identity token says %s, but the issuer's key is for %s",
                       jwt_alg_names[jwt->alg], jwt_alg_names[alg]);
    if (!pubkey_verify(key, mechanism, jwt->signed_part, jwt->signature, e))
        return err_wrap(e, "identity token");
    return object_parse(ret_claims, jwt->payload, "payload", a, e);
}
