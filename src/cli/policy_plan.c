#include "cli/policy_plan.h"

#include "rules/rules.h"
#include "rules/tables.h"

enum { OBJECTS_MAX = 4096, CHANGES_MAX = 256 };

FIELDS(policy_force_fields, "policy in force", struct policy_force,
       {.name = "objects",
        .kind = FIELD_LIST,
        .offset = offsetof(struct policy_force, objects),
        .item = FIELD_OBJECT,
        .object = &object_record_fields,
        .max = OBJECTS_MAX});

bool policy_force_get(struct policy_force *ret, struct client *c, struct arena *a, struct err *e)
{
    return client_get_fields(c, "/v1/policy", ret, &policy_force_fields, a, e);
}

const struct object *policy_force_find(const struct policy_force *force, enum object_kind kind,
                                       struct bytes id)
{
    const struct object *objects = force->objects.items;
    for (size_t i = 0; i < force->objects.count; i++)
        if (objects[i].kind == (int)kind && bytes_equal(objects[i].id, id))
            return &objects[i];
    return NULL;
}

bool policy_force_take(void *ret, const struct policy_force *force, enum object_kind kind,
                       struct bytes id, struct arena *a, struct err *e)
{
    const struct object *object = policy_force_find(force, kind, id);
    if (object == NULL)
        return err_set(e, ERR_NOT_FOUND, "policy has no %s \"%.*s\"", object_kind_names[kind],
                       BYTES_PRINT(id));
    return fields_read(ret, object_fields(kind), object->value, a, e);
}

static const struct change *wanted_find(const struct list *wanted, int kind, struct bytes id)
{
    const struct change *items = wanted->items;
    for (size_t i = 0; i < wanted->count; i++)
        if (items[i].kind == kind && bytes_equal(items[i].id, id))
            return &items[i];
    return NULL;
}

static size_t plan_wanted(struct change *changes, const struct policy_force *force,
                          const struct list *wanted)
{
    const struct change *items = wanted->items;
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct object *there =
            policy_force_find(force, (enum object_kind)items[i].kind, items[i].id);
        if (there != NULL && bytes_equal(there->value, items[i].value))
            continue;
        changes[count] = items[i];
        changes[count++].replaces = there == NULL ? BYTES_NONE : there->digest;
    }
    return count;
}

static size_t plan_removed(struct change *changes, const struct policy_force *force,
                           const struct list *wanted)
{
    const struct object *objects = force->objects.items;
    size_t count = 0;
    for (size_t i = 0; i < force->objects.count; i++)
        if (wanted_find(wanted, objects[i].kind, objects[i].id) == NULL)
            changes[count++] = (struct change){
                .kind = objects[i].kind, .id = objects[i].id, .replaces = objects[i].digest};
    return count;
}

bool policy_plan_make(struct list *ret, const struct policy_force *force, const struct list *wanted,
                      struct arena *a, struct err *e)
{
    const struct change *items = wanted->items;
    size_t most = wanted->count + force->objects.count;
    struct change *changes = arena_alloc(a, (most + 1) * sizeof *changes);
    if (changes == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a plan");
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted_find(wanted, items[i].kind, items[i].id) != &items[i])
            return err_set(e, ERR_INPUT, "%s \"%.*s\" stands twice",
                           object_kind_names[items[i].kind], BYTES_PRINT(items[i].id));
    size_t count = plan_wanted(changes, force, wanted);
    count += plan_removed(changes + count, force, wanted);
    if (count > CHANGES_MAX) {
        (void)err_set(e, ERR_LIMIT, "%zu changes do not fit into one proposal of %d", count,
                      CHANGES_MAX);
        return err_hint(e, "propose them in steps");
    }
    *ret = (struct list){.items = changes, .count = count};
    return true;
}

bool policy_plan_judge(const struct policy_force *force, const struct list *changes, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(table) objects = {.fields = &object_record_fields};
    const struct object *there = force->objects.items;
    for (size_t i = 0; i < force->objects.count; i++) {
        uint8_t key[OBJECT_KEY_MAX];
        if (!table_put(&objects, object_key(key, (enum object_kind)there[i].kind, there[i].id),
                       &there[i], e))
            return false;
    }
    return policy_change(&objects, changes, BYTES_OF(not_yet), e) &&
           policy_check(&objects, RULES_VERSION, e) && policy_people_check(&objects, changes, e);
}

static void put_change(struct buf *b, const struct policy_force *force, const struct change *change,
                       const struct names *names)
{
    const struct object *there =
        policy_force_find(force, (enum object_kind)change->kind, change->id);
    bool removed = change->value.data == NULL;
    buf_printf(b, "%c %s ",
               removed         ? '-'
               : there == NULL ? '+'
                               : '~',
               object_kind_names[change->kind]);
    names_put_text(b, change->id, names);
    buf_put_u8(b, '\n');
    if (there != NULL) {
        buf_put_text(b, "    - ");
        names_put_text(b, there->value, names);
        buf_put_u8(b, '\n');
    }
    if (!removed) {
        buf_put_text(b, "    + ");
        names_put_text(b, change->value, names);
        buf_put_u8(b, '\n');
    }
}

void policy_plan_show(struct buf *b, const struct policy_force *force, const struct list *changes,
                      const struct names *names)
{
    const struct change *items = changes->items;
    for (size_t i = 0; i < changes->count; i++)
        put_change(b, force, &items[i], names);
}
