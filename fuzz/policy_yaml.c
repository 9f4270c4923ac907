/*
 * Aims at yaml_tree_read and policy_file_read.
 *
 * Every object of an accepted policy is canonical and read by the rulebook's own table; people are
 * named by handles that their names open.
 */
#include "base/json.h"
#include "base/limits.h"
#include "cli/policy_file.h"
#include "property.h"
#include "rules/policy.h"

static void objects_judge(const struct list *objects, const struct names *names)
{
    const struct change *changes = objects->items;
    for (size_t i = 0; i < objects->count; i++) {
        AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_OBJECT);
        const struct fields *table = object_fields((enum object_kind)changes[i].kind);
        void *value = arena_alloc(&arena, table->size);
        struct err e;
        PROPERTY(value != NULL);
        PROPERTY(changes[i].replaces.data == NULL);
        PROPERTY(json_canonical(changes[i].value, &e));
        PROPERTY(fields_read(value, table, changes[i].value, &arena, &e));
        if (changes[i].kind == OBJECT_PERSON)
            PROPERTY(names_find_handle(names, changes[i].id) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) arena = ARENA(64 << 20);
    struct yaml_tree *map = NULL;
    struct names names = {.rows = {.count = 0}};
    struct list objects = {.items = 0, .count = 7};
    struct err e;
    if (!yaml_tree_read(&map, bytes_make(data, size), &arena, &e)) {
        PROPERTY(map == NULL);
        return 0;
    }
    if (policy_file_read(&objects, map, NULL, &names, &arena, &e))
        objects_judge(&objects, &names);
    else
        PROPERTY(objects.count == 7);
    return 0;
}
