#include "cli/policy_file.h"

#include "base/limits.h"
#include "base/text.h"
#include "cli/policy_keys.h"
#include "cli/yaml_fields.h"
#include "proof/format.h"
#include "rules/policy.h"

#include <stdio.h>

enum { OBJECTS_MAX = 512 };

struct making {
    const char *folder;
    struct names *names;
    struct arena *arena;
    struct change objects[OBJECTS_MAX];
    size_t count;
};

/* Writes the object by the rulebook's own table, and reads it again: so what the table does not
 * allow is found here, where the line is known. */
static bool object_add(struct making *m, enum object_kind kind, struct bytes id, const void *object,
                       const struct yaml_tree *at, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_OBJECT);
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_OBJECT);
    const struct fields *table = object_fields(kind);
    void *again = arena_alloc(&arena, table->size);
    if (again == NULL || m->count == OBJECTS_MAX)
        return err_set(e, ERR_LIMIT, "a policy has at most %d objects", OBJECTS_MAX);
    fields_write(&text, table, object);
    if (!buf_ok(&text, "the object", e))
        return yaml_tree_refuse(e, at, "%s \"%.*s\" has a value that is too long or out of range",
                                object_kind_names[kind], BYTES_PRINT(id));
    if (!fields_read(again, table, buf_bytes(&text), &arena, e))
        return err_wrap(e, "line %u: %s \"%.*s\"", at->line, object_kind_names[kind],
                        BYTES_PRINT(id));
    struct bytes value = arena_copy(m->arena, buf_bytes(&text));
    if (value.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for policy");
    m->objects[m->count++] = (struct change){.kind = (int)kind, .id = id, .value = value};
    return true;
}

/* --- Kinds, each from the mapping that stands behind its id --- */

struct person_file {
    const struct yaml_tree *keys;
};

static const struct yaml_field person_rows[] = {
    YAML_FIELD(struct person_file, keys, YAML_FIELD_TREE),
    {0},
};

static bool person_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    struct person_file file;
    struct person person;
    uint8_t hash[32];
    if (names_find(m->names, at->name) == NULL && !names_add(m->names, at->name, m->arena, e))
        return false;
    const struct name_row *row = names_find(m->names, at->name);
    names_hash(hash, row->salt, row->name);
    person.name = BYTES_OF(hash);
    return yaml_fields_take(&file, person_rows, at, m->names, m->arena, e) &&
           policy_keys_people(&person.authenticators, file.keys, m->folder, m->arena, e) &&
           object_add(m, OBJECT_PERSON, row->handle, &person, at, e);
}

static bool team_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct team, members, YAML_FIELD_PEOPLE),
        {0},
    };
    struct team team;
    return yaml_fields_take(&team, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_TEAM, at->name, &team, at, e);
}

struct issuer_file {
    struct issuer issuer;
    const struct yaml_tree *keys;
};

static bool issuer_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        {"iss", YAML_FIELD_TEXT, offsetof(struct issuer_file, issuer.iss), false, 0},
        {"audience", YAML_FIELD_TEXT, offsetof(struct issuer_file, issuer.audience), true, 0},
        {"max_age", YAML_FIELD_SECONDS, offsetof(struct issuer_file, issuer.max_age), false, 0},
        {"skew", YAML_FIELD_SECONDS, offsetof(struct issuer_file, issuer.skew), false, 0},
        YAML_FIELD(struct issuer_file, keys, YAML_FIELD_TREE),
        {0},
    };
    struct issuer_file file;
    return yaml_fields_take(&file, rows, at, m->names, m->arena, e) &&
           policy_keys_issuer(&file.issuer.keys, file.keys, m->folder, m->arena, e) &&
           object_add(m, OBJECT_ISSUER, at->name, &file.issuer, at, e);
}

