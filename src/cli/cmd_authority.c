/* sealward authority pin: from the genesis to the file that everything else is checked by. */
#include "base/file.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/base64.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "proof/path.h"
#include "rules/genesis.h"

#include <inttypes.h>

/* Entry 0 as the daemon shows it; its leaf hash is the authority id. */
static bool genesis_get(struct entry *ret, struct client *c, struct cli *cli, struct err *e)
{
    struct json *answer;
    struct bytes text;
    if (!client_get_json(c, "/v1/entries/0", &answer, &cli->arena, e))
        return false;
    const struct json *entry = json_member(answer, "entry");
    if (entry == NULL || entry->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "the daemon shows no entry 0");
    return base64_decode(&text, entry->text, &cli->arena, e) &&
           entry_read(ret, text, &cli->arena, e);
}

static bool authority_make(struct authority *ret, const struct entry *entry,
                           const struct genesis *genesis, struct err *e)
{
    memcpy(ret->id, entry->leaf, sizeof ret->id);
    ret->origin = genesis->origin;
    ret->base_url = genesis->base_url;
    return note_key_make(&ret->log_key, genesis->origin, NOTE_ED25519, genesis->log_key, e);
}

/* That the log which the daemon publishes begins with this entry, under the key that it names. */
static bool log_judge(struct cli *cli, const char *server, struct bytes authority, struct err *e)
{
    AUTO(client) c = NULL;
    struct proven genesis;
    struct client_config config = {.server = server,
                                   .ca = cli->settings.ca,
                                   .authority = authority,
                                   .state = cli->settings.state};
    if (!client_new(&c, &config, e) || !client_entry(c, 0, &genesis, &cli->arena, e))
        return err_wrap(e, "the published log");
    if (memcmp(genesis.entry.leaf, client_authority(c)->id, TREE_HASH) != 0)
        return err_set(e, ERR_AUTH, "the published log begins with another entry");
    return true;
}

static void put_pin(struct buf *b, const struct authority *authority, const struct genesis *genesis)
{
    char hex[65];
    buf_printf(b, "authority  %s\n", hex_string(hex, BYTES_OF(authority->id)));
    buf_printf(b, "origin     %.*s\n", BYTES_PRINT(authority->origin));
    buf_printf(b, "base URL   %.*s\n", BYTES_PRINT(authority->base_url));
    buf_put_text(b, "log key    ");
    note_key_write(b, &authority->log_key);
    buf_printf(b, "\nfounders   %zu people%s\n", genesis->founders.count,
               genesis->demonstration ? "\nA DEMONSTRATION: trust it with nothing" : "");
    buf_put_text(b,
                 "\nCompare the authority's id with what its founders tell you by another way.\n");
}

/* --expect has the id that came by another way; without it a person must say that it is right. */
static bool id_judge(struct cli *cli, const struct authority *authority, const struct buf *shown,
                     struct err *e)
{
    uint8_t expected[TREE_HASH];
    const char *expect = arguments_value(&cli->arguments, "--expect");
    if (expect == NULL)
        return confirm_ask(cli, shown, "Is this the id that the founders told you?", e);
    if (!hex_decode(expected, sizeof expected, bytes_text(expect), e))
        return err_wrap(e, "--expect");
    if (memcmp(expected, authority->id, sizeof expected) == 0)
        return true;
    (void)err_set(e, ERR_AUTH, "the daemon shows another authority than the expected one");
    return err_hint(e, "ask the founders which id is right; do not go on");
}

static bool pin_run(struct cli *cli, struct err *e)
{
    AUTO(client) c = NULL;
    AUTO_VALUE(buf) shown = BUF(65536);
    AUTO_VALUE(buf) file = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) text = BUF(65536);
    AUTO_VALUE(buf) json = BUF(65536);
    struct entry entry;
    struct genesis genesis;
    struct genesis_body body;
    struct authority authority;
    struct client_config config = {.server = cli->settings.server, .ca = cli->settings.ca};
    const char *out = arguments_value(&cli->arguments, "--out");
    if (config.server == NULL || out == NULL)
        return arguments_refuse(e, "--server URL and --out FILE are needed");
    if (!client_new(&c, &config, e) || !genesis_get(&entry, c, cli, e) ||
        !genesis_read(&genesis, &body, entry.body, &cli->arena, e) ||
        !authority_make(&authority, &entry, &genesis, e))
        return false;
    put_pin(&shown, &authority, &genesis);
    authority_write(&file, &authority);
    if (!buf_ok(&file, "the authority", e) || !log_judge(cli, config.server, buf_bytes(&file), e) ||
        !id_judge(cli, &authority, &shown, e) || !file_replace(out, buf_bytes(&file), 0644, e))
        return false;
    buf_printf(&text, "pinned in %s\n", out);
    buf_put(&json, bytes_make(file.data, file.size - 1));
    return cli_print(cli, &text, &json, e);
}

static const struct argument_row options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "where the pinned authority is written"},
    {"--expect", ARGUMENT_VALUE, "HEX", "the id as the founders told it"},
    CONFIRM_ROW,
    {0},
};

const struct command command_authority_pin = {
    .name = "authority pin",
    .usage = "",
    .purpose = "write the file of facts that everything else is checked by",
    .options = options,
    .run = pin_run,
};
