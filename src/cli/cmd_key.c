/* sealward key propose, show */
#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/key_role.h"
#include "cli/propose.h"
#include "rules/proposals.h"

enum { TEXT_MAX = 64 << 20, ID_ARENA = 65536 };

static bool propose_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(4096);
    struct key_detail detail;
    const char *token = arguments_value(&cli->arguments, "--token");
    const char *algorithm = arguments_value(&cli->arguments, "--algorithm");
    const struct key_role_row *row;
    const char *signer = arguments_value(&cli->arguments, "--signer");
    if (!key_role_take(&row, &cli->arguments, e))
        return false;
    detail.role = row == NULL ? KEY_SIGNER : (int)row->role;
    detail.signer = row == NULL ? bytes_text(signer) : BYTES_NONE;
    if (token == NULL || algorithm == NULL)
        return arguments_refuse(e, "--token ID and --algorithm NAME are needed");
    detail.token = bytes_text(token);
    detail.algorithm = bytes_text(algorithm);
    fields_write(&text, &key_detail_fields, &detail);
    return buf_ok(&text, "the proposal", e) && propose_file(cli, "key", buf_bytes(&text), e);
}

static bool put_key(struct buf *text, struct buf *json, const struct json *key, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(ID_ARENA);
    char hex[65];
    struct bytes id;
    struct bytes signer = holdings_text(key, "signer");
    if (!holdings_bytes(&id, key, "id", &arena, e))
        return false;
    if (id.size != 32)
        return err_set(e, ERR_INPUT, "the daemon gives a key an id of %zu bytes", id.size);
    (void)hex_string(hex, id);
    buf_printf(text, "%s  %-14.*s  %-9.*s  %.*s  on %.*s\n", hex,
               BYTES_PRINT(holdings_text(key, "state")),
               BYTES_PRINT(holdings_text(key, "algorithm")),
               BYTES_PRINT(signer.data == NULL ? holdings_text(key, "role") : signer),
               BYTES_PRINT(holdings_text(key, "token")));
    buf_printf(json, "%s{\"id\":\"%s\",\"state\":", json->size > strlen("{\"keys\":[") ? "," : "",
               hex);
    json_put_string(json, holdings_text(key, "state"));
    buf_put_text(json, ",\"algorithm\":");
    json_put_string(json, holdings_text(key, "algorithm"));
    buf_put_text(json, ",\"role\":");
    json_put_string(json, holdings_text(key, "role"));
    buf_put_text(json, ",\"signer\":");
    if (signer.data == NULL)
        buf_put_text(json, "null");
    else
        json_put_string(json, signer);
    buf_put_text(json, ",\"token\":");
    json_put_string(json, holdings_text(key, "token"));
    buf_put_text(json, "}");
    return true;
}

struct shown {
    struct buf *text;
    struct buf *json;
};

static bool page_show(void *context, const struct holdings *page, struct err *e)
{
    const struct shown *s = context;
    for (const struct json *key = page->keys->first; key != NULL; key = key->next)
        if (!put_key(s->text, s->json, key, e))
            return false;
    return true;
}

static bool show_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct shown shown = {.text = &text, .json = &json};
    buf_put_text(&json, "{\"keys\":[");
    if (!holdings_each(cli, BYTES_NONE, page_show, &shown, e))
        return false;
    buf_put_text(&json, "]}");
    if (text.size == 0)
        buf_put_text(&text, "there are no keys\n");
    return cli_print(cli, &text, &json, e);
}

static const struct argument_row options[] = {
    {"--signer", ARGUMENT_VALUE, "ID", "a key for this signer"},
    KEY_ROLE_OPTIONS,
    {"--token", ARGUMENT_VALUE, "ID", "the token that it is made on"},
    {"--algorithm", ARGUMENT_VALUE, "NAME", "p-256 or rsa-3072"},
    {0},
};

const struct command command_key_propose = {
    .name = "key propose",
    .usage = "",
    .purpose = "propose that a key be made on a token",
    .options = options,
    .run = propose_run,
};

const struct command command_key_show = {
    .name = "key show",
    .usage = "",
    .purpose = "all keys of the record, with their states",
    .run = show_run,
};
