/* sealward submit: an entry's body that was made elsewhere, such as a certificate of a ceremony. */
#include "base/limits.h"
#include "cli/command.h"
#include "cli/propose.h"

static bool submit_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(8192);
    AUTO_VALUE(buf) json = BUF(8192);
    struct client *c;
    struct bytes body;
    struct admitted admitted;
    if (!cli_client(&c, cli, e) || !cli_file(&body, cli, cli->arguments.words[1], LIMIT_ENTRY, e))
        return false;
    if (body.size > 0 && body.data[body.size - 1] == '\n')
        body.size--;
    if (!json_canonical(body, e))
        return err_wrap(e, "%s", cli->arguments.words[1]);
    return client_submit(c, cli->arguments.words[0], body, &admitted, NULL, &cli->arena, e) &&
           client_prove(c, &admitted, &cli->arena, e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

const struct command command_submit = {
    .name = "submit",
    .usage = "TYPE FILE",
    .purpose = "enter a body that was made elsewhere, such as a ceremony's certificate",
    .least = 2,
    .most = 2,
    .run = submit_run,
};
