#include "cli/config.h"

#include "base/text.h"

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = bytes_make(text.data + 1, text.size - 1);
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool line_add(struct config *c, unsigned number, struct bytes line, struct arena *a,
                     struct err *e)
{
    const uint8_t *equals = memchr(line.data, '=', line.size);
    if (equals == NULL)
        return err_set(e, ERR_INPUT, "line %u is not `key = value`", number);
    size_t at = (size_t)(equals - line.data);
    struct bytes key = trimmed(bytes_make(line.data, at));
    struct bytes value = trimmed(bytes_make(equals + 1, line.size - at - 1));
    if (!text_is_name(key) || value.size == 0 || !text_is_plain(value))
        return err_set(e, ERR_INPUT, "line %u is not `key = value`", number);
    if (c->count == CONFIG_LINES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d settings", CONFIG_LINES_MAX);
    struct bytes key_copy = arena_copy(a, key);
    struct bytes value_copy = arena_copy(a, value);
    if (key_copy.data == NULL || value_copy.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for settings");
    if (config_value(c, (const char *)key_copy.data) != NULL)
        return err_set(e, ERR_INPUT, "line %u sets \"%s\" again", number,
                       (const char *)key_copy.data);
    c->lines[c->count++] = (struct config_line){
        .key = (const char *)key_copy.data, .value = (const char *)value_copy.data, .line = number};
    return true;
}

bool config_read(struct config *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct config c = {.count = 0};
    if (text.size > CONFIG_SIZE_MAX)
        return err_set(e, ERR_LIMIT, "more than %d bytes of settings", CONFIG_SIZE_MAX);
    for (unsigned number = 1; text.size > 0; number++) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        struct bytes line = trimmed(bytes_make(text.data, size));
        size_t used = end == NULL ? size : size + 1;
        text = bytes_make(text.data + used, text.size - used);
        if (line.size > 0 && line.data[0] != '#' && !line_add(&c, number, line, a, e))
            return false;
    }
    *ret = c;
    return true;
}

const char *config_value(const struct config *c, const char *key)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->lines[i].key, key) == 0)
            return c->lines[i].value;
    return NULL;
}
