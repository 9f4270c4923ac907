#include "artifact/manifest.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"

#define NAME_MAX_SIZE 70

static bool wrong(struct err *e, size_t line, const char *why)
{
    return err_set(e, ERR_INPUT, "the JAR's manifest is malformed near line %zu: %s", line, why);
}

/* How many bytes of line end stand at this place; 0 if none. */
static size_t line_end(struct bytes text, size_t at)
{
    if (at == text.size)
        return 0;
    if (text.data[at] == '\n')
        return 1;
    if (text.data[at] != '\r')
        return 0;
    return at + 1 < text.size && text.data[at + 1] == '\n' ? 2 : 1;
}

/* Copies the text with folded lines joined and each line ended by a single LF. */
static struct bytes lines_join(struct bytes text, uint8_t *space)
{
    size_t filled = 0;
    for (size_t i = 0; i < text.size;) {
        size_t end = line_end(text, i);
        if (end == 0) {
            space[filled++] = text.data[i++];
            continue;
        }
        i += end;
        if (i < text.size && text.data[i] == ' ' && filled > 0 && space[filled - 1] != '\n')
            i++;
        else
            space[filled++] = '\n';
    }
    return bytes_make(space, filled);
}

static bool is_name_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Splits "Name: value"; the name is brought to lower case where it stands. */
static bool line_split(struct manifest_item *ret, uint8_t *line, size_t size)
{
    size_t n = 0;
    for (; n < size && is_name_character(line[n]); n++)
        if (line[n] >= 'A' && line[n] <= 'Z')
            line[n] = (uint8_t)(line[n] + ('a' - 'A'));
    if (n == 0 || n > NAME_MAX_SIZE || size - n < 2 || line[n] != ':' || line[n + 1] != ' ')
        return false;
    ret->name = bytes_make(line, n);
    ret->value = bytes_make(line + n + 2, size - n - 2);
    return text_is_utf8(ret->value);
}

static bool is_signers(const struct manifest_item *item)
{
    static const char digest[] = "-digest";
    if (item->section.size == 0 &&
        (bytes_is(item->name, "manifest-version") || bytes_is(item->name, "created-by")))
        return true;
    if (bytes_is(item->name, "magic"))
        return true;
    const uint8_t *at = memmem(item->name.data, item->name.size, digest, sizeof digest - 1);
    if (at == NULL)
        return false;
    size_t behind = (size_t)(at - item->name.data) + sizeof digest - 1;
    return behind == item->name.size || item->name.data[behind] == '-';
}

static int item_compare(const void *a, const void *b)
{
    const struct manifest_item *first = a;
    const struct manifest_item *second = b;
    int order = bytes_compare(first->section, second->section);
    return order != 0 ? order : bytes_compare(first->name, second->name);
}

static bool items_sort(struct manifest *m, struct err *e)
{
    if (m->count > 0)
        qsort(m->items, m->count, sizeof *m->items, item_compare);
    for (size_t i = 1; i < m->count; i++)
        if (item_compare(&m->items[i - 1], &m->items[i]) == 0)
            return err_set(e, ERR_INPUT, "the JAR's manifest has attribute \"%.*s\" twice",
                           BYTES_PRINT(m->items[i].name));
    return true;
}

/* Where the reading is: which section, and whether the next line begins one. */
struct place {
    struct bytes section;
    bool begins;
    bool main;
    size_t line;
};

static bool line_take(struct manifest *m, struct place *place, uint8_t *line, size_t size,
                      struct err *e)
{
    place->line++;
    if (size == 0) {
        place->begins = true;
        place->main = false;
        return true;
    }
    struct manifest_item item = {0};
    if (!line_split(&item, line, size))
        return wrong(e, place->line, "a line is not \"Name: value\"");
    bool names = place->begins && !place->main;
    place->begins = false;
    if (names) {
        if (!bytes_is(item.name, "name") || item.value.size == 0)
            return wrong(e, place->line, "a section does not begin with its name");
        place->section = item.value;
        return true;
    }
    item.section = place->section;
    if (!is_signers(&item))
        m->items[m->count++] = item;
    return true;
}

static size_t lines_count(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    return count;
}

bool manifest_parse(struct manifest *ret, struct bytes text, struct arena *a, struct err *e)
{
    if (text.size > LIMIT_JAR_MANIFEST)
        return err_set(e, ERR_LIMIT, "the JAR's manifest has %zu bytes; at most %d are read",
                       text.size, LIMIT_JAR_MANIFEST);
    uint8_t *space = arena_alloc(a, text.size + 1);
    if (space == NULL)
        return err_set(e, ERR_MEMORY, "there is no memory for the JAR's manifest");
    struct bytes joined = lines_join(text, space);
    if (joined.size > 0 && space[joined.size - 1] != '\n')
        return wrong(e, lines_count(joined) + 1, "the last line does not end");
    struct manifest m = {.items = arena_alloc(a, (lines_count(joined) + 1) * sizeof *m.items)};
    if (m.items == NULL)
        return err_set(e, ERR_MEMORY, "there is no memory for the JAR's manifest");
    struct place place = {.begins = true, .main = true};
    for (size_t at = 0; at < joined.size;) {
        size_t end = at;
        while (space[end] != '\n')
            end++;
        if (!line_take(&m, &place, space + at, end - at, e))
            return false;
        at = end + 1;
    }
    if (!items_sort(&m, e))
        return false;
    *ret = m;
    return true;
}
