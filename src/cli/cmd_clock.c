/* sealward clock confirm */
#include "base/base64.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/display.h"
#include "cli/holdings.h"
#include "cli/people.h"
#include "cli/propose.h"

enum { TEXT_MAX = 1 << 20 };

/* The entry that raised the doubt in force, proven. */
static bool doubt_get(struct proven *ret, struct cli *cli, struct err *e)
{
    struct client *c;
    struct json *authority;
    struct bytes leaf;
    if (!cli_client(&c, cli, e) || !client_get_json(c, "/v1/authority", &authority, &cli->arena, e))
        return false;
    if (holdings_text(authority, "doubt").data == NULL)
        return err_set(e, ERR_CONFLICT, "the clock is not in doubt");
    if (!holdings_bytes(&leaf, authority, "doubt", &cli->arena, e))
        return false;
    if (leaf.size != 32)
        return err_set(e, ERR_INPUT, "the daemon gives no leaf hash of the doubt");
    return client_entry_by_leaf(c, leaf.data, ret, &cli->arena, e);
}

static bool confirm_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(TEXT_MAX);
    AUTO_VALUE(buf) body = BUF(128);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    char now[TEXT_TIME_SIZE];
    struct names names;
    struct proven doubt;
    struct admitted admitted;
    if (!doubt_get(&doubt, cli, e) || !people_load(&names, cli, e) ||
        !display_entry(&shown, &doubt.entry, &names, e))
        return false;
    buf_printf(&shown, "\nThis machine says that it is %s.\n", text_time(now, clock_wall_ms()));
    if (!confirm_ask(cli, &shown, "Is that the time, by a clock you trust?", e))
        return false;
    buf_put_text(&body, "{\"doubt\":");
    json_put_base64(&body, BYTES_OF(doubt.entry.leaf));
    buf_put_text(&body, "}");
    return buf_ok(&body, "a confirmation", e) &&
           cli_say(&admitted, cli, "clock-confirm", buf_bytes(&body), e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

static const struct argument_row options[] = {CONFIRM_ROW, {0}};

const struct command command_clock_confirm = {
    .name = "clock confirm",
    .usage = "",
    .purpose = "confirm the time after the keeper has doubted its clock",
    .options = options,
    .run = confirm_run,
};
