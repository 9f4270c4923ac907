#include "rules/grants.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/text.h"
#include "pki/key.h"
#include "rules/deadline.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/quorum.h"
#include "rules/revocation.h"
#include "rules/tables.h"

FIELDS(grant_body_fields, "grant statement", struct grant_body, ROW_ID(struct grant_body, path),
       ROW_LIST(struct grant_body, artifacts, &artifact_fields, 0, LIMIT_GRANT_ARTIFACTS),
       ROW_INTEGER(struct grant_body, count, 1, LIMIT_GRANT_COUNT),
       ROW_INTEGER(struct grant_body, window, 1, 86400 * 30),
       ROW_BYTES(struct grant_body, session, 32, LIMIT_SPKI));

bool path_usable(const struct rules_state *s, struct bytes path, struct err *e)
{
    if (!path_trusted(s, path, e))
        return false;
    if (state_retirement(s, RETIRED_PATH, path) != NULL)
        return err_refuse(e, "path.retired", "release path \"%.*s\" is retired", BYTES_PRINT(path));
    if (state_suspension(s, SUSPENDED_PATH, path) == NULL)
        return true;
    (void)err_refuse(e, "path.suspended", "release path \"%.*s\" is suspended", BYTES_PRINT(path));
    return err_hint(e, "a quorum can resume it: sealward resume path %.*s", BYTES_PRINT(path));
}

static bool opener_in_teams(const struct table *objects, const struct list *teams,
                            struct bytes person)
{
    const struct bytes *items = teams->items;
    for (size_t i = 0; i < teams->count; i++)
        if (team_has(objects, items[i], person))
            return true;
    return false;
}

/* May the actor use the path? */
static bool opener_judge(const struct rules_state *s, const struct release_path *path,
                         struct bytes path_id, struct bytes actor, struct err *e)
{
    struct bytes name;
    if (actor_is_workload(actor, &name) && ids_have(&path->workloads, name) &&
        policy_has(state_view(s, TABLE_OBJECTS), OBJECT_WORKLOAD, name))
        return true;
    if (actor_is_person(actor, &name) &&
        opener_in_teams(state_view(s, TABLE_OBJECTS), &path->teams, name))
        return true;
    (void)err_refuse(e, "grant.opener", "%.*s may not use release path \"%.*s\"",
                     BYTES_PRINT(actor), BYTES_PRINT(path_id));
    return err_hint(e, "the path's workloads and teams stand in policy: sealward policy show");
}

/* A person's grant always needs one other person. */
static size_t approvals_needed(const struct level *level, struct bytes actor)
{
    struct bytes name;
    size_t needed = (size_t)level->approvals;
    return needed == 0 && actor_is_person(actor, &name) ? 1 : needed;
}

static bool name_fits(const struct list *patterns, struct bytes name)
{
    const struct bytes *items = patterns->items;
    for (size_t i = 0; i < patterns->count; i++)
        if (text_fits(name, items[i]))
            return true;
    return false;
}

bool artifact_judge(const struct release_path *path, const struct artifact *artifact, struct err *e)
{
    enum digest_alg alg;
    if (!ids_have(&path->formats, artifact->format)) {
        (void)err_refuse(e, "grant.format", "the release path does not sign format \"%.*s\"",
                         BYTES_PRINT(artifact->format));
        return err_hint(e, "use a path whose signer has that format");
    }
    if (!name_fits(&path->names, artifact->name)) {
        (void)err_refuse(e, "grant.name",
                         "artifact name \"%.*s\" fits no pattern of the release "
                         "path",
                         BYTES_PRINT(artifact->name));
        return err_hint(e, "the path's patterns stand in policy: sealward policy show");
    }
    if (!digest_from_name(&alg, artifact->algorithm, e))
        return false;
    if (artifact->digest.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "artifact \"%.*s\": a %s digest has %zu bytes, not %zu",
                       BYTES_PRINT(artifact->name), digest_name(alg), digest_size(alg),
                       artifact->digest.size);
    return true;
}

