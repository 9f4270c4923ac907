/* sealward endpoint enroll, expel, list, confirm; reconcile */
#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/holdings.h"
#include "cli/propose.h"
#include "cli/reduction.h"
#include "proof/confirmation.h"
#include "rules/enrolment.h"

#include <inttypes.h>

enum { TEXT_MAX = 1 << 20, KEY_FILE_MAX = 65536 };

/* ---- Enrolling ---- */

/* Base64 as the guard prints it, or a file with that. */
static bool key_take(struct bytes *ret, struct cli *cli, struct err *e)
{
    const char *word = arguments_value(&cli->arguments, "--public-key");
    bool file = false;
    struct bytes text;
    if (word == NULL) {
        (void)arguments_refuse(e, "which key? --public-key KEY");
        return err_hint(e, "`sealward-guard init` prints it");
    }
    text = bytes_text(word);
    if (!file_exists(&file, word, e) || (file && !cli_file(&text, cli, word, KEY_FILE_MAX, e)))
        return false;
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    return base64_decode(ret, text, &cli->arena, e) ||
           err_wrap(e, "--public-key %s: neither base64 nor a file with it", word);
}

static bool enroll_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(TEXT_MAX);
    AUTO_VALUE(buf) body = BUF(TEXT_MAX);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    const char *class = arguments_value(&cli->arguments, "--class");
    struct admitted admitted;
    struct enrolment enrolment = {.id = bytes_text(cli->arguments.words[0])};
    if (class == NULL)
        return arguments_refuse(e, "of which class? --class ID");
    if (!key_take(&enrolment.key, cli, e))
        return false;
    enrolment.class = bytes_text(class);
    fields_write(&body, &enrolment_fields, &enrolment);
    if (!buf_ok(&body, "the enrolment", e))
        return err_hint(e, "an id has lower-case letters, digits, dots and dashes");
    buf_printf(&shown, "endpoint  %s\nclass     %s\nkey       ", cli->arguments.words[0], class);
    base64_put(&shown, enrolment.key);
    buf_put_u8(&shown, '\n');
    return confirm_ask(cli, &shown, "Believe what this key says it holds?", e) &&
           cli_say(&admitted, cli, "enroll", buf_bytes(&body), e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

/* The endpoint of that id as the daemon lists it. */
static bool endpoint_find(struct bytes *ret_leaf, struct cli *cli, const char *id, struct err *e)
{
    struct client *c;
    struct json *answer;
    if (!cli_client(&c, cli, e) || !client_get_json(c, "/v1/life", &answer, &cli->arena, e))
        return false;
    for (const struct json *at = answer_list(answer, "endpoints"); at != NULL; at = at->next)
        if (bytes_is(holdings_text(at, "id"), id))
            return holdings_bytes(ret_leaf, at, "leaf", &cli->arena, e);
    (void)err_set(e, ERR_NOT_FOUND, "no endpoint \"%s\" is enrolled", id);
    return err_hint(e, "`sealward endpoint list` lists them");
}

static bool expel_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(TEXT_MAX);
    struct reduction r = {.type = "expel", .done = "expelled"};
    struct expulsion expulsion = {.id = bytes_text(cli->arguments.words[0])};
    if (!endpoint_find(&expulsion.activation, cli, cli->arguments.words[0], e))
        return false;
    fields_write(&body, &expulsion_fields, &expulsion);
    r.body = buf_bytes(&body);
    return buf_ok(&body, "the statement", e) && reduction_say(cli, &r, e);
}

/* ---- What they hold ---- */

static const struct json *machine_find(const struct json *propagation, struct bytes id)
{
    const struct json *at = answer_list(propagation, "endpoints");
    while (at != NULL && !bytes_equal(holdings_text(at, "id"), id))
        at = at->next;
    return at;
}

static void endpoint_row(struct grid *g, const struct answer *a, const struct json *at,
                         const struct json *propagation)
{
    const struct json *said = machine_find(propagation, holdings_text(at, "id"));
    int64_t number = said == NULL ? -1 : answer_number(said, "number", -1);
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "class");
    answer_cell_text(g, a, at, "actor");
    answer_cell_time(g, at, "time", "");
    if (number < 0)
        grid_cell(g, bytes_text("nothing"));
    else
        grid_printf(g, "status %" PRId64, number);
    if (said == NULL)
        grid_cell(g, bytes_text("never"));
    else
        answer_cell_time(g, said, "last", "never");
    grid_cell(g, bytes_text(said != NULL && answer_flag(said, "silent") ? "SILENT"
                            : number < 0                                ? "not heard of yet"
                                                                        : "confirms"));
}

/* The record has them, the daemon what they said. */
static bool list_run(struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"ENDPOINT", "CLASS",     "ENROLLED BY", "ENROLLED",
                                        "HOLDS",    "CONFIRMED", "STATE"};
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) head = BUF(TEXT_MAX);
    struct grid grid;
    struct client *c;
    struct json *life;
    if (!answer_get(&answer, cli, "/v1/propagation", e) || !cli_client(&c, cli, e) ||
        !client_get_json(c, "/v1/life", &life, &cli->arena, e))
        return false;
    grid_begin(&grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    for (const struct json *at = answer_list(life, "endpoints"); at != NULL; at = at->next)
        endpoint_row(&grid, &answer, at, answer.tree);
    return answer_print(&answer, cli, &head, &grid, "no endpoint is enrolled", e);
}

/* A confirmation that was carried here by hand. */
static bool confirm_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) answer = BUF(TEXT_MAX);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(arena) arena = CONFIRMATION_ARENA;
    struct client *c;
    struct bytes file;
    struct confirmation_signed said;
    const char *path = cli->arguments.words[0];
    if (!cli_file(&file, cli, path, CONFIRMATION_MAX + 1, e))
        return false;
    if (file.size > 0 && file.data[file.size - 1] == '\n')
        file.size--;
    if (!confirmation_read(&said, file, &arena, e))
        return err_wrap(e, "%s", path);
    if (!cli_client(&c, cli, e) || !client_post(c, "/v1/confirmations", NULL, file, &answer, e))
        return false;
    buf_printf(&text, "endpoint %.*s holds status %" PRId64 "\n",
               BYTES_PRINT(said.confirmation.endpoint), said.confirmation.number);
    return cli_print(cli, &text, &answer, e);
}

static const struct argument_row enroll_options[] = {
    {"--class", ARGUMENT_VALUE, "ID", "which class of endpoints, as in policy"},
    {"--public-key", ARGUMENT_VALUE, "KEY", "as `sealward-guard init` prints it, or a file"},
    CONFIRM_ROW,
    {0},
};

const struct command command_endpoint_enroll = {
    .name = "endpoint enroll",
    .usage = "ID --class ID --public-key KEY",
    .purpose = "believe a machine's confirmations from now on",
    .options = enroll_options,
    .least = 1,
    .most = 1,
    .run = enroll_run,
};

const struct command command_endpoint_expel = {
    .name = "endpoint expel",
    .usage = "ID",
    .purpose = "believe a machine no longer",
    .least = 1,
    .most = 1,
    .run = expel_run,
};

const struct command command_endpoint_list = {
    .name = "endpoint list",
    .usage = "",
    .purpose = "the machines, and which status each holds",
    .run = list_run,
};

const struct command command_endpoint_confirm = {
    .name = "endpoint confirm",
    .usage = "FILE",
    .purpose = "hand in a confirmation that was carried by hand",
    .least = 1,
    .most = 1,
    .run = confirm_run,
};
