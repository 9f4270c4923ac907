#include "rules/identity.h"

#include <inttypes.h>

#include "pki/jwt.h"
#include "pki/key.h"
#include "pki/sshsig.h"
#include "rules/tables.h"

static const struct issuer_key *issuer_key_find(const struct issuer *issuer, struct bytes kid)
{
    const struct issuer_key *keys = issuer->keys.items;
    for (size_t i = 0; i < issuer->keys.count; i++)
        if (kid.data != NULL && bytes_equal(keys[i].kid, kid))
            return &keys[i];
    return NULL;
}

bool identity_open(const struct json **ret_claims, const struct issuer *issuer, struct bytes token,
                   struct arena *a, struct err *e)
{
    struct jwt jwt;
    if (!jwt_parse(&jwt, token, a, e))
        return false;
    const struct issuer_key *pinned = issuer_key_find(issuer, jwt.kid);
    if (pinned == NULL) {
        (void)err_set(e, ERR_AUTH,
                      "the identity token names key \"%.*s\", which policy does not "
                      "pin for this issuer",
                      BYTES_PRINT(jwt.kid));
        return err_hint(e, "if the issuer has rotated its keys, have the new one pinned by a "
                           "policy proposal");
    }
    AUTO(pubkey) key = NULL;
    return pubkey_parse(&key, pinned->key, e) &&
           jwt_verify(ret_claims, &jwt, key, (enum jwt_alg)pinned->algorithm, a, e);
}

static bool claim_time(int64_t *ret, const struct json *claims, const char *name, struct err *e)
{
    const struct json *claim = json_member(claims, name);
    if (claim == NULL)
        return err_set(e, ERR_AUTH, "the identity token has no claim \"%s\"", name);
    if (claim->type != JSON_NUMBER || !claim->is_integer || claim->integer < 0)
        return err_set(e, ERR_AUTH, "the identity token's \"%s\" is no whole number of seconds",
                       name);
    *ret = claim->integer;
    return true;
}

bool identity_times(const struct issuer *issuer, const struct json *claims, int64_t now,
                    struct err *e)
{
    int64_t expires;
    int64_t issued;
    int64_t begins = 0;
    if (!claim_time(&expires, claims, "exp", e) || !claim_time(&issued, claims, "iat", e))
        return false;
    if (json_member(claims, "nbf") != NULL && !claim_time(&begins, claims, "nbf", e))
        return false;
    if (now >= expires + issuer->skew)
        return err_set(e, ERR_AUTH, "the identity token expired %" PRId64 " s ago", now - expires);
    if (begins > now + issuer->skew || issued > now + issuer->skew)
        return err_set(e, ERR_AUTH, "the identity token is not valid yet");
    if (now - issued > issuer->max_age)
        return err_set(e, ERR_AUTH,
                       "the identity token was issued %" PRId64 " s ago, policy allows %" PRId64,
                       now - issued, issuer->max_age);
    return true;
}

const struct json *identity_claim(const struct json *claims, struct bytes name)
{
    char text[LIMIT_ID + 1] = {0};
    memcpy(text, name.data, name.size);
    return json_member(claims, text);
}

bool identity_claim_is(const struct json *claims, struct bytes name, struct bytes value)
{
    const struct json *claim = identity_claim(claims, name);
    return claim != NULL && claim->type == JSON_STRING && bytes_equal(claim->text, value);
}

/* `aud` is one string, or an array of exactly one (RFC 7519 section 4.1.3). */
static bool audience_judge(const struct json *claims, struct bytes audience, struct err *e)
{
    const struct json *claim = json_member(claims, "aud");
    if (claim != NULL && claim->type == JSON_ARRAY && claim->count == 1)
        claim = claim->first;
    if (claim != NULL && claim->type == JSON_STRING && bytes_equal(claim->text, audience))
        return true;
    (void)err_set(e, ERR_AUTH, "the identity token's audience is not this statement");
    return err_hint(e, "fetch a token with the audience %.*s", BYTES_PRINT(audience));
}

static bool claims_judge(const struct workload *workload, const struct json *claims, struct err *e)
{
    const struct claim *wanted = workload->claims.items;
    for (size_t i = 0; i < workload->claims.count; i++) {
        if (identity_claim_is(claims, wanted[i].name, wanted[i].value))
            continue;
        const struct json *came = identity_claim(claims, wanted[i].name);
        (void)err_refuse(e, "identity.claim",
                         "claim %.*s: approved is \"%.*s\", the token has %.*s",
                         BYTES_PRINT(wanted[i].name), BYTES_PRINT(wanted[i].value),
                         BYTES_PRINT(came == NULL ? bytes_text("none") : came->raw));
        return err_hint(e, "only the pipeline that policy names may use this release path");
    }
    return true;
}

/* A workload's enrolled keys sign as people do, without conditions on flags. */
static bool key_judge(const struct workload *workload, struct bytes text, struct bytes signature,
                      struct err *e)
{
    struct sshsig sig;
    if (signature.data == NULL)
        return err_set(e, ERR_AUTH,
                       "this workload's statements need a signature by an enrolled "
                       "key");
    if (!sshsig_parse(&sig, signature, e))
        return false;
    if (!ids_have(&workload->keys, sig.key.blob))
        return err_set(e, ERR_AUTH,
                       "the signature is by a key that is not enrolled for this "
                       "workload");
    return sshsig_verify(&sig, SSHSIG_NAMESPACE, text, e);
}

static bool token_judge(const struct issuer *issuer, const struct workload *workload,
                        struct bytes text, struct bytes token, int64_t now, struct arena *a,
                        struct err *e)
{
    const struct json *claims;
    char audience[STATEMENT_AUDIENCE_SIZE];
    statement_audience(audience, text);
    if (token.data == NULL)
        return err_set(e, ERR_AUTH, "this workload's statements need an identity token");
    if (!identity_open(&claims, issuer, token, a, e))
        return false;
    if (!identity_claim_is(claims, bytes_text("iss"), issuer->iss))
        return err_set(e, ERR_AUTH, "the identity token is by another issuer than \"%.*s\"",
                       BYTES_PRINT(issuer->iss));
    return audience_judge(claims,
                          issuer->audience.data != NULL ? issuer->audience : bytes_text(audience),
                          e) &&
           identity_times(issuer, claims, now / 1000, e) && claims_judge(workload, claims, e);
}

bool workload_judge(const struct table *objects, struct bytes id, struct bytes text,
                    const struct evidence *evidence, int64_t now, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct workload workload;
    struct issuer issuer;
    if (!policy_get(&workload, objects, OBJECT_WORKLOAD, id, &arena, e))
        return false;
    if (workload.issuer.data == NULL)
        return evidence->token.data != NULL
                   ? err_set(e, ERR_INPUT, "this workload has no issuer: it brings no token")
                   : key_judge(&workload, text, evidence->signature, e);
    if (!policy_get(&issuer, objects, OBJECT_ISSUER, workload.issuer, &arena, e) ||
        !token_judge(&issuer, &workload, text, evidence->token, now, &arena, e))
        return false;
    /* A fixed audience does not vouch for this statement: the enrolled key does. */
    if (issuer.audience.data != NULL)
        return key_judge(&workload, text, evidence->signature, e);
    return evidence->signature.data == NULL
               ? true
               : err_set(e, ERR_INPUT, "this workload's token vouches alone: no signature is due");
}
