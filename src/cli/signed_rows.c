#include "cli/signed_rows.h"

#include <inttypes.h>

#include "base/text.h"
#include "cli/holdings.h"

enum { CELL_MAX = 8192, DIGITS = 12 };

static void cell_approvals(struct grid *g, const struct answer *a, const struct json *one)
{
    AUTO_VALUE(buf) text = BUF(CELL_MAX);
    for (const struct json *at = answer_list(one, "approvals"); at != NULL; at = at->next) {
        if (text.size > 0)
            buf_put_text(&text, ", ");
        if (at->type == JSON_STRING && text_is_plain(at->text))
            names_put_called(&text, at->text, &a->names);
    }
    grid_cell(g, buf_bytes(&text));
}

/* A signature that is bound to no artifact shows the digest that was signed. */
static void cell_artifact(struct grid *g, const struct json *one)
{
    const struct json *artifact = json_member(one, "artifact");
    if (artifact != NULL && artifact->type == JSON_OBJECT)
        grid_cell(g, holdings_text(artifact, "name"));
    else
        answer_cell_hex(g, one, "tbs", DIGITS);
}

void signed_rows_fill(struct grid *g, const struct answer *a, struct cli *cli)
{
    static const char *const heads[] = {"SIGNATURE", "TIME",        "PATH",       "ARTIFACT",
                                        "FOR",       "APPROVED BY", "CERTIFICATE"};
    grid_begin(g, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    for (const struct json *at = answer_list(a->tree, "list"); at != NULL; at = at->next) {
        grid_printf(g, "%" PRId64 ":%" PRId64, answer_number(at, "entry", -1),
                    answer_number(at, "item", -1));
        answer_cell_time(g, at, "time", "");
        answer_cell_text(g, a, at, "path");
        cell_artifact(g, at);
        answer_cell_text(g, a, at, "actor");
        cell_approvals(g, a, at);
        int64_t number = answer_number(at, "certificate", -1);
        if (number < 0)
            grid_cell(g, BYTES_NONE);
        else
            grid_printf(g, "%" PRId64, number);
    }
}

void signed_rows_put_one(struct buf *b, const struct answer *a, const struct json *one)
{
    char time[TEXT_TIME_SIZE];
    if (one == NULL || one->type != JSON_OBJECT) {
        buf_put_text(b, "none\n");
        return;
    }
    const struct json *artifact = json_member(one, "artifact");
    struct bytes name = artifact != NULL ? holdings_text(artifact, "name") : BYTES_NONE;
    buf_printf(b, "%.*s, entry %" PRId64 ", %s, for ", BYTES_PRINT(name),
               answer_number(one, "entry", -1), text_time(time, answer_number(one, "time", 0)));
    names_put_called(b, holdings_text(one, "actor"), &a->names);
    buf_put_u8(b, '\n');
}