static bool artifacts_judge(const struct grant_terms *terms, const struct rules_state *s,
                            struct err *e)
{
    const struct artifact *items = terms->body.artifacts.items;
    for (size_t i = 0; i < terms->body.artifacts.count; i++) {
        if (!artifact_judge(&terms->path, &items[i], e) || !artifact_trusted(s, &items[i], e))
            return false;
        for (size_t n = 0; n < i; n++)
            if (bytes_equal(items[i].digest, items[n].digest) &&
                bytes_equal(items[i].format, items[n].format))
                return err_refuse(e, "grant.distinct",
                                  "artifacts \"%.*s\" and \"%.*s\" are the "
                                  "same",
                                  BYTES_PRINT(items[n].name), BYTES_PRINT(items[i].name));
    }
    return true;
}

static bool bounds_judge(const struct grant_terms *terms, struct err *e)
{
    const struct grant_body *body = &terms->body;
    if (body->window > terms->path.window)
        return err_refuse(e, "grant.window",
                          "a window of %" PRId64 " s, the release path allows "
                          "%" PRId64 " s",
                          body->window, terms->path.window);
    if (body->count > terms->path.count)
        return err_refuse(e, "grant.count", "%" PRId64 " digests, the release path allows %" PRId64,
                          body->count, terms->path.count);
    return true;
}

static bool session_judge(struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, spki, e))
        return err_wrap(e, "session key");
    return pubkey_kind(key) == KEY_P256 ? true
                                        : err_set(e, ERR_INPUT, "a session key is a P-256 key");
}

bool grant_terms_find(struct grant_terms *ret, const struct rules_state *s, struct bytes actor,
                      struct bytes body, struct arena *a, struct err *e)
{
    struct grant_terms terms = {.approvals = 0};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!fields_read(&terms.body, &grant_body_fields, body, a, e) ||
        !policy_get(&terms.path, objects, OBJECT_PATH, terms.body.path, a, e) ||
        !policy_get(&terms.signer, objects, OBJECT_SIGNER, terms.path.signer, a, e) ||
        !policy_get(&terms.level, objects, OBJECT_LEVEL, terms.signer.level, a, e) ||
        !opener_judge(s, &terms.path, terms.body.path, actor, e) ||
        !session_judge(terms.body.session, e) || !bounds_judge(&terms, e) ||
        !artifacts_judge(&terms, s, e))
        return false;
    terms.approvals = approvals_needed(&terms.level, actor);
    *ret = terms;
    return true;
}

static bool decision_is_on(const struct decision *d, struct bytes path)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct grant_body body;
    struct err ignored;
    return fields_read(&body, &grant_body_fields, d->detail, &arena, &ignored) &&
           bytes_equal(body.path, path);
}

bool grants_close(struct rules_state *s, struct bytes actor, struct bytes path, int64_t time,
                  struct outcome *out, struct err *e)
{
    const struct table *grants = state_view(s, TABLE_GRANTS);
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    for (size_t i = grants->count; i > 0; i--) {
        const struct grant *g = table_at(grants, i - 1);
        if ((bytes_equal(g->actor, actor) || bytes_equal(g->path, path)) &&
            !grant_finish(s, g, END_CLOSED, time, out, e))
            return false;
    }
    for (size_t i = decisions->count; i > 0; i--) {
        const struct decision *d = table_at(decisions, i - 1);
        if (bytes_is(d->kind, "grant") &&
            (bytes_equal(d->actor, actor) || (path.data != NULL && decision_is_on(d, path))) &&
            !state_end(s, d->leaf, END_CLOSED, time, e))
            return false;
    }
    return true;
}

bool grants_close_workload(struct rules_state *s, struct bytes workload, int64_t time,
                           struct outcome *out, struct err *e)
{
    char actor[LIMIT_ID + 16];
    if (s->rules_version < 2)
        return true;
    (void)snprintf(actor, sizeof actor, "workload/%.*s", BYTES_PRINT(workload));
    return grants_close(s, bytes_text(actor), BYTES_NONE, time, out, e);
}

