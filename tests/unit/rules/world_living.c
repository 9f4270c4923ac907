#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"

static struct bytes text(const char *value)
{
    return bytes_text(value);
}

/* Signers of levels without life belong to people who stay. */
static struct bytes others(struct world *w, const char *signer)
{
    return world_replace(w, world_object(w, "signer", signer),
                         "\"owner\":\"release-engineer\",\"deputy\":\"approver-2\"",
                         "\"owner\":\"officer-2\",\"deputy\":\"approver-1\"");
}

void living_make(struct living *l)
{
    static const char life[] = "{\"renew\":%d,\"warn\":%d,\"alarm\":%d,\"unused\":%d,\"grace\":%d,"
                               "\"timestamp\":%s}";
    struct world *w = &l->w;
    *l = (struct living){.id = NULL};
    world_found(w, false);
    world_ready(w);
    world_second(w);
    struct bytes two = text("{\"team\":\"officers\",\"count\":2}");
    struct bytes one = text("{\"team\":\"officers\",\"count\":1}");
    struct bytes plain =
        world_format(w, life, 30 * 86400, 14 * 86400, 7 * 86400, 60 * 86400, 10 * 86400, "false");
    struct bytes timed =
        world_format(w, life, 30 * 86400, 14 * 86400, 7 * 86400, 60 * 86400, 10 * 86400, "true");
    const struct edit edits[] = {{"quorum", "ownership", two},
                                 {"quorum", "reconfirm", two},
                                 {"quorum", "destroy", two},
                                 {"quorum", "rollover", two},
                                 {"quorum", "enroll", one},
                                 {"life", "internal-package", plain},
                                 {"life", "desktop-software", timed},
                                 {"signer", "container", others(w, "container")},
                                 {"signer", "firmware", others(w, "firmware")}};
    world_decide(w, "policy", world_changes(w, edits, sizeof edits / sizeof edits[0]), OFFICER_1,
                 OFFICER_3);
    world_key_make(w, &l->key, "package");
    l->id = world_hex(w, BYTES_OF(l->key.id));
}

void living_done(struct living *l)
{
    world_key_done(&l->key);
    world_done(&l->w);
}

void world_wait(struct world *w, int64_t time)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct list none = {.count = 0};
    struct err e;
    w->now += time;
    /* So long without an entry would be a silence that a start must doubt. */
    ok_call(rules_start_body(&body, w->state, bytes_text("1.0"), &none, &e), e);
    accepted(w, world_enter(w, "start", buf_bytes(&body)));
}

void world_wait_until(struct world *w, int64_t time)
{
    while (w->now < time)
        world_wait(w, time - w->now > 6 * DAY ? 6 * DAY : time - w->now);
}

size_t world_findings(const struct world *w, const char *kind)
{
    size_t count = 0;
    for (const struct finding *f = w->out.findings; f != NULL; f = f->next)
        count += strcmp(f->kind, kind) == 0;
    return count;
}

const char *world_finding(struct world *w, const char *kind)
{
    for (const struct finding *f = w->out.findings; f != NULL; f = f->next)
        if (strcmp(f->kind, kind) == 0)
            return (const char *)world_copy(w, f->text).data;
    fail_msg("no finding \"%s\"", kind);
    return NULL;
}

void world_standby(struct world *w, struct world_key *ret, const char *signer)
{
    uint8_t proposal[32];
    world_key_plan(w, ret, signer, "soft", "p-256");
    accepted(w, world_enter(w, "key", world_key_body(w, ret, "soft", world_attributes)));
    accepted(w, world_propose(
                    w, ENGINEER, "issuance",
                    world_issuance_detail(w, ret, "private", signer, signer, INT64_C(90) * 86400)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->ca)));
}

int world_key_state(const struct world *w, const struct world_key *key)
{
    const struct key_record *record = state_key(w->state, BYTES_OF(key->id));
    assert_non_null(record);
    return record->state;
}

const struct certificate *world_certificate(struct world *w, const struct world_key *key)
{
    const struct table *t = state_view(w->state, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (bytes_equal(c->key, BYTES_OF(key->id)))
            return c;
    }
    fail_msg("the key has no certificate");
    return NULL;
}

bool world_use(struct world *w, const struct world_key *key, const char *content)
{
    struct bytes jar = world_artifact(w, "tool.jar", "jar", content);
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_grant(w, "ci-app", world_grant_body(w, "package", jar, 4, 3600)) &&
           world_sign(w, key, world_copy(w, BYTES_OF(digest)));
}

/* ---- Owners ---- */

