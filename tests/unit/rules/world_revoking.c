#include "world_revoking.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "pki/key.h"
#include "proof/distrust.h"
#include "proof/path.h"
#include "rules/revocation.h"

static struct bytes text(const char *value)
{
    return bytes_text(value);
}

/* A decision that needs people who have done nothing about its subject yet. */
static void decide(struct world *w, const char *kind, struct bytes detail)
{
    world_decide(w, kind, detail, OFFICER_1, OFFICER_3);
}

void world_second(struct world *w)
{
    decide(w, "rules", text("{\"version\":2}"));
    static const char server[] = "{\"reads\":\"list\",\"stale\":\"refuse\",\"grace\":300,"
                                 "\"clock_error\":60,\"silence\":3600}";
    static const char browser[] = "{\"reads\":\"crl\",\"stale\":\"refuse\",\"grace\":0,"
                                  "\"clock_error\":60,\"silence\":3600}";
    static const char sloppy[] = "{\"reads\":\"list\",\"stale\":\"warn\",\"grace\":0,"
                                 "\"clock_error\":60,\"silence\":3600}";
    static const char blind[] = "{\"reads\":\"never\",\"stale\":\"warn\",\"grace\":0,"
                                "\"clock_error\":0,\"silence\":3600}";
    const struct edit edits[] = {
        {"quorum", "revoke", text("{\"team\":\"certifiers\",\"count\":1}")},
        {"quorum", "ratify", text("{\"team\":\"officers\",\"count\":1}")},
        {"quorum", "lift", text("{\"team\":\"officers\",\"count\":2}")},
        {"quorum", "advance", text("{\"team\":\"officers\",\"count\":2}")},
        {"quorum", "revoke-ca", text("{\"team\":\"officers\",\"count\":2}")},
        {"status", "main",
         world_format(w,
                      "{\"crl_every\":%d,\"crl_life\":%d,\"list_every\":%d,\"list_life\":%d,"
                      "\"ratify\":%d,\"accuracy\":%d}",
                      WORLD_CRL_EVERY, WORLD_CRL_LIFE, WORLD_LIST_EVERY, WORLD_LIST_LIFE,
                      WORLD_RATIFY, WORLD_ACCURACY)},
        {"endpoints", "server", text(server)},
        {"endpoints", "browser", text(browser)},
        {"endpoints", "sloppy", text(sloppy)},
        {"endpoints", "blind", text(blind)}};
    decide(w, "policy", world_changes(w, edits, sizeof edits / sizeof edits[0]));
}

void world_role_key(struct world *w, struct world_key *ret, const char *role,
                    const struct world_key *issuer)
{
    uint8_t proposal[32];
    struct err e;
    *ret = (struct world_key){.p256 = NULL};
    ok_call(session_key_generate(&ret->p256, &e), e);
    ret->spki = session_key_spki(ret->p256);
    pubkey_spki_sha256(ret->id, ret->spki);
    accepted(w, world_propose(w, ENGINEER, "key",
                              world_format(w,
                                           "{\"role\":\"%s\",\"signer\":null,\"token\":\"hsm\","
                                           "\"algorithm\":\"p-256\"}",
                                           role)));
    memcpy(ret->proposal, w->leaf, sizeof ret->proposal);
    accepted(w, world_approve(w, OFFICER_1, ret->proposal));
    accepted(w, world_approve(w, OFFICER_2, ret->proposal));
    accepted(w, world_enter(w, "key", world_key_body(w, ret, "hsm", world_attributes)));
    int64_t days = strcmp(role, "timestamp-ca") == 0 ? 1000 : 90;
    accepted(w, world_propose(w, ENGINEER, "issuance",
                              world_issuance_detail(w, ret, role, NULL, role, days * 86400)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, issuer)));
    const struct certificate *c = state_certificate_of(w->state, BYTES_OF(ret->id), w->now);
    assert_non_null(c);
    ret->certificate = world_copy(w, c->der);
}

static enum revoked_kind kind_of(const char *kind)
{
    for (int i = 0; revoked_kind_names[i] != NULL; i++)
        if (strcmp(revoked_kind_names[i], kind) == 0)
            return (enum revoked_kind)i;
    fail_msg("no kind \"%s\"", kind);
    return REVOKED_KEY;
}

static struct bytes activation_of(struct world *w, const char *kind, const char *id)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct revocable subject;
    struct err e;
    ok_call(revocable_find(&subject, w->state, kind_of(kind), bytes_text(id), &arena, &e), e);
    return subject.activation.data == NULL ? world_copy(w, BYTES_OF(w->head.authority))
                                           : world_copy(w, subject.activation);
}

struct bytes world_revoke_body(struct world *w, const char *kind, const char *id,
                               const char *reason, int64_t effective)
{
    return world_format(w,
                        "{\"subject\":\"%s\",\"id\":\"%s\",\"activation\":\"%s\",\"reason\":\"%s\","
                        "\"effective\":%lld,\"note\":\"drill\"}",
                        kind, id, world_base64(w, activation_of(w, kind, id)), reason,
                        (long long)effective);
}

bool world_revoke(struct world *w, enum hand hand, const char *kind, const char *id,
                  const char *reason, int64_t effective)
{
    return world_say(w, hand, "revoke", world_revoke_body(w, kind, id, reason, effective));
}

void world_revoke_key(struct world *w, const struct world_key *key)
{
    accepted(
        w, world_revoke(w, OFFICER_1, "key", world_hex(w, BYTES_OF(key->id)), "keyCompromise", 0));
}

