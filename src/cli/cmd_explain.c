/* sealward explain: why an identity token does or does not fit which release path. */
#include "base/file.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"

#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

/* A file, `-` for standard input, or the token itself. */
static bool token_take(struct buf *ret, const char *word, struct err *e)
{
    bool file = false;
    if (strcmp(word, "-") == 0) {
        if (!file_read_descriptor(ret, STDIN_FILENO, "standard input", e))
            return false;
    } else if (strchr(word, '.') != NULL && strchr(word, '/') == NULL &&
               strncmp(word, "eyJ", 3) == 0) {
        buf_put_text(ret, word);
    } else if (!file_exists(&file, word, e) || !file_read(ret, word, FILE_ANY, e)) {
        return false;
    }
    while (ret->size > 0 && strchr(" \t\r\n", ret->data[ret->size - 1]) != NULL)
        ret->size--;
    return buf_ok(ret, "a token", e);
}

/* "fits" or "DIFFERS", and of what. */
static void put_fits(struct buf *b, const struct json *of, const char *what)
{
    buf_printf(b, "    %-7s  %s", answer_flag(of, "fits") ? "fits" : "DIFFERS", what);
}

/* Signature, times: good, or why not. */
static void put_verdict(struct buf *b, const struct json *of, const char *what)
{
    struct bytes why = holdings_text(of, "why");
    put_fits(b, of, what);
    if (why.size > 0)
        buf_printf(b, ": %.*s", BYTES_PRINT(why));
    buf_put_u8(b, '\n');
}

/* What was approved and what came. */
static void put_compared(struct buf *b, const struct json *of, const char *what)
{
    struct bytes came = holdings_text(of, "came");
    put_fits(b, of, what);
    buf_printf(b, "%.*s: approved \"%.*s\"", BYTES_PRINT(holdings_text(of, "name")),
               BYTES_PRINT(holdings_text(of, "approved")));
    if (came.data == NULL)
        buf_put_text(b, ", the token has none");
    else if (!answer_flag(of, "fits"))
        buf_printf(b, ", came \"%.*s\"", BYTES_PRINT(came));
    buf_put_u8(b, '\n');
}

static void put_path(struct buf *b, const struct json *path)
{
    struct bytes why = holdings_text(path, "why");
    buf_printf(b, "    path %.*s (signer %.*s): %s", BYTES_PRINT(holdings_text(path, "id")),
               BYTES_PRINT(holdings_text(path, "signer")),
               answer_flag(path, "fits") ? "open" : "no");
    if (why.size > 0)
        buf_printf(b, ", %.*s", BYTES_PRINT(why));
    buf_put_u8(b, '\n');
}

/* The release paths of a workload that it is not are not open to it either: nothing to tell. */
static void put_workload(struct buf *b, const struct json *workload)
{
    bool fits = answer_flag(workload, "fits");
    buf_printf(b, "workload %.*s: %s\n", BYTES_PRINT(holdings_text(workload, "id")),
               fits ? "this is it" : "this is not it");
    put_compared(b, json_member(workload, "issuer"), "issuer");
    put_verdict(b, json_member(workload, "signature"), "signature");
    put_verdict(b, json_member(workload, "expiry"), "time");
    for (const struct json *at = answer_list(workload, "claims"); at != NULL; at = at->next)
        put_compared(b, at, "claim ");
    if (fits)
        for (const struct json *at = answer_list(workload, "paths"); at != NULL; at = at->next)
            put_path(b, at);
    buf_put_u8(b, '\n');
}

static void put_answer(struct buf *b, const struct json *answer)
{
    const struct json *read = json_member(answer, "read");
    bool found = false;
    if (!answer_flag(read, "fits"))
        buf_printf(b, "it cannot be read: %.*s\n\n", BYTES_PRINT(holdings_text(read, "why")));
    for (const struct json *at = answer_list(answer, "workloads"); at != NULL; at = at->next) {
        put_workload(b, at);
        found |= answer_flag(at, "fits");
    }
    if (!found)
        buf_put_text(b, "It opens nothing. If a pipeline has moved, people say so: "
                        "`sealward reconfirm WORKLOAD --claim NAME=VALUE`\n");
}

static bool explain_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    AUTO_VALUE(buf) answer = BUF(TEXT_MAX);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    struct client *c;
    struct json *tree;
    if (!token_take(&token, cli->arguments.words[0], e))
        return false;
    if (!text_is_plain(buf_bytes(&token)))
        return err_set(e, ERR_INPUT, "this is no identity token: it is no text");
    if (!cli_client(&c, cli, e) ||
        !client_post(c, "/v1/explain", "application/jwt", buf_bytes(&token), &answer, e) ||
        !json_parse(&tree, buf_bytes(&answer), &cli->arena, e))
        return false;
    put_answer(&text, tree);
    return cli_print(cli, &text, &answer, e);
}

const struct command command_explain = {
    .name = "explain",
    .usage = "TOKEN|FILE|-",
    .purpose = "claim by claim, why an identity token fits which release path or not",
    .least = 1,
    .most = 1,
    .run = explain_run,
};