static struct bytes team_without(struct world *w, const struct object *object, const char *handle,
                                 bool *ret_had)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) value = BUF(LIMIT_OBJECT);
    struct team team;
    struct err e;
    ok_call(fields_read(&team, object_fields(OBJECT_TEAM), object->value, &arena, &e), e);
    struct bytes *members = team.members.items;
    size_t kept = 0;
    for (size_t i = 0; i < team.members.count; i++)
        if (!bytes_is(members[i], handle))
            members[kept++] = members[i];
    *ret_had = kept < team.members.count;
    team.members.count = kept;
    fields_write(&value, object_fields(OBJECT_TEAM), &team);
    assert_false(value.failed && kept > 0);
    return kept == 0 ? BYTES_NONE : world_copy(w, buf_bytes(&value));
}

void world_leave(struct world *w, const char *handle)
{
    struct edit edits[16];
    size_t count = 0;
    const struct table *objects = state_view(w->state, TABLE_OBJECTS);
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = table_at(objects, i);
        bool had = false;
        if (object->kind != OBJECT_TEAM)
            continue;
        struct bytes value = team_without(w, object, handle, &had);
        if (had)
            edits[count++] =
                (struct edit){"team", (const char *)world_copy(w, object->id).data, value};
    }
    edits[count++] = (struct edit){"person", handle, BYTES_NONE};
    uint8_t leaf[32];
    accepted(w, world_propose(w, APPROVER_1, "policy", world_changes(w, edits, count)));
    memcpy(leaf, w->leaf, sizeof leaf);
    accepted(w, world_approve(w, OFFICER_1, leaf));
    accepted(w, world_approve(w, OFFICER_3, leaf));
}

static const struct object *object_of(struct world *w, enum object_kind kind, const char *id)
{
    uint8_t key[OBJECT_KEY_MAX];
    const struct object *object =
        table_get(state_view(w->state, TABLE_OBJECTS), object_key(key, kind, bytes_text(id)));
    assert_non_null(object);
    return object;
}

struct bytes world_ownership_detail(struct world *w, const char *signer, const char *owner,
                                    const char *deputy)
{
    return world_format(
        w, "{\"signer\":\"%s\",\"owner\":\"%s\",\"deputy\":\"%s\",\"replaces\":\"%s\"}", signer,
        owner, deputy, world_base64(w, object_of(w, OBJECT_SIGNER, signer)->digest));
}

/* ---- Ends ---- */

static struct bytes activation_of(struct world *w, const char *kind, const char *id)
{
    uint8_t key[32];
    struct err e;
    if (strcmp(kind, "path") == 0)
        return object_of(w, OBJECT_PATH, id)->activated;
    if (strcmp(kind, "signer") == 0)
        return object_of(w, OBJECT_SIGNER, id)->activated;
    ok_call(hex_decode(key, sizeof key, bytes_text(id), &e), e);
    return state_key(w->state, BYTES_OF(key))->activated;
}

struct bytes world_retire_body(struct world *w, const char *kind, const char *id)
{
    return world_format(w,
                        "{\"subject\":\"%s\",\"id\":\"%s\",\"activation\":\"%s\",\"reason\":"
                        "\"no longer needed\"}",
                        kind, id, world_base64(w, activation_of(w, kind, id)));
}

bool world_retire(struct world *w, enum hand hand, const char *kind, const char *id)
{
    return world_say(w, hand, "retire", world_retire_body(w, kind, id));
}

struct bytes world_rollover_detail(struct world *w, const char *signer,
                                   const struct world_key *from, const struct world_key *to,
                                   const char *switch_at, int overlap)
{
    return world_format(
        w, "{\"signer\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"switch_at\":%s,\"overlap\":%d}",
        signer, world_base64(w, BYTES_OF(from->id)), world_base64(w, BYTES_OF(to->id)), switch_at,
        overlap);
}

void world_destroy(struct world *w, const struct world_key *key)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    uint8_t leaf[32];
    accepted(
        w, world_propose(w, ENGINEER, "destroy",
                         world_format(w, "{\"key\":\"%s\"}", world_base64(w, BYTES_OF(key->id)))));
    memcpy(leaf, w->leaf, sizeof leaf);
    accepted(w, world_approve(w, OFFICER_1, leaf));
    accepted(w, world_approve(w, OFFICER_3, leaf));
    rules_destroyed_body(&body, leaf, key->id, 0);
    accepted(w, world_enter(w, "destroyed", buf_bytes(&body)));
}

/* ---- A story ---- */

