/* sealward policy rules: which rulebook is in force, and raising it. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/propose.h"
#include "rules/proposals.h"
#include "rules/rules.h"

#include <inttypes.h>

enum { TEXT_MAX = 4096 };

static bool rules_show(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct client *c;
    struct json *authority;
    if (!cli_client(&c, cli, e) || !client_get_json(c, "/v1/authority", &authority, &cli->arena, e))
        return false;
    int64_t version = answer_number(authority, "rules", 0);
    buf_printf(&text, "rules version %" PRId64 " is in force; this program knows up to %d\n",
               version, RULES_VERSION);
    buf_printf(&json, "{\"rules\":%" PRId64 ",\"known\":%d}", version, RULES_VERSION);
    return cli_print(cli, &text, &json, e);
}

static bool rules_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    uint64_t version;
    if (cli->arguments.word_count == 0)
        return rules_show(cli, e);
    const char *word = cli->arguments.words[0];
    if (!text_read_number(&version, bytes_text(word), RULES_VERSION, e))
        return arguments_refuse(e, "%s: this program knows rules versions up to %d", word,
                                RULES_VERSION);
    struct rules_detail detail = {.version = (int64_t)version};
    fields_write(&text, &rules_detail_fields, &detail);
    return buf_ok(&text, "the proposal", e) && propose_file(cli, "rules", buf_bytes(&text), e);
}

const struct command command_policy_rules = {
    .name = "policy rules",
    .usage = "[VERSION]",
    .purpose = "which rules version is in force; or propose to raise it",
    .least = 0,
    .most = 1,
    .run = rules_run,
};
