#include "rules/revocation.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/text.h"
#include "pki/x509.h"
#include "proof/distrust.h"
#include "rules/lifecycle.h"
#include "rules/tables.h"

FIELDS(revoke_fields, "revoke statement", struct revoke,
       ROW_WORD(struct revoke, subject, revoked_kind_names), ROW_ID(struct revoke, id),
       ROW_DIGEST(struct revoke, activation), ROW_WORD(struct revoke, reason, revoke_reason_names),
       ROW_TIME(struct revoke, effective), ROW_TEXT(struct revoke, note, 400));

/* ---- Subjects ---- */

static bool id_decode(uint8_t ret[32], struct bytes id, const char *what, struct err *e)
{
    return hex_decode(ret, 32, id, e) ? true : err_wrap(e, "%s", what);
}

static bool revocable_key(struct revocable *ret, const struct rules_state *s, struct bytes hex,
                          struct err *e)
{
    uint8_t id[32];
    if (!id_decode(id, hex, "key id", e))
        return false;
    const struct key_record *key = state_key(s, BYTES_OF(id));
    const struct root_record *root = state_root(s);
    if (key == NULL && root != NULL && bytes_equal(root->key, BYTES_OF(id))) {
        *ret = (struct revocable){.key = root->key, .ca = true};
        return true;
    }
    if (key == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no key %.*s", BYTES_PRINT(hex));
    *ret = (struct revocable){.signer = key->signer,
                              .activation = key->activated,
                              .key = key->id,
                              .ca = key->role == KEY_ISSUING_CA || key->role == KEY_TIMESTAMP_CA};
    return true;
}

/* The number that the root's ceremony gave it; false without a root. */
static bool root_number(uint64_t *ret, const struct rules_state *s)
{
    struct x509 x509;
    struct err ignored;
    uint8_t authority[X509_AUTHORITY_SIZE];
    const struct root_record *root = state_root(s);
    return root != NULL && x509_parse(&x509, root->der, &ignored) &&
           x509_number(&x509, bytes_text(s->arc), authority, ret, &ignored);
}

/* The root has one certificate: to give that up is to give up its key. */
static bool root_refuse(struct err *e)
{
    (void)err_refuse(e, "revoke.root", "this is the root's certificate");
    return err_hint(e, "the root is revoked by its key: sealward revoke --ca");
}

static bool revocable_certificate(struct revocable *ret, const struct rules_state *s,
                                  struct bytes id, struct err *e)
{
    uint64_t number;
    uint64_t root;
    if (!text_read_number(&number, id, JSON_INTEGER_MAX, e))
        return err_wrap(e, "certificate number");
    const struct certificate *c = state_certificate(s, (int64_t)number);
    if (c == NULL && root_number(&root, s) && root == number)
        return root_refuse(e);
    if (c == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no certificate number %" PRIu64, number);
    const struct key_record *key = state_key(s, c->key);
    *ret = (struct revocable){.signer = c->signer,
                              .activation = c->issuance,
                              .key = c->key,
                              .ca = key != NULL &&
                                    (key->role == KEY_ISSUING_CA || key->role == KEY_TIMESTAMP_CA)};
    return true;
}

static bool revocable_path(struct revocable *ret, const struct rules_state *s, struct bytes id,
                           struct arena *a, struct err *e)
{
    struct release_path path;
    uint8_t key[OBJECT_KEY_MAX];
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_get(&path, objects, OBJECT_PATH, id, a, e))
        return false;
    const struct object *object = table_get(objects, object_key(key, OBJECT_PATH, id));
    *ret = (struct revocable){.signer = path.signer, .activation = object->activated};
    return true;
}

/* Known by its id alone. */
static bool revocable_digest(struct revocable *ret, const struct rules_state *s, struct bytes id,
                             const char *what, struct err *e)
{
    uint8_t digest[32];
    if (!id_decode(digest, id, what, e))
        return false;
    *ret = (struct revocable){.activation = BYTES_OF(s->authority)};
    return true;
}

static bool revocable_of_kind(struct revocable *ret, const struct rules_state *s,
                              enum revoked_kind kind, struct bytes id, struct arena *a,
                              struct err *e)
{
    switch (kind) {
    case REVOKED_KEY:
        return revocable_key(ret, s, id, e);
    case REVOKED_CERTIFICATE:
        return revocable_certificate(ret, s, id, e);
    case REVOKED_SIGNATURE:
        return revocable_digest(ret, s, id, "signature id", e);
    case REVOKED_ARTIFACT:
        return revocable_digest(ret, s, id, "artifact id", e);
    case REVOKED_PATH:
        return revocable_path(ret, s, id, a, e);
    }
    return err_set(e, ERR_INTERNAL, "no such kind of subject");
}

bool revocable_find(struct revocable *ret, const struct rules_state *s, enum revoked_kind kind,
                    struct bytes id, struct arena *a, struct err *e)
{
    struct revocable found = {.ca = false};
    if (!revocable_of_kind(&found, s, kind, id, a, e))
        return false;
    const struct lifted *lifted = state_lifted(s, kind, id);
    if (lifted != NULL)
        found.activation = lifted->leaf;
    *ret = found;
    return true;
}

/* ---- Entering ---- */

bool effective_judge(int64_t effective, const struct entry *entry, struct err *e)
{
    if (effective <= entry->time)
        return true;
    (void)err_refuse(e, "revoke.effective", "the effective time lies in the future");
    return err_hint(e, "what is not to be trusted is not to be trusted now: leave the time out");
}

static bool is_compromise(int reason)
{
    return reason == REVOKE_KEY_COMPROMISE || reason == REVOKE_CA_COMPROMISE;
}

bool status_outdate(struct rules_state *s, struct err *e)
{
    const struct status_record *there = state_status(s);
    if (there == NULL || there->pending)
        return true;
    struct status_record record = *there;
    record.pending = true;
    return state_put_status(s, &record, e);
}

/* What is published said less: nobody is known to hold what it says now. */
static void revocation_unpublish(struct revocation *r)
{
    r->status = -1;
    r->list_held = 0;
    r->crl_held = 0;
}

/* Where it is compromised, or earlier, than was known. False if nothing is new. */
static bool revocation_worsen(struct revocation *r, int reason, int64_t effective)
{
    bool worse = is_compromise(reason) && !is_compromise(r->reason);
    if (!worse && effective >= r->effective)
        return false;
    if (worse)
        r->reason = reason;
    if (effective < r->effective)
        r->effective = effective;
    revocation_unpublish(r);
    return true;
}

static bool revocation_begin(struct rules_state *s, const struct revoking *what,
                             const struct entry *entry, int64_t was, struct err *e)
{
    struct revocation r = {.kind = (int)what->kind,
                           .id = what->id,
                           .leaf = BYTES_OF(entry->leaf),
                           .actor = what->actor,
                           .time = entry->time,
                           .reason = (int)what->reason,
                           .effective = what->effective,
                           .signer = what->signer,
                           .was = was,
                           .status = -1};
    return state_put_revocation(s, &r, e);
}

/* The entry of another revocation takes the place of the one that stood. */
static void revocation_follow(struct revocation *r, const struct revoking *what,
                              const struct entry *entry)
{
    r->leaf = BYTES_OF(entry->leaf);
    r->actor = what->actor;
}

/* Whether it was revoked with its key, by the same entry. */
static bool goes_with_key(const struct rules_state *s, const struct revoking *key,
                          const struct revocation *certificate)
{
    const struct revocation *own = state_revocation(s, REVOKED_KEY, key->id);
    return own != NULL && bytes_equal(own->leaf, certificate->leaf);
}

/* What was revoked by itself before keeps its own entry, so that lifting the key's does not lift
 * it. */
static bool certificate_revoke(struct rules_state *s, const struct revoking *key, int64_t number,
                               const struct entry *entry, struct err *e)
{
    char text[NUMBER_TEXT];
    struct revoking what = *key;
    what.kind = REVOKED_CERTIFICATE;
    what.id = number_text(text, number);
    const struct revocation *there = state_revocation(s, REVOKED_CERTIFICATE, what.id);
    if (there == NULL)
        return revocation_begin(s, &what, entry, -1, e);
    struct revocation r = *there;
    bool with_key = goes_with_key(s, key, there);
    if (with_key)
        revocation_follow(&r, key, entry);
    return (!revocation_worsen(&r, (int)what.reason, what.effective) && !with_key) ||
           state_put_revocation(s, &r, e);
}

static bool certificates_revoke(struct rules_state *s, const struct revoking *what,
                                struct bytes key, const struct entry *entry, struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++) {
        const struct certificate *c = table_at(t, i);
        if (bytes_equal(c->key, key) && !certificate_revoke(s, what, c->number, entry, e))
            return false;
    }
    return true;
}