static bool claims_take(struct list *ret, const struct yaml_tree *map, struct arena *a,
                        struct err *e)
{
    if (!yaml_fields_is(map, YAML_MAP, "\"claims\"", e))
        return false;
    struct claim *claims = arena_alloc(a, (map->count + 1) * sizeof *claims);
    size_t count = 0;
    if (claims == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for claims");
    for (const struct yaml_tree *at = map->first; at != NULL; at = at->next) {
        if (!yaml_fields_is(at, YAML_TEXT, "a claim", e))
            return false;
        claims[count++] = (struct claim){.name = at->name, .value = at->text};
    }
    *ret = (struct list){.items = claims, .count = count};
    return true;
}

struct workload_file {
    struct workload workload;
    const struct yaml_tree *claims;
    const struct yaml_tree *keys;
};

static bool workload_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        {"issuer", YAML_FIELD_TEXT, offsetof(struct workload_file, workload.issuer), true, 0},
        YAML_FIELD_OR_NOT(struct workload_file, claims, YAML_FIELD_TREE),
        YAML_FIELD_OR_NOT(struct workload_file, keys, YAML_FIELD_TREE),
        {0},
    };
    struct workload_file file;
    if (!yaml_fields_take(&file, rows, at, m->names, m->arena, e))
        return false;
    file.workload.claims = file.workload.keys = (struct list){.count = 0};
    if (file.claims != NULL && !claims_take(&file.workload.claims, file.claims, m->arena, e))
        return false;
    if (file.keys != NULL &&
        !policy_keys_workload(&file.workload.keys, file.keys, m->folder, m->arena, e))
        return false;
    return object_add(m, OBJECT_WORKLOAD, at->name, &file.workload, at, e);
}

static bool token_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct token_object, software, YAML_FIELD_FLAG),
        {0},
    };
    struct token_object token;
    return yaml_fields_take(&token, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_TOKEN, at->name, &token, at, e);
}

static bool level_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const char *const bindings[] = {
        [BINDING_NONE] = "none", [BINDING_AFTER] = "after", [BINDING_BEFORE] = "before", 0};
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct level, approvals, YAML_FIELD_NUMBER),
        {"binding", YAML_FIELD_WORD, offsetof(struct level, binding), false, bindings},
        YAML_FIELD(struct level, software_token, YAML_FIELD_FLAG),
        YAML_FIELD(struct level, algorithms, YAML_FIELD_TEXTS),
        YAML_FIELD(struct level, validity, YAML_FIELD_SECONDS),
        YAML_FIELD(struct level, window, YAML_FIELD_SECONDS),
        YAML_FIELD(struct level, count, YAML_FIELD_NUMBER),
        {0},
    };
    struct level level;
    return yaml_fields_take(&level, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_LEVEL, at->name, &level, at, e);
}

struct signer_file {
    struct signer signer;
    const struct yaml_tree *subject;
};

static bool signer_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field subject_rows[] = {
        YAML_FIELD(struct subject, common_name, YAML_FIELD_TEXT),
        YAML_FIELD(struct subject, organization, YAML_FIELD_TEXT),
        YAML_FIELD(struct subject, country, YAML_FIELD_TEXT),
        {0},
    };
    static const struct yaml_field rows[] = {
        {"level", YAML_FIELD_TEXT, offsetof(struct signer_file, signer.level), false, 0},
        YAML_FIELD(struct signer_file, subject, YAML_FIELD_TREE),
        {"owner", YAML_FIELD_PERSON, offsetof(struct signer_file, signer.owner), false, 0},
        {"deputy", YAML_FIELD_PERSON, offsetof(struct signer_file, signer.deputy), false, 0},
        {"algorithm", YAML_FIELD_TEXT, offsetof(struct signer_file, signer.algorithm), false, 0},
        {"family", YAML_FIELD_WORD, offsetof(struct signer_file, signer.family), false,
         format_family_names},
        {"formats", YAML_FIELD_TEXTS, offsetof(struct signer_file, signer.formats), false, 0},
        {0},
    };
    struct signer_file file;
    return yaml_fields_take(&file, rows, at, m->names, m->arena, e) &&
           yaml_fields_take(&file.signer.subject, subject_rows, file.subject, m->names, m->arena,
                            e) &&
           object_add(m, OBJECT_SIGNER, at->name, &file.signer, at, e);
}

