#include "cli/people.h"

static void daemon_names(struct names *ret, struct cli *cli)
{
    AUTO_VALUE(buf) text = BUF(NAMES_SIZE_MAX);
    struct client *c;
    struct err ignored;
    if (!cli_client(&c, cli, &ignored) || !client_get(c, "/v1/names", &text, &ignored))
        return;
    struct bytes kept = arena_copy(&cli->arena, buf_bytes(&text));
    struct names names;
    if (kept.data != NULL && names_read(&names, kept, &cli->arena, &ignored))
        *ret = names;
}

bool people_load(struct names *ret, struct cli *cli, struct err *e)
{
    struct names own = {.rows = {.count = 0}};
    struct names theirs = {.rows = {.count = 0}};
    if (cli->settings.names != NULL && !names_load(&own, cli->settings.names, &cli->arena, e))
        return false;
    daemon_names(&theirs, cli);
    size_t count = own.rows.count + theirs.rows.count;
    struct name_row *rows = arena_alloc(&cli->arena, (count + 1) * sizeof *rows);
    if (rows == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for names");
    if (own.rows.count > 0)
        memcpy(rows, own.rows.items, own.rows.count * sizeof *rows);
    if (theirs.rows.count > 0)
        memcpy(rows + own.rows.count, theirs.rows.items, theirs.rows.count * sizeof *rows);
    *ret = (struct names){.rows = {.items = rows, .count = count}};
    return true;
}

bool people_handle(struct bytes *ret, struct cli *cli, const char *text, struct err *e)
{
    struct names names;
    if (!people_load(&names, cli, e))
        return false;
    const struct name_row *row = names_find(&names, bytes_text(text));
    *ret = row != NULL ? row->handle : bytes_text(text);
    return true;
}
