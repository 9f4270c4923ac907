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

static void put_verdict(struct buf *b, const struct json *of, const char *what)
{
    struct bytes why = holdings_text(of, "why");
    buf_printf(b, "  %-10s %s", what, answer_flag(of, "fits") ? "yes" : "NO");
    if (why.size > 0)
        buf_printf(b, ": %.*s", BYTES_PRINT(why));
    buf_put_u8(b, '\n');
}

static void put_claim(struct buf *b, const struct json *claim)
{
    bool fits = answer_flag(claim, "fits");
    struct bytes came = holdings_text(claim, "came");
    buf_printf(b, "    %s claim %.*s: approved \"%.*s\"", fits ? "fits " : "DIFFERS",
               BYTES_PRINT(holdings_text(claim, "name")),
               BYTES_PRINT(holdings_text(claim, "approved")));
    if (!fits && came.data == NULL)
        buf_put_text(b, ", the token has none");
    else if (!fits)
        buf_printf(b, ", came \"%.*s\"", BYTES_PRINT(came));
    buf_put_u8(b, '\n');
}

static void put_issuer(struct buf *b, const struct json *issuer)
{
    if (issuer == NULL || answer_flag(issuer, "fits"))
        return;
    buf_printf(b, "    DIFFERS issuer: approved \"%.*s\", came \"%.*s\"\n",
               BYTES_PRINT(holdings_text(issuer, "approved")),
               BYTES_PRINT(holdings_text(issuer, "came")));
}

static void put_workload(struct buf *b, const struct json *workload)
{
    bool fits = answer_flag(workload, "fits");
    buf_printf(b, "\nworkload %.*s: %s\n", BYTES_PRINT(holdings_text(workload, "id")),
               fits ? "this is it" : "this is not it");
    put_issuer(b, json_member(workload, "issuer"));
    for (const struct json *at = answer_list(workload, "claims"); at != NULL; at = at->next)
        put_claim(b, at);
    for (const struct json *at = answer_list(workload, "paths"); at != NULL; at = at->next) {
        struct bytes why = holdings_text(at, "why");
        buf_printf(b, "    path %.*s (signer %.*s): %s", BYTES_PRINT(holdings_text(at, "id")),
                   BYTES_PRINT(holdings_text(at, "signer")),
                   answer_flag(at, "fits") ? "open" : "no");
        if (why.size > 0)
            buf_printf(b, ", %.*s", BYTES_PRINT(why));
        buf_put_u8(b, '\n');
    }
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
    struct bytes issuer = holdings_text(tree, "issuer");
    const struct json *judged = json_member(tree, "token");
    buf_printf(&text, "token of issuer \"%.*s\"\n",
               BYTES_PRINT(issuer.data == NULL ? bytes_text("(none that policy knows)") : issuer));
    if (judged != NULL) {
        put_verdict(&text, json_member(judged, "read"), "readable");
        put_verdict(&text, json_member(judged, "signature"), "signature");
        put_verdict(&text, json_member(judged, "expiry"), "in time");
    }
    for (const struct json *at = answer_list(tree, "workloads"); at != NULL; at = at->next)
        put_workload(&text, at);
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
