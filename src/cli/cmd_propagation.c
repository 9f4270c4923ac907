/* sealward propagation: who has seen each revocation, who has not, and until when at most. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"

#include <inttypes.h>

enum { TEXT_MAX = 8 << 20, TIME_SHOWN = 19 };

static void put_time(struct buf *b, const struct json *of, const char *name, const char *none)
{
    char text[TEXT_TIME_SIZE];
    int64_t time = answer_number(of, name, 0);
    if (time > 0)
        buf_printf(b, "%.*s", TIME_SHOWN, text_time(text, time));
    else
        buf_put_text(b, none);
}

static void put_laggards(struct buf *b, const struct json *class)
{
    const struct json *first = answer_list(class, "laggards");
    if (first == NULL)
        return;
    buf_put_text(b, "      laggards:");
    for (const struct json *at = first; at != NULL; at = at->next)
        buf_printf(b, " %.*s", BYTES_PRINT(at->type == JSON_STRING ? at->text : BYTES_NONE));
    buf_put_u8(b, '\n');
}

static void put_class(struct buf *b, const struct json *class)
{
    buf_printf(b, "    %-16.*s %" PRId64 " of %" PRId64 " have confirmed",
               BYTES_PRINT(holdings_text(class, "class")), answer_number(class, "confirmed", 0),
               answer_number(class, "endpoints", 0));
    buf_put_text(b, "; horizon ");
    put_time(b, class, "horizon", "UNBOUNDED");
    buf_put_u8(b, '\n');
    put_laggards(b, class);
}

static void put_revocation(struct buf *b, const struct answer *a, const struct json *r)
{
    buf_printf(b, "%.*s %.*s\n", BYTES_PRINT(holdings_text(r, "kind")),
               BYTES_PRINT(holdings_text(r, "id")));
    buf_put_text(b, "    signing stopped  ");
    put_time(b, r, "time", "not known");
    buf_printf(b, "  (%.*s", BYTES_PRINT(holdings_text(r, "reason")));
    if (holdings_text(r, "actor").size > 0) {
        buf_put_text(b, ", ");
        names_put_text(b, holdings_text(r, "actor"), &a->names);
    }
    buf_put_text(b, ")\n    in effect from   ");
    put_time(b, r, "effective", "the beginning");
    buf_put_text(b, "\n    published        ");
    put_time(b, r, "published", "NOT YET");
    int64_t status = answer_number(r, "status", -1);
    if (status >= 0)
        buf_printf(b, "  (status %" PRId64 ")", status);
    buf_put_u8(b, '\n');
    for (const struct json *at = answer_list(r, "classes"); at != NULL; at = at->next)
        put_class(b, at);
    buf_put_u8(b, '\n');
}

static bool propagation_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    if (!answer_get(&answer, cli, "/v1/propagation", e))
        return false;
    const struct json *at = answer_list(answer.tree, "revocations");
    if (at == NULL)
        buf_put_text(&text, "nothing is revoked\n");
    for (; at != NULL; at = at->next)
        put_revocation(&text, &answer, at);
    return cli_print(cli, &text, &answer.text, e);
}

const struct command command_propagation = {
    .name = "propagation",
    .usage = "",
    .purpose = "who has seen each revocation, who has not, and until when at most",
    .run = propagation_run,
};
