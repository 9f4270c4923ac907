#include "rules/policy.h"

#include "base/limits.h"
#include "pki/digest.h"
#include "rules/tables.h"

struct bytes object_key(uint8_t *ret, enum object_kind kind, struct bytes id)
{
    size_t size = id.size > LIMIT_ID ? LIMIT_ID : id.size;
    ret[0] = (uint8_t)kind;
    if (size > 0)
        memcpy(ret + 1, id.data, size);
    return bytes_make(ret, 1 + size);
}

static const struct object *object_find(const struct table *objects, enum object_kind kind,
                                        struct bytes id)
{
    uint8_t key[OBJECT_KEY_MAX];
    return table_get(objects, object_key(key, kind, id));
}

bool policy_has(const struct table *objects, enum object_kind kind, struct bytes id)
{
    return object_find(objects, kind, id) != NULL;
}

bool policy_get(void *ret, const struct table *objects, enum object_kind kind, struct bytes id,
                struct arena *a, struct err *e)
{
    const struct object *object = object_find(objects, kind, id);
    if (object == NULL)
        return err_set(e, ERR_NOT_FOUND, "policy has no %s \"%.*s\"", object_kind_names[kind],
                       BYTES_PRINT(id));
    return fields_read(ret, object_fields(kind), object->value, a, e);
}

bool ids_have(const struct list *ids, struct bytes id)
{
    const struct bytes *items = ids->items;
    for (size_t i = 0; i < ids->count; i++)
        if (bytes_equal(items[i], id))
            return true;
    return false;
}

static bool change_fits(const struct table *objects, const struct change *change, struct err *e)
{
    const struct object *old = object_find(objects, (enum object_kind)change->kind, change->id);
    struct bytes there = old == NULL ? BYTES_NONE : old->digest;
    if (change->replaces.data == NULL && change->value.data == NULL)
        return err_set(e, ERR_INPUT, "the change of %s \"%.*s\" changes nothing",
                       object_kind_names[change->kind], BYTES_PRINT(change->id));
    if (bytes_equal(there, change->replaces))
        return true;
    (void)err_refuse(e, "policy.replaces",
                     "the change of %s \"%.*s\" does not name the object in force",
                     object_kind_names[change->kind], BYTES_PRINT(change->id));
    return err_hint(e, "plan the change again: policy has changed since it was planned");
}

static bool change_apply(struct table *objects, const struct change *change, struct bytes activated,
                         struct err *e)
{
    uint8_t key_bytes[OBJECT_KEY_MAX];
    enum object_kind kind = (enum object_kind)change->kind;
    struct bytes key = object_key(key_bytes, kind, change->id);
    if (change->value.data == NULL) {
        table_remove(objects, key);
        return true;
    }

    AUTO_VALUE(arena) arena = ARENA(8 * LIMIT_OBJECT);
    const struct fields *fields = object_fields(kind);
    void *decoded = arena_alloc(&arena, fields->size);
    if (decoded == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an object of policy");
    if (!fields_read(decoded, fields, change->value, &arena, e))
        return err_wrap(e, "%s \"%.*s\"", object_kind_names[kind], BYTES_PRINT(change->id));

    uint8_t digest[32];
    digest_sha256(digest, change->value);
    struct object object = {.kind = change->kind,
                            .id = change->id,
                            .digest = BYTES_OF(digest),
                            .activated = activated,
                            .value = change->value};
    return table_put(objects, key, &object, e);
}

bool policy_change(struct table *objects, const struct list *changes, struct bytes activated,
                   struct err *e)
{
    const struct change *items = changes->items;
    for (size_t i = 0; i < changes->count; i++)
        if (!change_fits(objects, &items[i], e) || !change_apply(objects, &items[i], activated, e))
            return false;
    return true;
}
