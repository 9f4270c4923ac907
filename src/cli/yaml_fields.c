#include "cli/yaml_fields.h"

#include "base/text.h"

#include <stdio.h>

bool yaml_fields_is(const struct yaml_tree *node, enum yaml_kind kind, const char *what,
                    struct err *e)
{
    static const char *const shapes[] = {"a text", "a list", "a mapping"};
    if (node->kind == kind)
        return true;
    return yaml_tree_refuse(e, node, "%s must be %s, not %s", what, shapes[kind],
                            shapes[node->kind]);
}

static bool number_take(int64_t *ret, const struct yaml_tree *node, struct err *e)
{
    uint64_t number;
    if (!text_read_number(&number, node->text, JSON_INTEGER_MAX, e))
        return yaml_tree_refuse(e, node, "\"%.*s\" must be a number, \"%.*s\" is none",
                                BYTES_PRINT(node->name), BYTES_PRINT(node->text));
    *ret = (int64_t)number;
    return true;
}

static bool duration_take(int64_t *ret, int64_t unit_ms, const struct yaml_tree *node,
                          struct err *e)
{
    int64_t ms;
    if (!text_read_duration(&ms, node->text, e)) {
        (void)yaml_tree_refuse(e, node, "\"%.*s\" must be a duration, \"%.*s\" is none",
                               BYTES_PRINT(node->name), BYTES_PRINT(node->text));
        return err_hint(e, "a number and s, m, h or d: 90d");
    }
    *ret = ms / unit_ms;
    return true;
}

static bool flag_take(bool *ret, const struct yaml_tree *node, struct err *e)
{
    if (!bytes_is(node->text, "true") && !bytes_is(node->text, "false"))
        return yaml_tree_refuse(e, node, "\"%.*s\" must be true or false", BYTES_PRINT(node->name));
    *ret = bytes_is(node->text, "true");
    return true;
}

static bool word_take(int *ret, const char *const *words, const struct yaml_tree *node,
                      struct err *e)
{
    AUTO_VALUE(buf) all = BUF(512);
    for (int i = 0; words[i] != NULL; i++) {
        if (bytes_is(node->text, words[i])) {
            *ret = i;
            return true;
        }
        buf_printf(&all, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    (void)yaml_tree_refuse(e, node, "\"%.*s\" cannot be \"%.*s\"", BYTES_PRINT(node->name),
                           BYTES_PRINT(node->text));
    return err_hint(e, "one of: %s", buf_string(&all));
}

static bool person_take(struct bytes *ret, const struct yaml_tree *node, const struct names *names,
                        struct err *e)
{
    const struct name_row *row = names_find(names, node->text);
    if (row == NULL) {
        (void)yaml_tree_refuse(e, node, "nobody is called \"%.*s\"", BYTES_PRINT(node->text));
        return err_hint(e, "people are those under `people`");
    }
    *ret = row->handle;
    return true;
}

/* Texts as they are, or, with names, the handles of the people so called. */
static bool list_take(struct list *ret, const struct yaml_tree *node, const struct names *names,
                      struct arena *a, struct err *e)
{
    char what[128];
    (void)snprintf(what, sizeof what, "\"%.*s\"", BYTES_PRINT(node->name));
    if (!yaml_fields_is(node, YAML_LIST, what, e))
        return false;
    struct bytes *items = arena_alloc(a, (node->count + 1) * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a list");
    for (const struct yaml_tree *item = node->first; item != NULL; item = item->next, count++) {
        if (!yaml_fields_is(item, YAML_TEXT, "an item of the list", e))
            return false;
        items[count] = item->text;
        if (names != NULL && !person_take(&items[count], item, names, e))
            return false;
    }
    *ret = (struct list){.items = items, .count = count};
    return true;
}

static bool text_shape(const struct yaml_field *row, const struct yaml_tree *node, struct err *e)
{
    char what[128];
    (void)snprintf(what, sizeof what, "\"%s\"", row->key);
    return row->kind == YAML_FIELD_TREE || row->kind == YAML_FIELD_TEXTS ||
           row->kind == YAML_FIELD_PEOPLE || yaml_fields_is(node, YAML_TEXT, what, e);
}

static bool field_take(void *place, const struct yaml_field *row, const struct yaml_tree *node,
                       const struct names *names, struct arena *a, struct err *e)
{
    if (!text_shape(row, node, e))
        return false;
    switch (row->kind) {
    case YAML_FIELD_TEXT:
        *(struct bytes *)place = node->text;
        return true;
    case YAML_FIELD_NUMBER:
        return number_take(place, node, e);
    case YAML_FIELD_SECONDS:
        return duration_take(place, 1000, node, e);
    case YAML_FIELD_MS:
        return duration_take(place, 1, node, e);
    case YAML_FIELD_FLAG:
        return flag_take(place, node, e);
    case YAML_FIELD_WORD:
        return word_take(place, row->words, node, e);
    case YAML_FIELD_TEXTS:
        return list_take(place, node, NULL, a, e);
    case YAML_FIELD_PERSON:
        return person_take(place, node, names, e);
    case YAML_FIELD_PEOPLE:
        return list_take(place, node, names, a, e);
    case YAML_FIELD_TREE:
        *(const struct yaml_tree **)place = node;
        return true;
    }
    return true;
}

static void field_leave(void *place, const struct yaml_field *row)
{
    if (row->kind == YAML_FIELD_TEXT || row->kind == YAML_FIELD_PERSON)
        *(struct bytes *)place = BYTES_NONE;
    if (row->kind == YAML_FIELD_TEXTS || row->kind == YAML_FIELD_PEOPLE)
        *(struct list *)place = (struct list){.count = 0};
    if (row->kind == YAML_FIELD_NUMBER || row->kind == YAML_FIELD_SECONDS ||
        row->kind == YAML_FIELD_MS)
        *(int64_t *)place = -1;
    if (row->kind == YAML_FIELD_FLAG)
        *(bool *)place = false;
    if (row->kind == YAML_FIELD_TREE)
        *(const struct yaml_tree **)place = NULL;
}

static bool keys_known(const struct yaml_field *rows, const struct yaml_tree *map, struct err *e)
{
    for (const struct yaml_tree *member = map->first; member != NULL; member = member->next) {
        const struct yaml_field *row = rows;
        while (row->key != NULL && !bytes_is(member->name, row->key))
            row++;
        if (row->key == NULL)
            return yaml_tree_refuse(e, member, "there is no key \"%.*s\" here",
                                    BYTES_PRINT(member->name));
    }
    return true;
}

bool yaml_fields_take(void *ret, const struct yaml_field *rows, const struct yaml_tree *map,
                      const struct names *names, struct arena *a, struct err *e)
{
    if (!yaml_fields_is(map, YAML_MAP, "this", e) || !keys_known(rows, map, e))
        return false;
    for (const struct yaml_field *row = rows; row->key != NULL; row++) {
        void *place = (char *)ret + row->offset;
        const struct yaml_tree *node = yaml_tree_member(map, row->key);
        if (node == NULL && !row->optional)
            return yaml_tree_refuse(e, map, "\"%s\" is missing", row->key);
        if (node == NULL)
            field_leave(place, row);
        else if (!field_take(place, row, node, names, a, e))
            return false;
    }
    return true;
}