/* The root has no records of its own. */
static bool root_revoke(struct rules_state *s, const struct revoking *what,
                        const struct entry *entry, struct err *e)
{
    uint64_t number;
    return root_number(&number, s) ? certificate_revoke(s, what, (int64_t)number, entry, e)
                                   : err_set(e, ERR_INTERNAL, "the root has no number");
}

/* A destroyed key stays so, and one that is out of use already need not move again. */
static bool key_revoke(struct rules_state *s, const struct revoking *what,
                       const struct entry *entry, int64_t *ret_was, struct err *e)
{
    uint8_t id[32];
    if (!id_decode(id, what->id, "key id", e))
        return false;
    const struct key_record *key = state_key(s, BYTES_OF(id));
    enum key_state to = is_compromise((int)what->reason) ? KEY_COMPROMISED : KEY_DEACTIVATED;
    if (key == NULL)
        return root_revoke(s, what, entry, e);
    *ret_was = key->state;
    if (key->state != KEY_DESTROYED && key->state != (int)to &&
        !key_move(s, what->id, to, entry, e))
        return false;
    return certificates_revoke(s, what, BYTES_OF(id), entry, e);
}

static bool revocation_repeat(struct rules_state *s, const struct revoking *what,
                              const struct revocation *there, const struct entry *entry,
                              struct err *e)
{
    struct revocation r = *there;
    if (!is_compromise((int)what->reason) || is_compromise(there->reason)) {
        (void)err_refuse(e, "revoke.already", "it is revoked already");
        return err_hint(e, "a quorum can move its effective time: sealward advance");
    }
    /* Nobody needs to ratify the lesser one any more. */
    table_remove(state_table(s, TABLE_RATIFICATIONS), there->leaf);
    (void)revocation_worsen(&r, (int)what->reason, what->effective);
    revocation_follow(&r, what, entry);
    return acts_move(s, there->leaf, r.leaf, e) && state_put_revocation(s, &r, e);
}