static bool path_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct release_path, signer, YAML_FIELD_TEXT),
        YAML_FIELD_OR_NOT(struct release_path, workloads, YAML_FIELD_TEXTS),
        YAML_FIELD_OR_NOT(struct release_path, teams, YAML_FIELD_TEXTS),
        YAML_FIELD(struct release_path, approvers, YAML_FIELD_TEXT),
        YAML_FIELD(struct release_path, formats, YAML_FIELD_TEXTS),
        YAML_FIELD(struct release_path, names, YAML_FIELD_TEXTS),
        YAML_FIELD(struct release_path, window, YAML_FIELD_SECONDS),
        YAML_FIELD(struct release_path, count, YAML_FIELD_NUMBER),
        {0},
    };
    struct release_path path;
    return yaml_fields_take(&path, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_PATH, at->name, &path, at, e);
}

static bool quorum_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct quorum, team, YAML_FIELD_TEXT),
        YAML_FIELD(struct quorum, count, YAML_FIELD_NUMBER),
        {0},
    };
    struct quorum quorum;
    return yaml_fields_take(&quorum, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_QUORUM, at->name, &quorum, at, e);
}

/* Two acts in a list; together they are the duty's id. */
static bool duty_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    if (!yaml_fields_is(at, YAML_LIST, "a duty", e))
        return false;
    if (at->count != 2 || at->first->kind != YAML_TEXT || at->first->next->kind != YAML_TEXT)
        return yaml_tree_refuse(e, at, "a duty is a pair of acts");
    struct duty duty = {.first = at->first->text, .second = at->first->next->text};
    AUTO_VALUE(buf) id = BUF(LIMIT_ID);
    buf_put(&id, duty.first);
    buf_put_u8(&id, '-');
    buf_put(&id, duty.second);
    if (!buf_ok(&id, "a duty", e))
        return err_wrap(e, "line %u", at->line);
    struct bytes kept = arena_copy(m->arena, buf_bytes(&id));
    return kept.data == NULL ? err_set(e, ERR_MEMORY, "out of memory for a duty")
                             : object_add(m, OBJECT_DUTY, kept, &duty, at, e);
}

static bool limits_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct limits_object, statement_age, YAML_FIELD_MS),
        YAML_FIELD(struct limits_object, proposal_age, YAML_FIELD_MS),
        YAML_FIELD(struct limits_object, silence, YAML_FIELD_MS),
        {0},
    };
    struct limits_object limits;
    return yaml_fields_take(&limits, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_LIMITS, bytes_text("main"), &limits, at, e);
}

static bool life_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct life_object, renew, YAML_FIELD_SECONDS),
        YAML_FIELD(struct life_object, warn, YAML_FIELD_SECONDS),
        YAML_FIELD(struct life_object, alarm, YAML_FIELD_SECONDS),
        YAML_FIELD(struct life_object, unused, YAML_FIELD_SECONDS),
        YAML_FIELD(struct life_object, grace, YAML_FIELD_SECONDS),
        YAML_FIELD(struct life_object, timestamp, YAML_FIELD_FLAG),
        {0},
    };
    struct life_object life;
    return yaml_fields_take(&life, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_LIFE, at->name, &life, at, e);
}

static bool status_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        YAML_FIELD(struct status_object, crl_every, YAML_FIELD_SECONDS),
        YAML_FIELD(struct status_object, crl_life, YAML_FIELD_SECONDS),
        YAML_FIELD(struct status_object, list_every, YAML_FIELD_SECONDS),
        YAML_FIELD(struct status_object, list_life, YAML_FIELD_SECONDS),
        YAML_FIELD(struct status_object, ratify, YAML_FIELD_SECONDS),
        YAML_FIELD(struct status_object, accuracy, YAML_FIELD_MS),
        {0},
    };
    struct status_object status;
    return yaml_fields_take(&status, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_STATUS, bytes_text("main"), &status, at, e);
}

