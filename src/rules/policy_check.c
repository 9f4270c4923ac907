/* Whether policy as a whole makes sense: one check a kind of object, then what must be there. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "pki/key.h"
#include "pki/sshkey.h"
#include "proof/format.h"
#include "rules/duties.h"
#include "rules/lifecycle.h"
#include "rules/policy.h"
#include "rules/quorum.h"
#include "rules/tables.h"

/* What a quorum decides. Raising trust, and what cannot be undone, takes two people at the least,
 * whatever policy would like. */
struct decided {
    const char *name;
    int64_t since; /* rules version */
    int64_t least;
    bool alone;    /* one person's act: the count must be one */
    bool required; /* policy must have it */
};

static const struct decided decisions[] = {
    {.name = "policy", .since = 1, .least = 2, .required = true},
    {.name = "key", .since = 1, .least = 2, .required = true},
    {.name = "issuance", .since = 1, .least = 2, .required = true},
    {.name = "resume", .since = 1, .least = 2, .required = true},
    {.name = "rules", .since = 1, .least = 2, .required = true},
    {.name = "clock", .since = 1, .least = 2, .required = true},
    {.name = "suspend", .since = 1, .least = 1, .alone = true, .required = true},
    {.name = "revoke", .since = 2, .least = 1, .alone = true},
    {.name = "enroll", .since = 2, .least = 1, .alone = true},
    {.name = "ratify", .since = 2, .least = 1},
    {.name = "lift", .since = 2, .least = 2},
    {.name = "advance", .since = 2, .least = 2},
    {.name = "revoke-ca", .since = 2, .least = 2},
    {.name = "ownership", .since = 2, .least = 2},
    {.name = "reconfirm", .since = 2, .least = 2},
    {.name = "destroy", .since = 2, .least = 2},
    {.name = "rollover", .since = 2, .least = 2},
};
#define DECISIONS (sizeof decisions / sizeof decisions[0])

static bool refuse(struct err *e, const char *rule, const struct object *object, const char *why)
{
    char full[sizeof e->rule];
    (void)snprintf(full, sizeof full, "policy.%s", rule);
    return err_refuse(e, full, "%s \"%.*s\" %s", object_kind_names[object->kind],
                      BYTES_PRINT(object->id), why);
}

/* That every id of the list names an object of that kind. */
static bool known_all(const struct table *objects, const struct object *object,
                      const struct list *ids, enum object_kind kind, struct err *e)
{
    const struct bytes *items = ids->items;
    for (size_t i = 0; i < ids->count; i++) {
        if (!policy_has(objects, kind, items[i]))
            return err_refuse(e, "policy.reference",
                              "%s \"%.*s\" names %s \"%.*s\", which policy "
                              "does not have",
                              object_kind_names[object->kind], BYTES_PRINT(object->id),
                              object_kind_names[kind], BYTES_PRINT(items[i]));
    }
    return true;
}

static bool known(const struct table *objects, const struct object *object, struct bytes id,
                  enum object_kind kind, struct err *e)
{
    struct list one = {.items = &id, .count = 1};
    return known_all(objects, object, &one, kind, e);
}

static bool distinct(const struct object *object, const struct list *ids, struct err *e)
{
    const struct bytes *items = ids->items;
    for (size_t i = 0; i < ids->count; i++)
        for (size_t n = i + 1; n < ids->count; n++)
            if (bytes_equal(items[i], items[n]))
                return refuse(e, "distinct", object, "names the same id twice");
    return true;
}

/* A key must name one person: else two signatures, or a pipeline's request and its approval, could
 * be one human's. */
static bool key_is_elsewhere(const struct table *objects, const struct object *owner,
                             struct bytes key)
{
    for (size_t i = 0; i < objects->count; i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct err ignored;
        struct person person;
        const struct object *object = table_at(objects, i);
        if (object->kind != OBJECT_PERSON || object == owner ||
            !fields_read(&person, object_fields(OBJECT_PERSON), object->value, &arena, &ignored))
            continue;
        const struct authenticator *items = person.authenticators.items;
        for (size_t n = 0; n < person.authenticators.count; n++)
            if (bytes_equal(items[n].key, key))
                return true;
    }
    return false;
}

