/* sealward ceremony sign, submit: the root certificate, brought in by all founders. */
#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/detached.h"
#include "cli/propose.h"
#include "pki/digest.h"
#include "pki/name.h"
#include "pki/x509.h"

#include <inttypes.h>

/* What the statement holds, as far as a person has to see it before signing. */
struct ceremony_view {
    struct bytes authority;
    struct bytes certificate;
};

static bool bytes_member(struct bytes *ret, const struct json *statement, const char *name,
                         struct arena *a, struct err *e)
{
    const struct json *member = json_member(statement, name);
    if (member == NULL || member->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "the ceremony's statement has no \"%s\"", name);
    return base64_decode(ret, member->text, a, e) || err_wrap(e, "\"%s\"", name);
}

static bool ceremony_view_read(struct ceremony_view *ret, struct bytes statement, struct cli *cli,
                               struct err *e)
{
    struct json *json;
    if (!json_parse(&json, statement, &cli->arena, e))
        return false;
    const struct json *type = json_member(json, "type");
    if (type == NULL || type->type != JSON_STRING || !bytes_is(type->text, "ceremony"))
        return err_set(e, ERR_INPUT, "this is no statement of a ceremony");
    return bytes_member(&ret->authority, json, "authority", &cli->arena, e) &&
           bytes_member(&ret->certificate, json, "certificate", &cli->arena, e);
}

static bool put_certificate(struct buf *b, struct bytes der, struct err *e)
{
    struct x509 cert;
    uint8_t digest[32];
    char hex[65];
    char from[TEXT_TIME_SIZE];
    char to[TEXT_TIME_SIZE];
    if (!x509_parse(&cert, der, e))
        return false;
    digest_sha256(digest, der);
    buf_put_text(b, "root         ");
    name_show(b, cert.subject);
    buf_printf(b, "\nvalid        %s to %s\n", text_time(from, cert.not_before),
               text_time(to, cert.not_after));
    buf_printf(b, "certificate  sha256 %s\n", hex_string(hex, BYTES_OF(digest)));
    digest_sha256(digest, cert.spki);
    buf_printf(b, "key          sha256 %s\n", hex_string(hex, BYTES_OF(digest)));
    return buf_ok(b, "what is shown", e);
}

/* The founder compares the fingerprints with those that the ceremony showed. */
static bool sign_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(65536);
    struct ceremony_view view;
    struct bytes statement;
    struct client *c;
    char hex[65];
    const char *path = cli->arguments.words[0];
    if (!detached_statement(&statement, cli, path, e) ||
        !ceremony_view_read(&view, statement, cli, e) || !cli_client(&c, cli, e))
        return false;
    if (!bytes_equal(view.authority, BYTES_OF(client_authority(c)->id)))
        return err_set(e, ERR_INPUT, "the ceremony is for another authority than the pinned one");
    buf_printf(&shown, "authority    %s\n", hex_string(hex, view.authority));
    return put_certificate(&shown, view.certificate, e) &&
           confirm_ask(cli, &shown, "Bring in this root?", e) &&
           detached_sign(cli, path, statement, e);
}

static bool submit_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(8192);
    AUTO_VALUE(buf) json = BUF(8192);
    struct bytes statement;
    struct client *c;
    struct admitted admitted;
    return detached_statement(&statement, cli, cli->arguments.words[0], e) &&
           detached_body(&body, cli, statement, e) && cli_client(&c, cli, e) &&
           client_submit(c, "ceremony", buf_bytes(&body), &admitted, NULL, &cli->arena, e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

static const struct argument_row sign_options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "where the signature is written"},
    CONFIRM_ROW,
    {0},
};

const struct command command_ceremony_sign = {
    .name = "ceremony sign",
    .usage = "FILE",
    .purpose = "sign the statement that brings in a root certificate, as a founder",
    .options = sign_options,
    .least = 1,
    .most = 1,
    .run = sign_run,
};

const struct command command_ceremony_submit = {
    .name = "ceremony submit",
    .usage = "FILE SIGNATURE...",
    .purpose = "enter that statement with all founders' signatures",
    .least = 3,
    .most = 17,
    .run = submit_run,
};