bool grant_open(struct rules_state *s, const struct decision *decision, const struct entry *entry,
                struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct grant_terms terms;
    if (!grant_terms_find(&terms, s, decision->actor, decision->detail, &arena, e) ||
        !path_usable(s, terms.body.path, e) || !signer_usable(s, terms.path.signer, entry->time, e))
        return false;
    struct grant grant = {.leaf = decision->leaf,
                          .path = terms.body.path,
                          .signer = terms.path.signer,
                          .actor = decision->actor,
                          .session = terms.body.session,
                          .artifacts = terms.body.artifacts,
                          .count = terms.body.count,
                          .binding = terms.level.binding,
                          .opened = entry->time,
                          .closes = entry->time + terms.body.window * 1000};
    if (!state_put_grant(s, &grant, e))
        return false;
    table_remove_within(state_table(s, TABLE_ACTS), grant.leaf);
    table_remove(state_table(s, TABLE_DECISIONS), grant.leaf);
    return true;
}

bool open_grant_find(struct open_grant *ret, const struct rules_state *s, struct bytes leaf,
                     struct arena *a, struct err *e)
{
    struct open_grant open = {.grant = state_grant(s, leaf)};
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (open.grant == NULL && state_decision(s, leaf) != NULL) {
        (void)err_refuse(e, "grant.pending", "this grant has not been approved yet");
        return err_hint(e, "wait for its approvers");
    }
    if (open.grant == NULL)
        return subject_refuse(s, leaf, "grant", e);
    if (!policy_get(&open.path, objects, OBJECT_PATH, open.grant->path, a, e) ||
        !policy_get(&open.signer, objects, OBJECT_SIGNER, open.grant->signer, a, e) ||
        !policy_get(&open.level, objects, OBJECT_LEVEL, open.signer.level, a, e))
        return false;
    *ret = open;
    return true;
}

bool open_grant_usable(const struct open_grant *open, const struct rules_state *s, struct err *e)
{
    const struct grant *grant = open->grant;
    if (!bytes_equal(open->path.signer, grant->signer)) {
        (void)err_refuse(e, "grant.signer", "release path \"%.*s\" has another signer now",
                         BYTES_PRINT(grant->path));
        return err_hint(e, "open a new grant");
    }
    return path_usable(s, grant->path, e) &&
           opener_judge(s, &open->path, grant->path, grant->actor, e);
}

/* Whether the key is still what the signer and its level demand: policy may have changed since it
 * was made. */
static bool key_fits(const struct open_grant *open, const struct rules_state *s,
                     const struct key_record *key, struct arena *a, struct err *e)
{
    if (key->family != open->signer.family) {
        (void)err_refuse(e, "key.family", "the key was made to sign %s, its signer now signs %s",
                         format_family_names[key->family],
                         format_family_names[open->signer.family]);
        return err_hint(e, "a key never serves both: propose a new key");
    }
    if (!ids_have(&open->level.algorithms, key->algorithm)) {
        (void)err_refuse(e, "key.algorithm", "level \"%.*s\" does not allow %.*s",
                         BYTES_PRINT(open->signer.level), BYTES_PRINT(key->algorithm));
        return err_hint(e, "propose a new key");
    }
    return key_token_judge(s, &open->level, key->token, a, e);
}

bool signing_key_judge(const struct open_grant *open, const struct rules_state *s, struct bytes id,
                       int64_t time, struct arena *a, struct err *e)
{
    char hex[65];
    struct bytes signer = open->grant->signer;
    const struct key_record *key = state_key(s, id);
    (void)hex_string(hex, id);
    if (key == NULL || key->role != KEY_SIGNER || !bytes_equal(key->signer, signer)) {
        (void)err_refuse(e, "request.key", "key %.16s is no key of signer \"%.*s\"", hex,
                         BYTES_PRINT(signer));
        return err_hint(e, "a grant signs with the keys of its release path's signer alone");
    }
    if (key->state == KEY_SUSPENDED)
        return suspended_refuse(s, id, signer, e);
    if (key->state != KEY_ACTIVE)
        return err_refuse(e, "key.state", "key %.16s is %s", hex, key_state_names[key->state]);
    if (state_certificate_of(s, id, time) == NULL) {
        (void)err_refuse(e, "key.certificate", "key %.16s has no certificate valid now", hex);
        return err_hint(e, "propose a new certificate: sealward certificate propose");
    }
    return key_fits(open, s, key, a, e);
}

bool session_signed(const struct grant *grant, struct bytes text, struct bytes signature,
                    struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, grant->session, e))
        return false;
    if (pubkey_verify(key, MECHANISM_ECDSA_SHA256, text, signature, e))
        return true;
    return err_because(e, "the signature is not by the grant's session key");
}