static void endpoints(struct world *w, const struct world_key *key)
{
    accepted(w,
             world_say(w, OFFICER_1, "enroll",
                       world_format(w, "{\"id\":\"server-1\",\"class\":\"server\",\"key\":\"%s\"}",
                                    world_base64(w, key->spki))));
    accepted(w, world_say(w, APPROVER_1, "expel",
                          world_format(w, "{\"id\":\"server-1\",\"activation\":\"%s\"}",
                                       world_base64(w, BYTES_OF(w->leaf)))));
    accepted(w,
             world_say(w, OFFICER_1, "enroll",
                       world_format(w, "{\"id\":\"server-2\",\"class\":\"server\",\"key\":\"%s\"}",
                                    world_base64(w, w->ca.spki))));
}

static void moved(struct world *w)
{
    struct bytes old = world_object(w, "workload", "ci-app");
    struct bytes value = world_replace(w, old, "c0ffee", "decade");
    uint8_t digest[32];
    digest_sha256(digest, old);
    world_decide(w, "reconfirm",
                 world_format(w, "{\"workload\":\"ci-app\",\"replaces\":\"%s\",\"value\":%.*s}",
                              world_base64(w, BYTES_OF(digest)), (int)value.size,
                              (const char *)value.data),
                 OFFICER_1, OFFICER_3);
    value = world_replace(w, value, "decade", "c0ffee");
    world_change(w, "workload", "ci-app", value);
}

static void rolled(struct world *w, const struct world_key *from, const struct world_key *to)
{
    const char *at = (const char *)world_format(w, "%lld", (long long)(w->now + DAY)).data;
    world_decide(w, "rollover", world_rollover_detail(w, "package", from, to, at, 86400), OFFICER_1,
                 OFFICER_3);
    world_wait(w, DAY);
    accepted(w, world_use(w, to, "new key"));
    world_wait(w, 2 * DAY);
    world_destroy(w, from);
}

static void renewed(struct world *w, const struct world_key *key)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    const struct certificate *c = world_certificate(w, key);
    int64_t number = c->number;
    world_wait_until(w, c->not_after - LIFE_RENEW);
    rules_renewal_body(&body, number);
    accepted(w, world_enter(w, "renewal", buf_bytes(&body)));
    uint8_t proposal[32];
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->ca)));
}

static void found(struct world *w)
{
    accepted(w,
             world_enter(w, "reconciled",
                         bytes_text("{\"token\":\"soft\",\"findings\":[{\"kind\":"
                                    "\"unknown-key\",\"id\":\"qg==\",\"note\":\"of nobody\"}]}")));
    accepted(w, world_enter(w, "reconciled", bytes_text("{\"token\":\"soft\",\"findings\":[]}")));
}

/* What was announced for the day of a compromise comes with it. */
static void compromised(struct world *w, const struct world_key *from, struct world_key *to)
{
    world_standby(w, to, "package");
    world_decide(w, "rollover", world_rollover_detail(w, "package", from, to, "null", 86400),
                 OFFICER_1, OFFICER_3);
    accepted(w, world_revoke(w, OFFICER_1, "key", world_hex(w, BYTES_OF(from->id)), "keyCompromise",
                             w->now - HOUR));
    accepted(w, world_use(w, to, "first good"));
}

static void orphaned(struct world *w)
{
    world_leave(w, "release-engineer");
    accepted(w, world_say(w, APPROVER_2, "confirm", bytes_text("{\"signer\":\"package\"}")));
    world_wait_until(w, w->now + 2 * LIFE_GRACE);
    uint8_t leaf[32];
    accepted(w, world_propose(w, APPROVER_1, "ownership",
                              world_ownership_detail(w, "package", "approver-2", "approver-1")));
    memcpy(leaf, w->leaf, sizeof leaf);
    accepted(w, world_approve(w, OFFICER_1, leaf));
    accepted(w, world_approve(w, OFFICER_3, leaf));
}

void world_living_story(struct world *w)
{
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) next = {0};
    AUTO_VALUE(world_key) idle = {0};
    AUTO_VALUE(world_key) last = {0};
    living_make(&l);
    accepted(&l.w, world_use(&l.w, &l.key, "old key"));
    world_standby(&l.w, &next, "package");
    world_standby(&l.w, &idle, "desktop");
    endpoints(&l.w, &l.key);
    moved(&l.w);
    rolled(&l.w, &l.key, &next);
    renewed(&l.w, &next);
    found(&l.w);
    compromised(&l.w, &next, &last);
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "path", "container"));
    orphaned(&l.w);
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "signer", "package"));
    *w = l.w;
    memset(&l.w, 0, sizeof l.w);
}
