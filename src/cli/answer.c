#include "cli/answer.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/text.h"
#include "cli/holdings.h"
#include "cli/people.h"

enum { CELL_MAX = 4096, TIME_SHOWN = 16 };

bool answer_get(struct answer *ret, struct cli *cli, const char *path, struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(ANSWER_TEXT_MAX)};
    struct client *c;
    if (!cli_client(&c, cli, e) || !client_get(c, path, &answer.text, e) ||
        !json_parse(&answer.tree, buf_bytes(&answer.text), &cli->arena, e) ||
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
        names_put_text(&text, value, &a->names);
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