static bool check_person(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    (void)a;
    const struct person *person = value;
    const struct authenticator *items = person->authenticators.items;
    for (size_t i = 0; i < person->authenticators.count; i++) {
        struct sshkey key;
        if (!sshkey_parse(&key, items[i].key, e))
            return err_wrap(e, "person \"%.*s\"", BYTES_PRINT(object->id));
        if ((items[i].presence || items[i].verification) && !sshkey_is_hardware(key.kind))
            return refuse(e, "authenticator", object,
                          "demands presence or verification of a key that is not a security key");
        if (key_is_elsewhere(objects, object, items[i].key))
            return refuse(e, "authenticator", object,
                          "has an authenticator that another person has too");
    }
    return true;
}

static bool check_team(const struct table *objects, const struct object *object, const void *value,
                       struct arena *a, struct err *e)
{
    (void)a;
    const struct team *team = value;
    return known_all(objects, object, &team->members, OBJECT_PERSON, e) &&
           distinct(object, &team->members, e);
}

static bool check_issuer(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    (void)objects;
    (void)a;
    const struct issuer *issuer = value;
    const struct issuer_key *keys = issuer->keys.items;
    for (size_t i = 0; i < issuer->keys.count; i++) {
        AUTO(pubkey) key = NULL;
        if (!pubkey_parse(&key, keys[i].key, e))
            return err_wrap(e, "issuer \"%.*s\", key \"%.*s\"", BYTES_PRINT(object->id),
                            BYTES_PRINT(keys[i].kid));
        for (size_t n = 0; n < i; n++)
            if (bytes_equal(keys[i].kid, keys[n].kid))
                return refuse(e, "issuer", object, "pins two keys under one id");
    }
    return true;
}

static bool workload_claims_judge(const struct object *object, const struct workload *workload,
                                  struct err *e)
{
    const struct claim *claims = workload->claims.items;
    for (size_t i = 0; i < workload->claims.count; i++)
        if (!bytes_is(claims[i].name, "sub"))
            return true;
    (void)refuse(e, "workload", object, "is bound to no claim that survives a renaming");
    return err_hint(e, "bind ids such as repository_id, never `sub` alone");
}

static bool check_workload(const struct table *objects, const struct object *object,
                           const void *value, struct arena *a, struct err *e)
{
    const struct workload *workload = value;
    struct issuer issuer;
    const struct bytes *keys = workload->keys.items;
    for (size_t i = 0; i < workload->keys.count; i++) {
        struct sshkey key;
        if (!sshkey_parse(&key, keys[i], e))
            return err_wrap(e, "workload \"%.*s\"", BYTES_PRINT(object->id));
        if (key_is_elsewhere(objects, object, keys[i]))
            return refuse(e, "authenticator", object, "has a key that is a person's authenticator");
    }
    if (workload->issuer.data == NULL)
        return workload->keys.count > 0 && workload->claims.count == 0
                   ? true
                   : refuse(e, "workload", object,
                            "has no issuer: it needs enrolled keys, and can have no claims");
    if (!known(objects, object, workload->issuer, OBJECT_ISSUER, e) ||
        !policy_get(&issuer, objects, OBJECT_ISSUER, workload->issuer, a, e))
        return false;
    if (issuer.audience.data != NULL && workload->keys.count == 0)
        return refuse(e, "workload", object,
                      "needs an enrolled key: its issuer's audience is fixed");
    return workload_claims_judge(object, workload, e);
}

static bool check_level(const struct table *objects, const struct object *object, const void *value,
                        struct arena *a, struct err *e)
{
    (void)objects;
    (void)a;
    const struct level *level = value;
    const struct bytes *names = level->algorithms.items;
    for (size_t i = 0; i < level->algorithms.count; i++)
        if (key_algorithm_find(names[i]) == NULL)
            return refuse(e, "algorithm", object, "names an algorithm that is not known");
    return true;
}

static bool formats_judge(const struct object *object, const struct signer *signer, struct err *e)
{
    const struct bytes *formats = signer->formats.items;
    for (size_t i = 0; i < signer->formats.count; i++) {
        enum format format;
        if (!format_from_name(&format, formats[i], e))
            return err_wrap(e, "signer \"%.*s\"", BYTES_PRINT(object->id));
        if ((int)format_get(format)->family != signer->family)
            return refuse(e, "family", object,
                          "mixes formats that sign attributes with formats that sign bare hashes");
    }
    return true;
}

/* Owner or deputy may have left, where the level says for how long its keys sign on without. */
static bool owners_judge(const struct table *objects, const struct object *object,
                         const struct signer *signer, struct err *e)
{
    bool one = policy_has(objects, OBJECT_PERSON, signer->owner) ||
               policy_has(objects, OBJECT_PERSON, signer->deputy);
    if (one && policy_has(objects, OBJECT_LIFE, signer->level))
        return true;
    return known(objects, object, signer->owner, OBJECT_PERSON, e) &&
           known(objects, object, signer->deputy, OBJECT_PERSON, e);
}

