/* sealward propagation: who has seen each revocation, who has not, and until when at most. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/revoke_target.h"

#include <inttypes.h>

enum { TEXT_MAX = 8 << 20, URL_MAX = 1024, TIME_SHOWN = 19 };

static void put_time(struct buf *b, const struct json *of, const char *name, const char *none)
{
    char text[TEXT_TIME_SIZE];
    int64_t time = answer_number(of, name, 0);
    if (time > 0)
        buf_printf(b, "%.*s", TIME_SHOWN, text_time(text, time));
    else
        buf_put_text(b, none);
}

static void put_laggards(struct buf *b, const struct json *r)
{
    const struct json *first = answer_list(r, "laggards");
    if (first == NULL)
        return;
    buf_put_text(b, "    laggards        ");
    for (const struct json *at = first; at != NULL; at = at->next)
        buf_printf(b, " %.*s",
                   BYTES_PRINT(at->type == JSON_STRING && text_is_plain(at->text) ? at->text
                                                                                  : BYTES_NONE));
    buf_put_u8(b, '\n');
}

static void put_horizon(struct buf *b, const struct json *class)
{
    buf_printf(b, "    horizon          ");
    put_time(b, class, "time", "UNBOUNDED          ");
    buf_printf(b, "  class %.*s (reads %.*s)\n", BYTES_PRINT(holdings_text(class, "class")),
               BYTES_PRINT(holdings_text(class, "reads")));
}

static void put_confirmed(struct buf *b, const struct json *r)
{
    buf_printf(b, "    confirmed        %" PRId64 " of %" PRId64 " endpoints",
               answer_number(r, "confirmed", 0), answer_number(r, "count", 0));
    if (answer_number(r, "last", -1) > 0) {
        buf_put_text(b, ", the last ");
        put_time(b, r, "last", "");
    }
    buf_put_u8(b, '\n');
}

static void put_revocation(struct buf *b, const struct answer *a, const struct json *r)
{
    buf_printf(b, "%.*s %.*s\n", BYTES_PRINT(holdings_text(r, "kind")),
               BYTES_PRINT(holdings_text(r, "id")));
    buf_put_text(b, "    signing stopped  ");
    put_time(b, r, "stopped", "not known");
    buf_printf(b, "  (%.*s, ", BYTES_PRINT(holdings_text(r, "reason")));
    names_put_called(b, holdings_text(r, "actor"), &a->names);
    buf_put_text(b, ")\n    in effect from   ");
    put_time(b, r, "effective", "the beginning");
    buf_put_text(b, "\n    published        ");
    put_time(b, r, "written", "NOT YET");
    int64_t number = answer_number(r, "number", -1);
    if (number >= 0)
        buf_printf(b, "  (status %" PRId64 ")", number);
    buf_put_u8(b, '\n');
    put_confirmed(b, r);
    put_laggards(b, r);
    for (const struct json *at = answer_list(r, "horizons"); at != NULL; at = at->next)
        put_horizon(b, at);
    for (const struct json *at = answer_list(r, "confirmations"); at != NULL; at = at->next) {
        buf_printf(b, "    %-16.*s ", BYTES_PRINT(holdings_text(at, "endpoint")));
        put_time(b, at, "time", "not confirmed");
        buf_put_u8(b, '\n');
    }
    buf_put_u8(b, '\n');
}

/* Of one revocation, endpoint by endpoint, or of the newest. */
static bool url_make(struct buf *ret, struct cli *cli, struct err *e)
{
    const struct arguments *a = &cli->arguments;
    struct revoke_target t;
    buf_put_text(ret, "/v1/propagation");
    if (a->word_count == 0)
        return true;
    if (a->word_count == 1)
        return arguments_refuse(e, "of what? KIND ID, or nothing for all");
    if (!revoke_target_find(&t, cli, a->words[0], a->words[1], e))
        return false;
    buf_printf(ret, "?kind=%s&id=%.*s", a->words[0], BYTES_PRINT(t.id));
    return buf_ok(ret, "a question", e);
}

static bool propagation_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    if (!url_make(&url, cli, e) || !answer_get(&answer, cli, buf_string(&url), e))
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
    .usage = "[KIND ID]",
    .least = 0,
    .most = 2,
    .purpose = "who has seen each revocation, who has not, and until when at most",
    .run = propagation_run,
};
