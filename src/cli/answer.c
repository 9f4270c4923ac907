#include "cli/answer.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/holdings.h"
#include "cli/people.h"

enum { CELL_MAX = 4096, TIME_SHOWN = 16, DAY_SHOWN = 10, MINUTE_SHOWN = 5 };

bool answer_get(struct answer *ret, struct cli *cli, const char *path, struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(ANSWER_TEXT_MAX)};
    struct client *c;
    if (!cli_client(&c, cli, e) || !client_get(c, path, &answer.text, e) ||
        (answer.text.size <= LIMIT_JSON_SIZE &&
         !json_parse(&answer.tree, buf_bytes(&answer.text), &cli->arena, e)) ||
        !people_load(&answer.names, cli, e))
        return false;
    *ret = answer;
    answer.text = BUF(0);
    return true;
}

void answer_done(struct answer *a)
{
    buf_done(&a->text);
}

const struct json *answer_list(const struct json *object, const char *name)
{
    const struct json *list = json_member(object, name);
    return list != NULL && list->type == JSON_ARRAY ? list->first : NULL;
}

/* ---- Lists that are too long for one tree ---- */

/* Behind the string that begins at `at`. */
static size_t string_skip(struct bytes text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"'; at++)
        if (text.data[at] == '\\')
            at++;
    return at + 1;
}

/* Behind the value that begins at `at`: at the comma or bracket that ends it. */
static size_t value_skip(struct bytes text, size_t at)
{
    size_t depth = 0;
    while (at < text.size) {
        uint8_t c = text.data[at];
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ','))
            return at;
        if (c == '"') {
            at = string_skip(text, at);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= closes;
        at++;
    }
    return at;
}

/* Where the value of the outermost member of that name begins; the text's end if there is none. */
static size_t member_find(struct bytes text, const char *name)
{
    size_t at = 1;
    while (at < text.size && text.data[at] == '"') {
        size_t behind = string_skip(text, at);
        size_t size = behind - at - 2;
        bool found = size == strlen(name) && memcmp(text.data + at + 1, name, size) == 0;
        if (found)
            return behind + 1;
        at = value_skip(text, behind + 1) + 1;
    }
    return text.size;
}

bool answer_each(const struct answer *a, const char *name,
                 bool (*each)(void *context, const struct json *item, struct err *e), void *context,
                 struct err *e)
{
    struct bytes text = buf_bytes(&a->text);
    size_t at = member_find(text, name) + 1;
    while (at < text.size && text.data[at] != ']') {
        AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
        struct json *item;
        size_t end = value_skip(text, at);
        if (!json_parse(&item, bytes_make(text.data + at, end - at), &arena, e))
            return err_wrap(e, "the daemon's answer");
        if (!each(context, item, e))
            return false;
        at = end < text.size && text.data[end] == ',' ? end + 1 : end;
    }
    return true;
}

int64_t answer_number(const struct json *object, const char *name, int64_t otherwise)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->is_integer ? member->integer : otherwise;
}

bool answer_flag(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->type == JSON_BOOL && member->boolean;
}

void answer_cell_text(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    AUTO_VALUE(buf) text = BUF(CELL_MAX);
    struct bytes value = holdings_text(object, name);
    if (value.size > 0)
        names_put_called(&text, value, &a->names);
    grid_cell(g, buf_bytes(&text));
}

void answer_cell_time(struct grid *g, const struct json *object, const char *name, const char *none)
{
    char text[TEXT_TIME_SIZE];
    int64_t time = answer_number(object, name, 0);
    if (time > 0)
        grid_cell(g, bytes_make(text_time(text, time), TIME_SHOWN));
    else
        grid_cell(g, bytes_text(none));
}

void answer_cell_day(struct grid *g, const struct json *object, const char *name, const char *none)
{
    char text[TEXT_TIME_SIZE];
    char today[TEXT_TIME_SIZE];
    int64_t time = answer_number(object, name, 0);
    (void)text_time(today, clock_wall_ms());
    if (time <= 0)
        grid_cell(g, bytes_text(none));
    else if (memcmp(text_time(text, time), today, DAY_SHOWN) == 0)
        grid_printf(g, "today %.*s", MINUTE_SHOWN, text + DAY_SHOWN + 1);
    else
        grid_cell(g, bytes_make(text, DAY_SHOWN));
}

void answer_cell_hex(struct grid *g, const struct json *object, const char *name, int digits)
{
    AUTO_VALUE(arena) arena = ARENA(CELL_MAX);
    char hex[2 * 64 + 1];
    struct bytes bytes;
    struct err ignored;
    if (holdings_bytes(&bytes, object, name, &arena, &ignored) && bytes.size <= 64)
        grid_printf(g, "%.*s", digits, hex_string(hex, bytes));
    else
        grid_cell(g, BYTES_NONE);
}

bool answer_print(struct answer *a, struct cli *cli, struct buf *head, const struct grid *g,
                  const char *none, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(ANSWER_TEXT_MAX);
    buf_put(&text, buf_bytes(head));
    if (grid_rows(g) == 0)
        buf_printf(&text, "%s\n", none);
    else if (!grid_put(&text, g, e))
        return false;
    return buf_ok(head, "what is shown", e) && cli_print(cli, &text, &a->text, e);
}