static bool check_signer(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    const struct signer *signer = value;
    struct level level;
    if (!known(objects, object, signer->level, OBJECT_LEVEL, e) ||
        !owners_judge(objects, object, signer, e) ||
        !policy_get(&level, objects, OBJECT_LEVEL, signer->level, a, e))
        return false;
    if (bytes_equal(signer->owner, signer->deputy))
        return refuse(e, "owner", object, "has one person as owner and deputy");
    if (!ids_have(&level.algorithms, signer->algorithm))
        return refuse(e, "algorithm", object, "has an algorithm that its level does not allow");
    return formats_judge(object, signer, e);
}

/* How many of the team are also in the other one. */
static size_t team_common(const struct table *objects, struct bytes team, const struct team *other)
{
    const struct bytes *members = other->members.items;
    size_t common = 0;
    for (size_t i = 0; i < other->members.count; i++)
        common += team_has(objects, team, members[i]);
    return common;
}

/* Whether somebody of these teams is one of those people. */
static bool teams_meet(const struct table *objects, const struct list *teams,
                       const struct team *people)
{
    const struct bytes *items = teams->items;
    for (size_t i = 0; i < teams->count; i++)
        if (team_common(objects, items[i], people) > 0)
            return true;
    return false;
}

/* Enough people to approve, counted without the one who opened the grant where he is one of them.
 */
static bool approvers_judge(const struct table *objects, const struct object *object,
                            const struct release_path *path, const struct level *level,
                            struct arena *a, struct err *e)
{
    struct team approvers;
    if (!policy_get(&approvers, objects, OBJECT_TEAM, path->approvers, a, e))
        return false;
    size_t needed = (size_t)level->approvals;
    if (path->teams.count > 0 && needed == 0)
        needed = 1;
    if (teams_meet(objects, &path->teams, &approvers))
        needed++;
    if (approvers.members.count < needed)
        return refuse(e, "lockout", object, "has fewer approvers than its level demands");
    return true;
}

static bool check_path(const struct table *objects, const struct object *object, const void *value,
                       struct arena *a, struct err *e)
{
    const struct release_path *path = value;
    struct signer signer;
    struct level level;
    if (!known(objects, object, path->signer, OBJECT_SIGNER, e) ||
        !known_all(objects, object, &path->workloads, OBJECT_WORKLOAD, e) ||
        !known_all(objects, object, &path->teams, OBJECT_TEAM, e) ||
        !policy_get(&signer, objects, OBJECT_SIGNER, path->signer, a, e) ||
        !policy_get(&level, objects, OBJECT_LEVEL, signer.level, a, e))
        return false;
    bool dissolved = !policy_has(objects, OBJECT_TEAM, path->approvers);
    if (dissolved && !policy_has(objects, OBJECT_LIFE, signer.level))
        return known(objects, object, path->approvers, OBJECT_TEAM, e);
    if (path->workloads.count + path->teams.count == 0)
        return refuse(e, "path", object, "can be used by nobody");
    const struct bytes *formats = path->formats.items;
    for (size_t i = 0; i < path->formats.count; i++)
        if (!ids_have(&signer.formats, formats[i]))
            return refuse(e, "path", object, "has a format that its signer does not have");
    if (path->window > level.window || path->count > level.count)
        return refuse(e, "path", object, "allows more than its level: window or count");
    return dissolved || approvers_judge(objects, object, path, &level, a, e);
}

static const struct decided *decided_find(struct bytes id)
{
    for (size_t i = 0; i < DECISIONS; i++)
        if (bytes_is(id, decisions[i].name))
            return &decisions[i];
    return NULL;
}

static size_t people_count(const struct table *objects)
{
    size_t people = 0;
    for (size_t i = 0; i < objects->count; i++)
        people += ((const struct object *)table_at(objects, i))->kind == OBJECT_PERSON;
    return people;
}

/* Where who approved a key may not approve its certificate, both quorums need people of their own.
 */
