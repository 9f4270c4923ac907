/* What policy says to an identity token, workload by workload and claim by claim. */
#include "base/base64.h"
#include "pki/jwt.h"
#include "rules/grants.h"
#include "rules/identity.h"
#include "rules/ownership.h"
#include "rules/tables.h"

/* What is looked at, and as of when. */
struct explaining {
    const struct rules_state *s;
    struct bytes token;
    const struct json *claims; /* as they came, verified or not; NULL if they cannot be read */
    int64_t now;               /* milliseconds */
};

/* ---- Pieces of JSON ---- */

static void put_name(struct buf *b, const char *name)
{
    json_put_string(b, bytes_text(name));
    buf_put_u8(b, ':');
}

static void put_text(struct buf *b, const char *name, struct bytes text)
{
    put_name(b, name);
    if (text.data == NULL)
        buf_put_text(b, "null");
    else
        json_put_string(b, text);
}

static void put_fits(struct buf *b, bool fits)
{
    put_name(b, "fits");
    buf_put_text(b, fits ? "true" : "false");
}

/* {"fits", "why"} */
static void put_step(struct buf *b, const char *name, bool fits, const struct err *why)
{
    put_name(b, name);
    buf_put_u8(b, '{');
    put_fits(b, fits);
    buf_put_u8(b, ',');
    put_text(b, "why", fits ? BYTES_NONE : bytes_text(why->message));
    buf_put_u8(b, '}');
}

/* A claim that is no string is shown as it stands in the token. */
static void put_came(struct buf *b, const struct json *claim)
{
    put_text(b, "came",
             claim == NULL                ? BYTES_NONE
             : claim->type == JSON_STRING ? claim->text
                                          : claim->raw);
}

/* ---- The token ---- */

/* The claims as they came: told to people, never judged by. */
static bool claims_read(const struct json **ret, struct bytes token, struct arena *a, struct err *e)
{
    struct jwt jwt;
    struct bytes text;
    struct json *claims;
    if (!jwt_parse(&jwt, token, a, e) || !base64url_decode(&text, jwt.payload, a, e) ||
        !json_parse(&claims, text, a, e))
        return false;
    if (claims->type != JSON_OBJECT)
        return err_set(e, ERR_INPUT, "the identity token's claims are no object");
    *ret = claims;
    return true;
}

/* ---- Workloads ---- */

static bool put_claims(struct buf *b, const struct explaining *x, const struct workload *workload)
{
    bool all = true;
    const struct claim *claims = workload->claims.items;
    put_name(b, "claims");
    for (size_t i = 0; i < workload->claims.count; i++) {
        bool fits =
            x->claims != NULL && identity_claim_is(x->claims, claims[i].name, claims[i].value);
        buf_put_text(b, i == 0 ? "[{" : ",{");
        put_text(b, "name", claims[i].name);
        buf_put_u8(b, ',');
        put_text(b, "approved", claims[i].value);
        buf_put_u8(b, ',');
        put_came(b, x->claims == NULL ? NULL : identity_claim(x->claims, claims[i].name));
        buf_put_u8(b, ',');
        put_fits(b, fits);
        buf_put_u8(b, '}');
        all = all && fits;
    }
    buf_put_text(b, workload->claims.count == 0 ? "[]" : "]");
    return all;
}

static bool put_issuer(struct buf *b, const struct explaining *x, const struct issuer *issuer)
{
    struct bytes iss = bytes_text("iss");
    bool fits = x->claims != NULL && identity_claim_is(x->claims, iss, issuer->iss);
    put_name(b, "issuer");
    buf_put_u8(b, '{');
    put_text(b, "approved", issuer->iss);
    buf_put_u8(b, ',');
    put_came(b, x->claims == NULL ? NULL : identity_claim(x->claims, iss));
    buf_put_u8(b, ',');
    put_fits(b, fits);
    buf_put_u8(b, '}');
    return fits;
}

static bool put_evidence(struct buf *b, const struct explaining *x, const struct issuer *issuer)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct json *verified;
    struct err why = {.code = ERR_NONE};
    struct err when = {.message = "the identity token cannot be read"};
    bool holds = identity_open(&verified, issuer, x->token, &arena, &why);
    bool valid = x->claims != NULL && identity_times(issuer, x->claims, x->now / 1000, &when);
    put_step(b, "signature", holds, &why);
    buf_put_u8(b, ',');
    put_step(b, "expiry", valid, &when);
    return holds && valid;
}