static bool endpoints_make(struct making *m, const struct yaml_tree *at, struct err *e)
{
    static const struct yaml_field rows[] = {
        {"reads", YAML_FIELD_WORD, offsetof(struct endpoint_class, reads), false,
         endpoint_reads_names},
        {"stale", YAML_FIELD_WORD, offsetof(struct endpoint_class, stale), false,
         endpoint_stale_names},
        YAML_FIELD(struct endpoint_class, grace, YAML_FIELD_SECONDS),
        YAML_FIELD(struct endpoint_class, clock_error, YAML_FIELD_SECONDS),
        YAML_FIELD(struct endpoint_class, silence, YAML_FIELD_SECONDS),
        {0},
    };
    struct endpoint_class class;
    return yaml_fields_take(&class, rows, at, m->names, m->arena, e) &&
           object_add(m, OBJECT_ENDPOINTS, at->name, &class, at, e);
}

/* --- Sections --- */

struct section {
    const char *name;
    enum yaml_kind shape; /* of the section: ids to mappings, or a list */
    bool named;           /* ids must be names; people may be called anything */
    bool (*make)(struct making *m, const struct yaml_tree *at, struct err *e);
};

/* People first: others refer to them by name. */
static const struct section sections[] = {
    {"people", YAML_MAP, false, person_make}, {"teams", YAML_MAP, true, team_make},
    {"issuers", YAML_MAP, true, issuer_make}, {"workloads", YAML_MAP, true, workload_make},
    {"tokens", YAML_MAP, true, token_make},   {"levels", YAML_MAP, true, level_make},
    {"signers", YAML_MAP, true, signer_make}, {"paths", YAML_MAP, true, path_make},
    {"quorums", YAML_MAP, true, quorum_make}, {"duties", YAML_LIST, false, duty_make},
    {"life", YAML_MAP, true, life_make},      {"endpoints", YAML_MAP, true, endpoints_make},
};

#define SECTIONS (sizeof sections / sizeof sections[0])

static bool section_read(struct making *m, const struct section *section,
                         const struct yaml_tree *at, struct err *e)
{
    char what[64];
    (void)snprintf(what, sizeof what, "\"%s\"", section->name);
    if (!yaml_fields_is(at, section->shape, what, e))
        return false;
    for (const struct yaml_tree *item = at->first; item != NULL; item = item->next) {
        if (section->named && !text_is_name(item->name)) {
            (void)yaml_tree_refuse(e, item, "\"%.*s\" cannot be an id", BYTES_PRINT(item->name));
            return err_hint(e, "lower-case letters, digits, dots and dashes, at most 63");
        }
        if (!section->make(m, item, e))
            return false;
    }
    return true;
}

static bool sections_known(const struct yaml_tree *map, struct err *e)
{
    for (const struct yaml_tree *at = map->first; at != NULL; at = at->next) {
        size_t i = 0;
        while (i < SECTIONS && !bytes_is(at->name, sections[i].name))
            i++;
        if (i == SECTIONS && !bytes_is(at->name, "limits") && !bytes_is(at->name, "status"))
            return yaml_tree_refuse(e, at, "a policy has no section \"%.*s\"",
                                    BYTES_PRINT(at->name));
    }
    return true;
}

static bool sections_read(struct making *m, const struct yaml_tree *map, struct err *e)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        const struct yaml_tree *at = yaml_tree_member(map, sections[i].name);
        if (at != NULL && !section_read(m, &sections[i], at, e))
            return false;
    }
    const struct yaml_tree *limits = yaml_tree_member(map, "limits");
    if (limits == NULL)
        return yaml_tree_refuse(e, map, "\"limits\" is missing");
    const struct yaml_tree *status = yaml_tree_member(map, "status");
    return limits_make(m, limits, e) && (status == NULL || status_make(m, status, e));
}

bool policy_file_read(struct list *ret, const struct yaml_tree *map, const char *folder,
                      struct names *names, struct arena *a, struct err *e)
{
    struct making *m = arena_alloc(a, sizeof *m);
    if (m == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a policy");
    m->folder = folder;
    m->names = names;
    m->arena = a;
    if (!yaml_fields_is(map, YAML_MAP, "a policy", e) || !sections_known(map, e) ||
        !sections_read(m, map, e))
        return false;
    *ret = (struct list){.items = m->objects, .count = m->count};
    return true;
}