static bool certifying_lockout(const struct table *objects, const struct object *object,
                               const struct quorum *issuance, struct arena *a, struct err *e)
{
    struct quorum key;
    struct team key_team;
    struct team issuance_team;
    if (!bytes_is(object->id, "issuance") ||
        !duty_pairs(objects, "key.approve", "issuance.approve") ||
        !policy_has(objects, OBJECT_QUORUM, bytes_text("key")))
        return true;
    if (!policy_get(&key, objects, OBJECT_QUORUM, bytes_text("key"), a, e) ||
        !policy_get(&key_team, objects, OBJECT_TEAM, key.team, a, e) ||
        !policy_get(&issuance_team, objects, OBJECT_TEAM, issuance->team, a, e))
        return false;
    size_t people = key_team.members.count + issuance_team.members.count -
                    team_common(objects, key.team, &issuance_team);
    if (people >= (size_t)(key.count + issuance->count))
        return true;
    (void)refuse(e, "lockout", object,
                 "and quorum \"key\" need more different people than there are");
    return err_hint(e,
                    "add people to the teams: a duty keeps key.approve and issuance.approve apart");
}

/* Whether somebody of the team may have done himself what it decides on: then he does not count. */
static bool judges_its_own(const struct table *objects, struct bytes id, const struct team *team,
                           struct arena *a)
{
    struct quorum revoke;
    struct err ignored;
    return (bytes_is(id, "lift") || bytes_is(id, "ratify")) &&
           policy_has(objects, OBJECT_QUORUM, bytes_text("revoke")) &&
           policy_get(&revoke, objects, OBJECT_QUORUM, bytes_text("revoke"), a, &ignored) &&
           team_common(objects, revoke.team, team) > 0;
}

/* How many must decide, and whether that many can: one more where the proposer, or who suspended,
 * may not approve. */
static bool quorum_lockout(const struct table *objects, const struct object *object,
                           const struct quorum *quorum, struct arena *a, struct err *e)
{
    struct team team;
    char propose[LIMIT_ID + 16];
    char approve[LIMIT_ID + 16];
    if (!policy_get(&team, objects, OBJECT_TEAM, quorum->team, a, e))
        return false;
    (void)snprintf(propose, sizeof propose, "%.*s.propose", BYTES_PRINT(object->id));
    (void)snprintf(approve, sizeof approve, "%.*s.approve", BYTES_PRINT(object->id));
    size_t others = duty_pairs(objects, propose, approve) ? 1 : 0;
    size_t needed = (size_t)quorum->count;
    if ((bytes_is(object->id, "resume") && duty_pairs(objects, "suspend", approve)) ||
        judges_its_own(objects, object->id, &team, a))
        needed++;
    if (team.members.count >= needed && people_count(objects) >= needed + others)
        return certifying_lockout(objects, object, quorum, a, e);
    (void)refuse(e, "lockout", object, "is larger than those who may decide");
    return err_hint(e, "add people to team %.*s or lower the count", BYTES_PRINT(quorum->team));
}

static bool check_quorum(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    const struct quorum *quorum = value;
    const struct decided *decided = decided_find(object->id);
    if (decided == NULL)
        return refuse(e, "quorum", object, "is for no decision that is known");
    if (!known(objects, object, quorum->team, OBJECT_TEAM, e))
        return false;
    if (quorum->count < decided->least) {
        bool raises = decided->least > 1;
        (void)refuse(e, "quorum", object, raises ? "is below two: it raises trust" : "is zero");
        return err_hint(e, "what raises trust needs two distinct people at the least");
    }
    if (decided->alone && quorum->count != 1)
        return refuse(e, "quorum", object, "must be one: suspending is one person's act");
    return quorum_lockout(objects, object, quorum, a, e);
}

static bool check_duty(const struct table *objects, const struct object *object, const void *value,
                       struct arena *a, struct err *e)
{
    (void)objects;
    (void)a;
    const struct duty *duty = value;
    if (act_since(duty->first) == 0 || act_since(duty->second) == 0)
        return refuse(e, "duty", object, "names an act that is not known");
    if (bytes_equal(duty->first, duty->second))
        return refuse(e, "duty", object, "pairs an act with itself");
    return true;
}

static bool check_limits(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    (void)objects;
    (void)value;
    (void)a;
    return bytes_is(object->id, "main") ? true
                                        : refuse(e, "limits", object, "is not the one called main");
}

static bool check_life(const struct table *objects, const struct object *object, const void *value,
                       struct arena *a, struct err *e)
{
    (void)a;
    const struct life_object *life = value;
    if (!known(objects, object, object->id, OBJECT_LEVEL, e))
        return false;
    if (life->alarm > life->warn || (life->renew > 0 && life->warn > life->renew))
        return refuse(e, "life", object, "has windows that do not come as renewal, warning, alarm");
    return true;
}

