/* sealward certificate propose, show */
#include "base/file.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/key_role.h"
#include "cli/pem.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "pki/name.h"
#include "pki/profile.h"
#include "pki/x509.h"
#include "rules/proposals.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 64 << 20, DER_ARENA = 65536, PAGE = 200, URL_MAX = 256 };

/* --- propose --- */

static bool validity_take(int64_t *ret, const struct arguments *a, int64_t otherwise, struct err *e)
{
    const char *text = arguments_value(a, "--validity");
    int64_t ms = otherwise * 1000;
    if (text != NULL && !text_read_duration(&ms, bytes_text(text), e))
        return arguments_refuse(e, "--validity %s is no duration", text);
    *ret = ms / 1000;
    return true;
}

/* Subject and longest validity are the signer's, as policy has them. */
static bool for_signer(struct issuance_detail *detail, struct cli *cli, const char *id,
                       struct err *e)
{
    struct client *c;
    struct policy_force force;
    struct signer signer;
    struct level level;
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e) ||
        !policy_force_take(&signer, &force, OBJECT_SIGNER, bytes_text(id), &cli->arena, e) ||
        !policy_force_take(&level, &force, OBJECT_LEVEL, signer.level, &cli->arena, e))
        return false;
    detail->profile = PROFILE_PRIVATE;
    detail->signer = bytes_text(id);
    detail->subject = signer.subject;
    return validity_take(&detail->validity, &cli->arguments, level.validity, e);
}

static bool for_role(struct issuance_detail *detail, const struct key_role_row *row,
                     struct cli *cli, struct err *e)
{
    const struct arguments *a = &cli->arguments;
    const char *common_name = arguments_value(a, "--common-name");
    const char *organization = arguments_value(a, "--organization");
    const char *country = arguments_value(a, "--country");
    if (common_name == NULL || organization == NULL || country == NULL)
        return arguments_refuse(e, "--common-name, --organization and --country are needed");
    detail->profile = (int)row->profile;
    detail->signer = BYTES_NONE;
    detail->subject = (struct subject){.common_name = bytes_text(common_name),
                                       .organization = bytes_text(organization),
                                       .country = bytes_text(country)};
    return validity_take(&detail->validity, a, row->validity, e);
}

static bool propose_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(4096);
    const struct arguments *a = &cli->arguments;
    const char *id = arguments_value(a, "--key-id");
    const char *signer = arguments_value(a, "--signer");
    const struct key_role_row *row;
    struct issuance_detail detail;
    struct holdings h;
    const struct json *key;
    if (id == NULL)
        return arguments_refuse(e, "--key-id ID is needed");
    if (!key_role_take(&row, a, e) || !holdings_key(&key, &h, id, cli, e) ||
        !holdings_bytes(&detail.key, key, "id", &cli->arena, e) ||
        !(row != NULL ? for_role(&detail, row, cli, e) : for_signer(&detail, cli, signer, e)))
        return false;
    fields_write(&text, &issuance_detail_fields, &detail);
    return buf_ok(&text, "the proposal", e) && propose_file(cli, "issuance", buf_bytes(&text), e);
}

/* --- show --- */

static bool put_line(struct buf *text, struct buf *json, const char *number, struct bytes der,
                     struct err *e)
{
    struct x509 cert;
    uint8_t key[32];
    char from[TEXT_TIME_SIZE];
    char to[TEXT_TIME_SIZE];
    char hex[65];
    AUTO_VALUE(buf) subject = BUF(NAME_DER_MAX * 4);
    if (!x509_parse(&cert, der, e))
        return err_wrap(e, "certificate %s", number);
    name_show(&subject, cert.subject);
    pubkey_spki_sha256(key, cert.spki);
    (void)hex_string(hex, BYTES_OF(key));
    buf_printf(text, "%-5s  %s to %s  key %.16s  ", number, text_time(from, cert.not_before),
               text_time(to, cert.not_after), hex);
    buf_put(text, buf_bytes(&subject));
    buf_put_text(text, "\n");
    buf_printf(json, "%s{\"number\":\"%s\",\"key\":\"%s\",\"subject\":",
               json->size > strlen("{\"certificates\":[") ? "," : "", number, hex);
    json_put_string(json, buf_bytes(&subject));
    buf_printf(json, ",\"not_before\":%" PRId64 ",\"not_after\":%" PRId64 ",\"certificate\":",
               cert.not_before, cert.not_after);
    json_put_base64(json, der);
    buf_put_text(json, "}");
    return buf_ok(&subject, "a subject", e);
}

struct wanted {
    const char *number; /* NULL: all */
    struct buf *text;
    struct buf *json;
    struct buf *pem;
    size_t found;
};