static bool is_ratified(const struct rules_state *s, const struct revocation *r)
{
    const struct ratification *there = state_ratification(s, r->leaf);
    return there != NULL && there->ratified;
}

bool revocation_enter(struct rules_state *s, const struct revoking *what, const struct entry *entry,
                      bool *ret_worse, struct err *e)
{
    int64_t was = -1;
    const struct revocation *there = state_revocation(s, what->kind, what->id);
    if (what->kind == REVOKED_KEY && !key_revoke(s, what, entry, &was, e))
        return false;
    *ret_worse = there != NULL && is_ratified(s, there);
    return (there != NULL ? revocation_repeat(s, what, there, entry, e)
                          : revocation_begin(s, what, entry, was, e)) &&
           status_outdate(s, e);
}

/* ---- Changing ---- */

static bool advance_one(struct rules_state *s, const struct revocation *there, int64_t effective,
                        struct err *e)
{
    struct revocation r = *there;
    return !revocation_worsen(&r, r.reason, effective) || state_put_revocation(s, &r, e);
}

static bool certificates_advance(struct rules_state *s, struct bytes key, int64_t effective,
                                 struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++) {
        char text[NUMBER_TEXT];
        const struct certificate *c = table_at(t, i);
        if (!bytes_equal(c->key, key))
            continue;
        const struct revocation *r =
            state_revocation(s, REVOKED_CERTIFICATE, number_text(text, c->number));
        if (r != NULL && !advance_one(s, r, effective, e))
            return false;
    }
    return true;
}

