/* Proposals and decisions, policy, keys and certificates. */
#include "world.h"

#include <stdio.h>

#include "base/hex.h"
#include "pki/digest.h"
#include "pki/name.h"
#include "pki/tbs.h"

bool world_propose(struct world *w, enum hand hand, const char *kind, struct bytes detail)
{
    return world_say(w, hand, "proposal",
                     world_format(w, "{\"kind\":\"%s\",\"detail\":%.*s}", kind, (int)detail.size,
                                  (const char *)detail.data));
}

static bool verdict_say(struct world *w, enum hand hand, const char *type, const uint8_t leaf[32])
{
    return world_say(
        w, hand, type,
        world_format(w, "{\"subject\":\"%s\"}", world_base64(w, bytes_make(leaf, 32))));
}

bool world_approve(struct world *w, enum hand hand, const uint8_t leaf[32])
{
    return verdict_say(w, hand, "approval", leaf);
}

bool world_reject(struct world *w, enum hand hand, const uint8_t leaf[32])
{
    return verdict_say(w, hand, "rejection", leaf);
}

void world_decide(struct world *w, const char *kind, struct bytes detail, enum hand first,
                  enum hand second)
{
    uint8_t leaf[32];
    accepted(w, world_propose(w, ENGINEER, kind, detail));
    memcpy(leaf, w->leaf, sizeof leaf);
    accepted(w, world_approve(w, first, leaf));
    accepted(w, world_approve(w, second, leaf));
}

/* ---- Policy ---- */

static const struct object *object_in_force(const struct world *w, const char *kind, const char *id)
{
    uint8_t key[OBJECT_KEY_MAX];
    for (int i = 0; i < OBJECT_KINDS; i++)
        if (strcmp(object_kind_names[i], kind) == 0)
            return table_get(state_view(w->state, TABLE_OBJECTS),
                             object_key(key, (enum object_kind)i, bytes_text(id)));
    fail_msg("there is no kind \"%s\"", kind);
    return NULL;
}

struct bytes world_object(struct world *w, const char *kind, const char *id)
{
    const struct object *object = object_in_force(w, kind, id);
    assert_non_null(object);
    return world_copy(w, object->value);
}

struct bytes world_changes(struct world *w, const struct edit *edits, size_t count)
{
    AUTO_VALUE(buf) text = BUF(1 << 20);
    buf_put_text(&text, "{\"changes\":[");
    for (size_t i = 0; i < count; i++) {
        const struct object *old = object_in_force(w, edits[i].kind, edits[i].id);
        buf_printf(&text, "%s{\"kind\":\"%s\",\"id\":\"%s\",\"replaces\":", i == 0 ? "" : ",",
                   edits[i].kind, edits[i].id);
        if (old == NULL)
            buf_put_text(&text, "null");
        else
            buf_printf(&text, "\"%s\"", world_base64(w, old->digest));
        buf_put_text(&text, ",\"value\":");
        buf_put(&text, edits[i].value.data == NULL ? bytes_text("null") : edits[i].value);
        buf_put_u8(&text, '}');
    }
    buf_put_text(&text, "]}");
    return world_copy(w, buf_bytes(&text));
}

void world_change(struct world *w, const char *kind, const char *id, struct bytes value)
{
    struct edit edit = {.kind = kind, .id = id, .value = value};
    world_decide(w, "policy", world_changes(w, &edit, 1), OFFICER_1, OFFICER_3);
}

/* ---- Keys ---- */

const struct key_attributes world_attributes = {
    .sensitive = true, .always_sensitive = true, .never_extractable = true, .local = true};

struct bytes world_key_detail(struct world *w, const char *signer, const char *token,
                              const char *algorithm)
{
    struct bytes named = signer == NULL ? bytes_text("null") : world_format(w, "\"%s\"", signer);
    return world_format(w, "{\"role\":\"%s\",\"signer\":%s,\"token\":\"%s\",\"algorithm\":\"%s\"}",
                        signer == NULL ? "issuing-ca" : "signer", (const char *)named.data, token,
                        algorithm);
}

static void pair_make(struct world_key *ret, const char *algorithm)
{
    struct err e;
    *ret = (struct world_key){.p256 = NULL};
    if (strcmp(algorithm, "p-256") == 0) {
        ok_call(session_key_generate(&ret->p256, &e), e);
        ret->spki = session_key_spki(ret->p256);
    } else {
        ret->spki = rsa_spki();
    }
    pubkey_spki_sha256(ret->id, ret->spki);
}

void world_key_plan(struct world *w, struct world_key *ret, const char *signer, const char *token,
                    const char *algorithm)
{
    pair_make(ret, algorithm);
    accepted(w, world_propose(w, ENGINEER, "key", world_key_detail(w, signer, token, algorithm)));
    memcpy(ret->proposal, w->leaf, sizeof ret->proposal);
    accepted(w, world_approve(w, OFFICER_1, ret->proposal));
    accepted(w, world_approve(w, OFFICER_2, ret->proposal));
}

struct bytes world_key_body(struct world *w, const struct world_key *key, const char *token,
                            struct key_attributes attributes)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    rules_key_body(&body, key->proposal, key->spki, bytes_text(token), &attributes);
    assert_false(body.failed);
    return world_copy(w, buf_bytes(&body));
}