/* ---- One signature ---- */

struct leaves {
    struct world *w;
};

/* Leaf hashes from the world's entries; inner nodes as RFC 6962 defines them. */
static bool node_read(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                      struct err *e)
{
    const struct leaves *leaves = context;
    struct tree tree;
    tree_init(&tree);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        uint8_t leaf[TREE_HASH];
        if (i >= leaves->w->count)
            return err_set(e, ERR_NOT_FOUND, "no such entry");
        tree_leaf_hash(leaf, leaves->w->entries[i]);
        tree_append(&tree, leaf);
    }
    tree_root(ret, &tree);
    return true;
}

static struct bytes inclusion(struct world *w, size_t entry)
{
    struct leaves leaves = {.w = w};
    struct path_source source = {.node = node_read, .context = &leaves};
    struct path path;
    struct err e;
    ok_call(path_prove_inclusion(&path, entry, w->count, &source, &e), e);
    return world_copy(w, path_bytes(&path));
}

struct bytes world_revoke_signature_body(struct world *w, enum hand hand,
                                         const struct evidence_plan *plan)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct signed_statement outer;
    struct statement inner;
    struct err e;
    char id[65] = {0};
    memcpy(id, plan->id.data, 64);
    struct statement s = world_statement(w, "revoke", world_person(w, hand),
                                         world_revoke_body(w, "signature", id, "keyCompromise", 0));
    ok_call(signed_statement_read(&outer, &inner, world_signed(w, &s, hand), &arena, &e), e);
    outer.brought = (struct brought){.entry = w->entries[plan->entry],
                                     .inclusion = inclusion(w, plan->entry),
                                     .artifact = plan->artifact,
                                     .item = plan->item};
    signed_statement_write(&body, &outer);
    assert_false(body.failed);
    return world_copy(w, buf_bytes(&body));
}

const char *world_signature_id(struct world *w, const struct world_key *key, struct bytes digest)
{
    uint8_t id[32];
    distrust_signature_id(id, key->id, digest);
    return world_hex(w, BYTES_OF(id));
}

/* ---- Proposals and publications ---- */

struct bytes world_lift_detail(struct world *w, const char *kind, const char *id)
{
    const struct revocation *r = world_revocation(w, kind_of(kind), id);
    return world_format(w, "{\"subject\":\"%s\",\"id\":\"%s\",\"revocation\":\"%s\"}", kind, id,
                        world_base64(w, r->leaf));
}

const struct revocation *world_revocation(struct world *w, enum revoked_kind kind, const char *id)
{
    const struct revocation *r = state_revocation(w->state, kind, bytes_text(id));
    assert_non_null(r);
    return r;
}

const char *world_number(struct world *w, const struct world_key *key)
{
    const struct table *t = state_view(w->state, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (bytes_equal(c->key, BYTES_OF(key->id)))
            return (const char *)world_format(w, "%lld", (long long)c->number).data;
    }
    fail_msg("the key has no certificate");
    return NULL;
}

bool world_status(struct world *w)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    w->e = (struct err){.code = ERR_NONE};
    return rules_status_body(&body, w->state, w->now, &w->e) &&
           world_enter(w, "status", world_copy(w, buf_bytes(&body)));
}

/* As the list's page says: a prefix in front. A CRL has none. */
static void message_put(struct buf *b, const struct publication *p, struct bytes tbs)
{
    static const char prefix[] = "sealward-distrust-list"; /* and its zero byte */
    if (p->kind == PUBLICATION_LIST)
        buf_put(b, bytes_make(prefix, sizeof prefix));
    buf_put(b, tbs);
}

struct bytes world_published(struct world *w, size_t n, const struct world_key *key)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(1 << 22);
    AUTO_VALUE(buf) message = BUF(1 << 22);
    AUTO_VALUE(buf) file = BUF(1 << 22);
    struct publication p;
    struct err e;
    ok_call(rules_publication(&p, w->state, n, &e), e);
    assert_memory_equal(p.key, key->id, sizeof p.key);
    ok_call(rules_publication_build(&tbs, w->state, n, &e), e);
    message_put(&message, &p, buf_bytes(&tbs));
    ok_call(session_key_sign(key->p256, signature, buf_bytes(&message), &e), e);
    ok_call(rules_publication_join(&file, &p, buf_bytes(&tbs), BYTES_OF(signature), &e), e);
    return world_copy(w, buf_bytes(&file));
}

struct bytes world_root_crl_body(struct world *w, size_t n, int64_t this_update,
                                 int64_t next_update)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(LIMIT_CERTIFICATE);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct err e;
    ok_call(rules_root_crl_build(&tbs, w->state, n, this_update, next_update, &e), e);
    ok_call(session_key_sign(w->root.p256, signature, buf_bytes(&tbs), &e), e);
    ok_call(rules_root_crl_body(&body, w->state, buf_bytes(&tbs), BYTES_OF(signature), &e), e);
    return world_copy(w, buf_bytes(&body));
}

struct bytes world_stamp_body(struct world *w, const char *message)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    uint8_t imprint[32];
    struct err e;
    digest_sha256(imprint, bytes_text(message));
    ok_call(rules_timestamp_body(&body, w->state, w->now, DIGEST_SHA256, BYTES_OF(imprint),
                                 bytes_make("\x2a", 1), &e),
            e);
    return world_copy(w, buf_bytes(&body));
}