static bool take_one(struct wanted *w, const char *number, const struct json *certificate,
                     struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(DER_ARENA);
    struct bytes der;
    if ((w->number != NULL && strcmp(w->number, number) != 0) ||
        holdings_text(certificate, "der").data == NULL)
        return true;
    if (!holdings_bytes(&der, certificate, "der", &arena, e) ||
        !put_line(w->text, w->json, number, der, e))
        return false;
    pem_put(w->pem, der);
    w->found++;
    return true;
}

static bool page_take(struct wanted *w, const struct json *page, struct err *e)
{
    const struct json *certificates = json_member(page, "certificates");
    if (certificates == NULL)
        return err_set(e, ERR_INPUT, "the daemon does not list certificates as it should");
    for (const struct json *at = certificates->first; at != NULL; at = at->next) {
        char number[24];
        const struct json *value = json_member(at, "number");
        if (value == NULL || !value->is_integer)
            return err_set(e, ERR_INPUT, "the daemon gives a certificate without number");
        (void)snprintf(number, sizeof number, "%" PRId64, value->integer);
        if (!take_one(w, number, at, e))
            return false;
    }
    return true;
}

static bool roots_take(struct wanted *w, const struct json *page, struct err *e)
{
    const struct json *roots = json_member(page, "roots");
    for (const struct json *at = roots == NULL ? NULL : roots->first; at != NULL; at = at->next)
        if (!take_one(w, "root", at, e))
            return false;
    return true;
}

/* Behind the page; -1 if it is the last one, or the only one that is wanted. */
static bool next_take(int64_t *from, const struct wanted *w, const struct json *page, struct err *e)
{
    const struct json *next = json_member(page, "next");
    bool more = w->number == NULL && next != NULL && next->is_integer;
    if (more && next->integer <= *from)
        return err_set(e, ERR_INPUT, "the daemon does not list certificates in order");
    *from = more ? next->integer : -1;
    return true;
}

static bool take_all(struct wanted *w, struct cli *cli, struct err *e)
{
    struct client *c;
    uint64_t number;
    struct err ignored;
    int64_t from = 0;
    if (w->number != NULL &&
        text_read_number(&number, bytes_text(w->number), JSON_INTEGER_MAX, &ignored))
        from = (int64_t)number;
    bool first = true;
    if (!cli_client(&c, cli, e))
        return false;
    do {
        AUTO_VALUE(arena) arena = CLIENT_ARENA;
        AUTO_VALUE(buf) url = BUF(URL_MAX);
        struct json *page;
        buf_printf(&url, "/v1/certificates?from=%" PRId64 "&limit=%d", from,
                   w->number == NULL ? PAGE : 1);
        if (!buf_ok(&url, "a question", e) ||
            !client_get_json(c, buf_string(&url), &page, &arena, e) ||
            (first && !roots_take(w, page, e)) || !page_take(w, page, e) ||
            !next_take(&from, w, page, e))
            return false;
        first = false;
    } while (from >= 0);
    return true;
}

static bool show_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    AUTO_VALUE(buf) pem = BUF(TEXT_MAX);
    const char *out = arguments_value(&cli->arguments, "--out");
    struct wanted w = {.number = cli->arguments.word_count > 0 ? cli->arguments.words[0] : NULL,
                       .text = &text,
                       .json = &json,
                       .pem = &pem};
    buf_put_text(&json, "{\"certificates\":[");
    if (!take_all(&w, cli, e))
        return false;
    buf_put_text(&json, "]}");
    if (w.found == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no %s%s",
                       w.number == NULL ? "certificate" : "certificate ",
                       w.number == NULL ? "" : w.number);
    if (out != NULL && (!buf_ok(&pem, "PEM", e) || !file_replace(out, buf_bytes(&pem), 0644, e)))
        return false;
    return cli_print(cli, &text, &json, e);
}

static const struct argument_row propose_options[] = {
    {"--key-id", ARGUMENT_VALUE, "HEX", "the key: 8 or more digits of its id"},
    {"--signer", ARGUMENT_VALUE, "ID", "for this signer, with the subject that policy has"},
    KEY_ROLE_OPTIONS,
    {"--common-name", ARGUMENT_VALUE, "TEXT", "of its subject, for no signer"},
    {"--organization", ARGUMENT_VALUE, "TEXT", "of its subject, for no signer"},
    {"--country", ARGUMENT_VALUE, "XX", "of its subject, for no signer"},
    {"--validity", ARGUMENT_VALUE, "TIME", "90d (default: as long as the level allows)"},
    {0},
};
static const struct argument_row show_options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "write them as PEM"},
    {0},
};

const struct command command_certificate_propose = {
    .name = "certificate propose",
    .usage = "",
    .purpose = "propose that a certificate be issued for a key",
    .options = propose_options,
    .run = propose_run,
};

const struct command command_certificate_show = {
    .name = "certificate show",
    .usage = "[NUMBER|root]",
    .purpose = "certificates of the record",
    .options = show_options,
    .most = 1,
    .run = show_run,
};