struct bytes world_issuance_detail(struct world *w, const struct world_key *key,
                                   const char *profile, const char *signer, const char *common_name,
                                   int64_t validity)
{
    struct bytes named = signer == NULL ? bytes_text("null") : world_format(w, "\"%s\"", signer);
    return world_format(w,
                        "{\"key\":\"%s\",\"profile\":\"%s\",\"signer\":%s,\"subject\":{"
                        "\"common_name\":\"%s\",\"organization\":\"Example\",\"country\":\"DE\"},"
                        "\"validity\":%lld}",
                        world_base64(w, BYTES_OF(key->id)), profile, (const char *)named.data,
                        common_name, (long long)validity);
}

bool world_issue(struct world *w, const uint8_t proposal[32])
{
    uint8_t serial[16];
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    memset(serial, (int)w->head.size, sizeof serial);
    w->e = (struct err){.code = ERR_NONE};
    return rules_issuance_body(&body, w->state, proposal, serial, w->now, &w->e) &&
           world_enter(w, "issuance", world_copy(w, buf_bytes(&body)));
}

struct bytes world_certificate_body(struct world *w, const uint8_t issuance[32],
                                    const struct world_key *issuer)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct work work = {.kind = WORK_GENERATE};
    struct err e;
    for (size_t n = 0; work.kind != WORK_NONE; n++) {
        ok_call(rules_work(&work, w->state, n, &e), e);
        if (work.kind == WORK_CERTIFY && memcmp(work.leaf, issuance, 32) == 0)
            break;
    }
    assert_int_equal(work.kind, WORK_CERTIFY);
    assert_int_equal(work.mechanism, MECHANISM_ECDSA_SHA256);
    ok_call(session_key_sign(issuer->p256, signature, work.tbs, &e), e);
    ok_call(rules_certificate_body(&body, w->state, issuance, BYTES_OF(signature), &e), e);
    return world_copy(w, buf_bytes(&body));
}

/* The certificate of that key in the state. */
static struct bytes certificate_of(struct world *w, const struct world_key *key)
{
    const struct certificate *c = state_certificate_of(w->state, BYTES_OF(key->id), w->now);
    assert_non_null(c);
    return world_copy(w, c->der);
}

void world_key_make(struct world *w, struct world_key *ret, const char *signer)
{
    const bool is_ca = signer == NULL;
    const char *token = is_ca || strcmp(signer, "firmware") == 0 ? "hsm" : "soft";
    uint8_t proposal[32];
    world_key_plan(w, ret, signer, token, "p-256");
    accepted(w, world_enter(w, "key", world_key_body(w, ret, token, world_attributes)));
    struct bytes detail = world_issuance_detail(w, ret, is_ca ? "issuing-ca" : "private", signer,
                                                is_ca ? "Example Code Signing CA" : signer,
                                                is_ca ? 1800 * 86400 : 90 * 86400);
    accepted(w, world_propose(w, ENGINEER, "issuance", detail));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate",
                            world_certificate_body(w, w->leaf, is_ca ? &w->root : &w->ca)));
    ret->certificate = certificate_of(w, ret);
}

/* ---- The root ---- */

struct bytes world_root(struct world *w, const uint8_t authority[32], uint64_t number)
{
    static const uint8_t random[X509_SERIAL_SIZE] = {7};
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) subject = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) tbs = BUF(LIMIT_CERTIFICATE);
    AUTO_VALUE(buf) der = BUF(LIMIT_CERTIFICATE);
    struct name name = {.country = bytes_text("DE"),
                        .organization = bytes_text("Example"),
                        .common_name = bytes_text("Example Root")};
    struct err e;
    if (w->root.p256 == NULL)
        pair_make(&w->root, "p-256");
    ok_call(name_build(&subject, &name, &e), e);
    struct tbs_plan plan = {.profile = PROFILE_ROOT,
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .random = BYTES_OF(random),
                            .issuer = buf_bytes(&subject),
                            .subject = buf_bytes(&subject),
                            .not_before = w->now / 1000 * 1000,
                            .not_after = w->now / 1000 * 1000 + 7300 * DAY,
                            .spki = w->root.spki,
                            .arc = bytes_text(WORLD_ARC),
                            .authority = bytes_make(authority, 32),
                            .number = number};
    ok_call(tbs_build(&tbs, &plan, &e), e);
    ok_call(session_key_sign(w->root.p256, signature, buf_bytes(&tbs), &e), e);
    ok_call(tbs_certify(&der, buf_bytes(&tbs), plan.mechanism, BYTES_OF(signature), &e), e);
    w->root.certificate = world_copy(w, buf_bytes(&der));
    return w->root.certificate;
}

struct bytes world_ceremony_body(struct world *w, struct bytes certificate, const enum hand *hands,
                                 size_t count)
{
    struct bytes statement =
        world_format(w,
                     "{\"type\":\"ceremony\",\"authority\":\"%s\",\"time\":%lld,\"role\":\"root\","
                     "\"certificate\":\"%s\"}",
                     world_base64(w, BYTES_OF(w->head.authority)), (long long)w->now,
                     world_base64(w, certificate));
    return world_genesis_body(w, statement, hands, count);
}
