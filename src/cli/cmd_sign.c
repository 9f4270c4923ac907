/*
 * sealward sign: signatures beside files, without a tool. For format cms the rulebook builds the
 * SignedAttributes, for raw the file's own hash is signed; both are bound in the request itself, so
 * this serves the strictest level.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/command.h"
#include "cli/file_signing.h"
#include "cli/receipts.h"

#define REPORT_MAX (1 << 22)

struct sign {
    struct signing signing;
    struct file_signing files;
    size_t which[LIMIT_GRANT_ARTIFACTS];
};

static bool format_find(struct sign *s, const struct arguments *a, const char **ret_format,
                        struct err *e)
{
    const char *format = arguments_value(a, "--format");
    if (format == NULL || (strcmp(format, "cms") != 0 && strcmp(format, "raw") != 0))
        return arguments_refuse(e, "in which format? --format cms or --format raw");
    s->files = (struct file_signing){
        .signing = &s->signing, .attributes = strcmp(format, "cms") == 0, .which = s->which};
    *ret_format = format;
    return true;
}

static bool files_declare(struct sign *s, const char *format, struct err *e)
{
    const struct arguments *a = &s->signing.cli->arguments;
    for (int i = 0; i < a->word_count; i++) {
        struct declaration_text text = {.file = a->words[i], .format = bytes_text(format)};
        if (!signing_declare(&s->signing, &text, e))
            return false;
        s->which[i] = (size_t)i;
    }
    s->files.count = s->signing.count;
    return file_signing_begin(&s->files, e);
}

struct report {
    struct buf text;
    struct buf json;
};

static void report_done(struct report *r)
{
    buf_done(&r->text);
    buf_done(&r->json);
}
AUTO_DONE(report)

static void report_file(struct report *r, const struct sign *s, size_t n, const char *path)
{
    const char *file = s->signing.declarations[n].file;
    buf_printf(&r->text, "%s: signed as entry %" PRId64 ", item %zu\n", path, s->files.entry, n);
    buf_put_text(&r->json, n == 0 ? "{\"file\":" : ",{\"file\":");
    json_put_string(&r->json, bytes_text(file));
    buf_put_text(&r->json, ",\"signature\":");
    json_put_string(&r->json, bytes_text(path));
    buf_printf(&r->json, ",\"item\":%zu}", n);
}

/* Beside the file, or in the folder of --out. */
static bool output_path(struct buf *ret, const struct sign *s, size_t n, struct err *e)
{
    const char *folder = arguments_value(&s->signing.cli->arguments, "--out");
    const struct declaration *d = &s->signing.declarations[n];
    if (folder != NULL)
        buf_printf(ret, "%s/%.*s", folder, BYTES_PRINT(d->artifact.name));
    else
        buf_put_text(ret, d->file);
    buf_put_text(ret, s->files.attributes ? ".p7s" : ".sig");
    return buf_ok(ret, "the path of a signature", e);
}

static bool file_finish(struct sign *s, struct report *r, size_t n, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(8192);
    if (!output_path(&path, s, n, e) || !file_signing_write(&s->files, n, buf_string(&path), e))
        return false;
    report_file(r, s, n, buf_string(&path));
    return true;
}

static bool outputs_write(struct sign *s, struct report *r, struct err *e)
{
    const struct arguments *a = &s->signing.cli->arguments;
    const char *folder = arguments_value(a, "--out");
    const char *receipts = arguments_value(a, "--receipts");
    char hex[65];
    if (folder != NULL && !file_make_folders(folder, 0755, e))
        return false;
    buf_printf(&r->json, "{\"grant\":\"%s\",\"entry\":%" PRId64 ",\"files\":[",
               hex_string(hex, s->signing.grant), s->files.entry);
    for (size_t i = 0; i < s->signing.count; i++)
        if (!file_finish(s, r, i, e))
            return false;
    buf_put_text(&r->json, "]}");
    return receipts == NULL || receipts_write(s->signing.client, s->signing.grant, &s->files.made,
                                              &s->signing.artifacts, receipts, e);
}

static bool sign_all(struct sign *s, struct cli *cli, struct err *e)
{
    AUTO_VALUE(report) report = {.text = BUF(REPORT_MAX), .json = BUF(REPORT_MAX)};
    const char *format = NULL;
    struct err later;
    if (!format_find(s, &cli->arguments, &format, e) || !signing_find(&s->signing, cli, e) ||
        !files_declare(s, format, e) || !signing_open(&s->signing, (int64_t)s->signing.count, e))
        return false;
    bool ok = file_signing_request(&s->files, e) && outputs_write(s, &report, e);
    bool closed = signing_close(&s->signing, ok ? e : &later);
    return ok && closed && cli_print(cli, &report.text, &report.json, e);
}

static bool sign(struct cli *cli, struct err *e)
{
    struct sign *s = arena_alloc(&cli->arena, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for signing");
    bool ok = sign_all(s, cli, e);
    file_signing_done(&s->files);
    signing_done(&s->signing);
    return ok;
}

static const struct argument_row options[] = {
    SIGNING_ROWS,
    {"--format", ARGUMENT_VALUE, "NAME", "cms (FILE.p7s) or raw (FILE.sig)"},
    {"--out", ARGUMENT_VALUE, "DIR", "write signatures there instead of beside the files"},
    {"--receipts", ARGUMENT_VALUE, "DIR", "write a receipt for each signature"},
    {0},
};

const struct command command_sign = {
    .name = "sign",
    .usage = "--signer ID --format cms|raw FILE...",
    .purpose = "sign files without a tool, bound in the request itself",
    .options = options,
    .least = 1,
    .most = -1,
    .run = sign,
};