static bool check_status(const struct table *objects, const struct object *object,
                         const void *value, struct arena *a, struct err *e)
{
    (void)objects;
    (void)a;
    const struct status_object *status = value;
    if (!bytes_is(object->id, "main"))
        return refuse(e, "status", object, "is not the one called main");
    if (status->crl_every >= status->crl_life || status->list_every >= status->list_life)
        return refuse(e, "status", object, "would let a status expire before the next one");
    return true;
}

static bool check_nothing(const struct table *objects, const struct object *object,
                          const void *value, struct arena *a, struct err *e)
{
    (void)objects;
    (void)object;
    (void)value;
    (void)a;
    (void)e;
    return true;
}

static bool (*const checks[OBJECT_KINDS])(const struct table *, const struct object *, const void *,
                                          struct arena *, struct err *) = {
    [OBJECT_PERSON] = check_person, [OBJECT_TEAM] = check_team,
    [OBJECT_ISSUER] = check_issuer, [OBJECT_WORKLOAD] = check_workload,
    [OBJECT_TOKEN] = check_nothing, [OBJECT_LEVEL] = check_level,
    [OBJECT_SIGNER] = check_signer, [OBJECT_PATH] = check_path,
    [OBJECT_QUORUM] = check_quorum, [OBJECT_DUTY] = check_duty,
    [OBJECT_LIMITS] = check_limits, [OBJECT_LIFE] = check_life,
    [OBJECT_STATUS] = check_status, [OBJECT_ENDPOINTS] = check_nothing,
};

static bool check_object(const struct table *objects, const struct object *object, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_OBJECT);
    enum object_kind kind = (enum object_kind)object->kind;
    void *value = arena_alloc(&arena, object_fields(kind)->size);
    if (value == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an object of policy");
    if (!text_is_name(object->id))
        return refuse(e, "id", object, "is no name of lower-case letters, digits, dots and dashes");
    return fields_read(value, object_fields(kind), object->value, &arena, e) &&
           checks[kind](objects, object, value, &arena, e);
}

static bool required_judge(const struct table *objects, struct err *e)
{
    if (!policy_has(objects, OBJECT_LIMITS, bytes_text("main")))
        return err_refuse(e, "policy.absent", "policy needs limits \"main\"");
    for (size_t i = 0; i < DECISIONS; i++)
        if (decisions[i].required &&
            !policy_has(objects, OBJECT_QUORUM, bytes_text(decisions[i].name)))
            return err_refuse(e, "policy.absent", "policy needs a quorum \"%s\"",
                              decisions[i].name);
    return true;
}

/* A duty starts with the later one of its acts. */
static int64_t duty_since(const struct object *object)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct duty duty;
    struct err ignored;
    if (!fields_read(&duty, object_fields(OBJECT_DUTY), object->value, &arena, &ignored))
        return 1;
    int64_t first = act_since(duty.first);
    int64_t second = act_since(duty.second);
    return first > second ? first : second;
}

static int64_t object_since(const struct object *object)
{
    if (object->kind >= OBJECT_LIFE)
        return 2;
    if (object->kind == OBJECT_DUTY)
        return duty_since(object);
    const struct decided *decided = decided_find(object->id);
    return object->kind == OBJECT_QUORUM && decided != NULL ? decided->since : 1;
}

bool policy_check(const struct table *objects, int64_t version, struct err *e)
{
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = table_at(objects, i);
        if (object_since(object) > version)
            return refuse(e, "version", object, "starts with a later rules version");
        if (!check_object(objects, object, e))
            return false;
    }
    return required_judge(objects, e);
}

static bool begins_judge(const struct table *objects, const struct object *object, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_OBJECT);
    struct signer signer;
    struct release_path path;
    if (object->kind == OBJECT_SIGNER)
        return fields_read(&signer, object_fields(OBJECT_SIGNER), object->value, &arena, e) &&
               known(objects, object, signer.owner, OBJECT_PERSON, e) &&
               known(objects, object, signer.deputy, OBJECT_PERSON, e);
    return object->kind != OBJECT_PATH ||
           (fields_read(&path, object_fields(OBJECT_PATH), object->value, &arena, e) &&
            known(objects, object, path.approvers, OBJECT_TEAM, e));
}

bool policy_people_check(const struct table *objects, const struct list *changes, struct err *e)
{
    const struct change *items = changes->items;
    for (size_t i = 0; i < changes->count; i++) {
        uint8_t key[OBJECT_KEY_MAX];
        const struct object *object =
            table_get(objects, object_key(key, (enum object_kind)items[i].kind, items[i].id));
        if (object != NULL && !begins_judge(objects, object, e))
            return false;
    }
    return true;
}