/* Whether the path takes a workload whose token fits. */
static bool path_judge(const struct explaining *x, struct bytes id, const struct release_path *path,
                       bool fits, struct err *e)
{
    if (!fits)
        return err_set(e, ERR_AUTH, "the token is not that of the workload");
    return path_usable(x->s, id, e) && signer_usable(x->s, path->signer, x->now, e);
}

static void put_path(struct buf *b, const struct explaining *x, struct bytes id,
                     const struct release_path *path, bool fits)
{
    struct err why;
    bool takes = path_judge(x, id, path, fits, &why);
    buf_put_u8(b, '{');
    put_text(b, "id", id);
    buf_put_u8(b, ',');
    put_text(b, "signer", path->signer);
    buf_put_u8(b, ',');
    put_fits(b, takes);
    buf_put_u8(b, ',');
    put_text(b, "why", takes ? BYTES_NONE : bytes_text(why.message));
    buf_put_u8(b, '}');
}

static bool put_paths(struct buf *b, const struct explaining *x, struct bytes workload, bool fits,
                      struct err *e)
{
    static const uint8_t kind[] = {OBJECT_PATH};
    const struct table *objects = state_view(x->s, TABLE_OBJECTS);
    bool first = true;
    put_name(b, "paths");
    buf_put_u8(b, '[');
    for (size_t i = table_seek(objects, BYTES_OF(kind)); table_within(objects, i, BYTES_OF(kind));
         i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct release_path path;
        const struct object *object = table_at(objects, i);
        if (!fields_read(&path, object_fields(OBJECT_PATH), object->value, &arena, e))
            return false;
        if (!ids_have(&path.workloads, workload))
            continue;
        buf_put_text(b, first ? "" : ",");
        first = false;
        put_path(b, x, object->id, &path, fits);
    }
    buf_put_u8(b, ']');
    return true;
}

static bool put_workload(struct buf *b, const struct explaining *x, struct bytes id,
                         const struct workload *workload, struct arena *a, struct err *e)
{
    struct issuer issuer;
    if (!policy_get(&issuer, state_view(x->s, TABLE_OBJECTS), OBJECT_ISSUER, workload->issuer, a,
                    e))
        return false;
    buf_put_u8(b, '{');
    put_text(b, "id", id);
    buf_put_u8(b, ',');
    bool fits = put_issuer(b, x, &issuer);
    buf_put_u8(b, ',');
    fits &= put_evidence(b, x, &issuer);
    buf_put_u8(b, ',');
    fits &= put_claims(b, x, workload);
    buf_put_u8(b, ',');
    put_fits(b, fits);
    buf_put_u8(b, ',');
    if (!put_paths(b, x, id, fits, e))
        return false;
    buf_put_u8(b, '}');
    return true;
}

static bool put_workloads(struct buf *b, const struct explaining *x, struct err *e)
{
    static const uint8_t kind[] = {OBJECT_WORKLOAD};
    const struct table *objects = state_view(x->s, TABLE_OBJECTS);
    bool first = true;
    for (size_t i = table_seek(objects, BYTES_OF(kind)); table_within(objects, i, BYTES_OF(kind));
         i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct workload workload;
        const struct object *object = table_at(objects, i);
        if (!fields_read(&workload, object_fields(OBJECT_WORKLOAD), object->value, &arena, e))
            return false;
        if (workload.issuer.data == NULL)
            continue;
        buf_put_text(b, first ? "" : ",");
        first = false;
        if (!put_workload(b, x, object->id, &workload, &arena, e))
            return false;
    }
    return true;
}

bool rules_explain(struct buf *b, const struct rules_state *s, struct bytes token, int64_t now,
                   struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct err why = {.code = ERR_NONE};
    struct explaining x = {.s = s, .token = token, .now = now};
    bool reads = claims_read(&x.claims, token, &arena, &why);
    buf_put_u8(b, '{');
    put_step(b, "read", reads, &why);
    buf_put_text(b, ",\"workloads\":[");
    if (!put_workloads(b, &x, e))
        return false;
    buf_put_text(b, "]}");
    return buf_ok(b, "what policy says to a token", e);
}