bool revocation_advance(struct rules_state *s, const struct revocation *there, int64_t effective,
                        struct err *e)
{
    uint8_t key[32];
    return advance_one(s, there, effective, e) &&
           (there->kind != REVOKED_KEY || (id_decode(key, there->id, "key id", e) &&
                                           certificates_advance(s, BYTES_OF(key), effective, e))) &&
           status_outdate(s, e);
}

bool revocation_named(const struct revocation **ret, const struct rules_state *s,
                      enum revoked_kind kind, struct bytes id, struct bytes leaf, struct err *e)
{
    const struct revocation *r = state_revocation(s, kind, id);
    if (r == NULL)
        return err_refuse(e, "revocation.absent", "%s %.*s is not revoked",
                          revoked_kind_names[kind], BYTES_PRINT(id));
    if (!bytes_equal(r->leaf, leaf)) {
        (void)err_refuse(e, "revocation.other",
                         "the proposal names another revocation than the one in force");
        return err_hint(e, "propose again, naming this one");
    }
    *ret = r;
    return true;
}

static struct bytes actor_handle(struct bytes actor)
{
    struct bytes handle;
    return actor_is_person(actor, &handle) ? handle : BYTES_NONE;
}

struct bytes revoker_find(const struct rules_state *s, struct bytes leaf)
{
    const struct table *revocations = state_view(s, TABLE_REVOCATIONS);
    const struct table *suspensions = state_view(s, TABLE_SUSPENSIONS);
    for (size_t i = 0; i < revocations->count; i++) {
        const struct revocation *r = table_at(revocations, i);
        if (bytes_equal(r->leaf, leaf))
            return actor_handle(r->actor);
    }
    for (size_t i = 0; i < suspensions->count; i++) {
        const struct suspension *p = table_at(suspensions, i);
        if (bytes_equal(p->leaf, leaf))
            return actor_handle(p->actor);
    }
    return BYTES_NONE;
}

/* ---- What is not signed any more ---- */

bool path_trusted(const struct rules_state *s, struct bytes path, struct err *e)
{
    if (state_revocation(s, REVOKED_PATH, path) == NULL)
        return true;
    (void)err_refuse(e, "path.revoked", "release path \"%.*s\" is revoked", BYTES_PRINT(path));
    return err_hint(e, "nobody trusts what it signs: add another release path to policy");
}

bool artifact_trusted(const struct rules_state *s, const struct artifact *artifact, struct err *e)
{
    uint8_t id[32];
    char hex[65];
    if (state_view(s, TABLE_REVOCATIONS)->count == 0)
        return true;
    distrust_artifact_id(id, artifact->format, artifact->algorithm, artifact->digest);
    if (state_revocation(s, REVOKED_ARTIFACT, bytes_text(hex_string(hex, BYTES_OF(id)))) == NULL)
        return true;
    (void)err_refuse(e, "artifact.revoked", "artifact \"%.*s\" is revoked",
                     BYTES_PRINT(artifact->name));
    return err_hint(e, "build another one");
}

bool signature_trusted(const struct rules_state *s, struct bytes key, struct bytes digest,
                       struct err *e)
{
    uint8_t id[32];
    char hex[65];
    if (state_view(s, TABLE_REVOCATIONS)->count == 0)
        return true;
    distrust_signature_id(id, key.data, digest);
    if (state_revocation(s, REVOKED_SIGNATURE, bytes_text(hex_string(hex, BYTES_OF(id)))) == NULL)
        return true;
    (void)err_refuse(e, "signature.revoked", "this signature is revoked");
    return err_hint(e, "sign something else, or with another key");
}
