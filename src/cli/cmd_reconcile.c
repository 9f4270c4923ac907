/* sealward reconcile: the token is compared with the record, now. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"

#include <inttypes.h>

enum { TEXT_MAX = 1 << 20, DIGITS = 16 };

static bool reconcile_run(struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"FINDING", "KEY", "NOTE"};
    AUTO_VALUE(answer) answer = {.text = BUF(TEXT_MAX)};
    AUTO_VALUE(buf) head = BUF(TEXT_MAX);
    struct grid grid;
    struct client *c;
    if (!cli_client(&c, cli, e) ||
        !client_post(c, "/v1/reconcile", NULL, bytes_text("{}"), &answer.text, e) ||
        !json_parse(&answer.tree, buf_bytes(&answer.text), &cli->arena, e))
        return false;
    grid_begin(&grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    for (const struct json *at = answer_list(answer.tree, "findings"); at != NULL; at = at->next) {
        grid_cell(&grid, holdings_text(at, "kind"));
        answer_cell_hex(&grid, at, "id", DIGITS);
        grid_cell(&grid, holdings_text(at, "note"));
    }
    if (grid_rows(&grid) > 0)
        cli->exit_code = 1;
    return answer_print(&answer, cli, &head, &grid,
                        "the token holds the keys of the record, and no others", e);
}

const struct command command_reconcile = {
    .name = "reconcile",
    .usage = "",
    .purpose = "compare the signing token with the record now",
    .run = reconcile_run,
};
