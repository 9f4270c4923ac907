#include "cli/release.h"

#include "rules/state.h"
#include "rules/statement.h"

/* One object of the answer: its kind, id and value. */
struct shown {
    struct bytes kind;
    struct bytes id;
    struct bytes value;
};

static struct bytes member_text(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->type == JSON_STRING ? member->text : BYTES_NONE;
}

static struct shown shown_make(const struct json *object)
{
    const struct json *value = json_member(object, "value");
    return (struct shown){.kind = member_text(object, "kind"),
                          .id = member_text(object, "id"),
                          .value = value != NULL ? value->raw : BYTES_NONE};
}

static const struct json *objects_first(const struct json *policy)
{
    const struct json *objects = json_member(policy, "objects");
    return objects != NULL ? objects->first : NULL;
}

static bool team_has_person(const struct json *policy, struct bytes team, struct bytes handle,
                            struct arena *a)
{
    struct team read;
    struct err ignored;
    for (const struct json *o = objects_first(policy); o != NULL; o = o->next) {
        struct shown shown = shown_make(o);
        if (bytes_is(shown.kind, object_kind_names[OBJECT_TEAM]) && bytes_equal(shown.id, team) &&
            fields_read(&read, object_fields(OBJECT_TEAM), shown.value, a, &ignored))
            return ids_have(&read.members, handle);
    }
    return false;
}

static bool path_opens_to(const struct json *policy, const struct release_path *path,
                          struct bytes actor, struct arena *a)
{
    struct bytes name;
    if (actor_is_workload(actor, &name))
        return ids_have(&path->workloads, name);
    const struct bytes *teams = path->teams.items;
    for (size_t i = 0; i < path->teams.count && actor_is_person(actor, &name); i++)
        if (team_has_person(policy, teams[i], name, a))
            return true;
    return false;
}

static bool path_fits(struct release *ret, const struct json *policy, const struct shown *shown,
                      struct bytes signer, struct bytes actor, struct bytes wanted, struct arena *a)
{
    struct release_path path;
    struct err ignored;
    if (!bytes_is(shown->kind, object_kind_names[OBJECT_PATH]) ||
        (wanted.data != NULL && !bytes_equal(shown->id, wanted)) ||
        !fields_read(&path, object_fields(OBJECT_PATH), shown->value, a, &ignored) ||
        !bytes_equal(path.signer, signer) || !path_opens_to(policy, &path, actor, a))
        return false;
    ret->id = shown->id;
    ret->path = path;
    return true;
}

static bool none_found(struct bytes signer, struct bytes actor, struct bytes wanted, struct err *e)
{
    if (wanted.data != NULL)
        (void)err_set(e, ERR_NOT_FOUND,
                      "%.*s cannot sign with signer \"%.*s\" by release path \"%.*s\"",
                      BYTES_PRINT(actor), BYTES_PRINT(signer), BYTES_PRINT(wanted));
    else
        (void)err_set(e, ERR_NOT_FOUND, "no release path lets %.*s sign with signer \"%.*s\"",
                      BYTES_PRINT(actor), BYTES_PRINT(signer));
    return err_hint(e, "see the paths and who may use them: sealward policy show");
}

bool release_find_path(struct release *ret, const struct json *policy, struct bytes signer,
                       struct bytes actor, struct bytes wanted, struct arena *a, struct err *e)
{
    struct release found = {.id = BYTES_NONE};
    for (const struct json *o = objects_first(policy); o != NULL; o = o->next) {
        struct shown shown = shown_make(o);
        struct release next;
        if (!path_fits(&next, policy, &shown, signer, actor, wanted, a))
            continue;
        if (found.id.data != NULL) {
            (void)err_set(e, ERR_INPUT, "more than one release path fits: \"%.*s\", \"%.*s\"",
                          BYTES_PRINT(found.id), BYTES_PRINT(next.id));
            return err_hint(e, "say which: --path %.*s", BYTES_PRINT(found.id));
        }
        found.id = next.id;
        found.path = next.path;
    }
    if (found.id.data == NULL)
        return none_found(signer, actor, wanted, e);
    ret->id = found.id;
    ret->path = found.path;
    return true;
}

bool release_find_key(struct release *r, struct err *e)
{
    const struct signer_key_view *keys = r->signer.keys.items;
    r->key = NULL;
    for (size_t i = 0; i < r->signer.keys.count; i++)
        if (keys[i].state == KEY_ACTIVE && keys[i].certificate.data != NULL &&
            (r->key == NULL || keys[i].not_after > r->key->not_after))
            r->key = &keys[i];
    if (r->key != NULL)
        return true;
    (void)err_set(e, ERR_STATE, "signer \"%.*s\" has no active key with a certificate valid now",
                  BYTES_PRINT(r->signer.signer));
    return err_hint(e, "see the keys and their states: sealward key show");
}
