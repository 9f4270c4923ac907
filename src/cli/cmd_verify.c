/* sealward verify: is a signed file to be trusted? Offline, with the pinned authority. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/receipts.h"
#include "pki/cms.h"
#include "pki/name.h"
#include "pki/pem.h"
#include "verify/verify.h"

#define EXIT_NOT_GOOD 1
#define FILE_MAX ((size_t)4 << 30)
#define REPORT_MAX (1 << 20)
#define PATH_MAX_SIZE 4096

static const struct argument_row rows[] = {
    {"--signature", ARGUMENT_VALUE, "FILE", "the signature beside it (default: FILE.p7s)"},
    {"--receipt", ARGUMENT_LIST, "FILE", "a receipt of the request that it was signed by"},
    {"--demand-receipt", ARGUMENT_FLAG, NULL, "a signature without receipt is not good"},
    {"--root", ARGUMENT_VALUE, "FILE",
     "trusted root certificates, PEM or DER (default: root.pem beside the authority's file)"},
    {"--format", ARGUMENT_VALUE, "NAME", "cms or pe (default: by what the file looks like)"},
    {NULL, ARGUMENT_FLAG, NULL, NULL},
};

/* Everything that is judged, read. */
struct work {
    struct cli *cli;
    struct authority authority;
    struct buf file;
    struct bytes roots[VERIFY_ROOTS_MAX];
    struct bytes receipts[VERIFY_RECEIPTS_MAX];
    struct verify_input input;
    struct arena arena;
    struct verdict verdict;
};

static void work_done(struct work *w)
{
    buf_done(&w->file);
    arena_done(&w->arena);
}
AUTO_DONE(work)

/* --- What is read --- */

static bool authority_load(struct work *w, struct err *e)
{
    const char *path = w->cli->settings.authority;
    struct bytes text;
    if (path == NULL)
        return arguments_refuse(e, "no authority is pinned: --authority is missing");
    if (!cli_file(&text, w->cli, path, LIMIT_AUTHORITY, e) ||
        !authority_read(&w->authority, text, &w->cli->arena, e))
        return false;
    w->input.authority = &w->authority;
    return true;
}

/* `name` in the folder of the authority's file. */
static const char *beside_authority(struct buf *b, const char *authority, const char *name)
{
    const char *slash = strrchr(authority, '/');
    if (slash != NULL)
        buf_put(b, bytes_make(authority, (size_t)(slash + 1 - authority)));
    buf_put_text(b, name);
    return buf_string(b);
}

static bool roots_load(struct work *w, struct err *e)
{
    AUTO_VALUE(buf) beside = BUF(PATH_MAX_SIZE);
    struct bytes text;
    const char *path = arguments_value(&w->cli->arguments, "--root");
    if (path == NULL)
        path = beside_authority(&beside, w->cli->settings.authority, "root.pem");
    if (!cli_file(&text, w->cli, path, PEM_MAX, e)) {
        (void)err_wrap(e, "trusted root");
        return err_hint(e, "--root FILE names the root certificate to trust");
    }
    w->input.roots = w->roots;
    return pem_certificates(w->roots, VERIFY_ROOTS_MAX, &w->input.root_count, text, &w->cli->arena,
                            e) ||
           err_wrap(e, "%s", path);
}

static bool receipt_load(struct work *w, const char *path, struct err *e)
{
    if (w->input.receipt_count == VERIFY_RECEIPTS_MAX)
        return err_set(e, ERR_LIMIT, "at most %d receipts are looked at", VERIFY_RECEIPTS_MAX);
    if (!cli_file(&w->receipts[w->input.receipt_count], w->cli, path, RECEIPT_BYTES_MAX, e))
        return false;
    w->input.receipt_count++;
    return true;
}

/* The grant's, where `sealward sign` has put it beside the request's. */
static bool grant_load(struct work *w, const char *path, struct err *e)
{
    AUTO_VALUE(buf) beside = BUF(PATH_MAX_SIZE);
    size_t size = strlen(path);
    size_t ending = strlen(RECEIPT_ENDING);
    bool there = false;
    if (size < ending || strcmp(path + size - ending, RECEIPT_ENDING) != 0)
        return true;
    buf_put(&beside, bytes_make(path, size - ending));
    buf_put_text(&beside, RECEIPT_GRANT_ENDING);
    return buf_ok(&beside, "the name of a receipt", e) &&
           file_exists(&there, buf_string(&beside), e) &&
           (!there || receipt_load(w, buf_string(&beside), e));
}

static bool receipts_load(struct work *w, struct err *e)
{
    const struct arguments *arguments = &w->cli->arguments;
    const char *path;
    for (int i = 0; (path = arguments_item(arguments, "--receipt", i)) != NULL; i++)
        if (!receipt_load(w, path, e) || !grant_load(w, path, e))
            return false;
    w->input.receipts = w->receipts;
    w->input.demand_receipt = arguments_value(arguments, "--demand-receipt") != NULL;
    return true;
}

/* The signature that --signature names, or the one that stands beside the file, if any. */
static bool beside_load(struct work *w, const char *file, struct err *e)
{
    AUTO_VALUE(buf) name = BUF(PATH_MAX_SIZE);
    const char *path = arguments_value(&w->cli->arguments, "--signature");
    if (path != NULL)
        return cli_file(&w->input.beside, w->cli, path, CMS_DER_MAX, e);
    buf_printf(&name, "%s.p7s", file);
    bool there = false;
    if (!buf_ok(&name, "the name of the signature", e) ||
        !file_exists(&there, buf_string(&name), e))
        return false;
    return !there || cli_file(&w->input.beside, w->cli, buf_string(&name), CMS_DER_MAX, e);
}

static bool looks_like_pe(struct bytes file)
{
    return file.size >= 2 && file.data[0] == 'M' && file.data[1] == 'Z';
}

/* A PE image with a signature beside it is any file to whoever made that signature. */
static bool file_load(struct work *w, const char *path, struct err *e)
{
    const char *format = arguments_value(&w->cli->arguments, "--format");
    if (!file_read(&w->file, path, FILE_ANY, e))
        return false;
    w->input.file = buf_bytes(&w->file);
    bool named = arguments_value(&w->cli->arguments, "--signature") != NULL;
    if (format == NULL)
        format = !named && looks_like_pe(w->input.file) ? "pe" : "cms";
    w->input.format = bytes_text(format);
    return strcmp(format, "cms") != 0 || beside_load(w, path, e);
}

/* --- For people --- */

static void detail_text(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    char hex[2 * DIGEST_MAX + 1];
    char time[TEXT_TIME_SIZE];
    switch (check) {
    case VERIFY_SIGNATURE:
        buf_printf(b, "%s by ", mechanism_name(s->mechanism));
        name_show(b, s->subject);
        break;
    case VERIFY_ARTIFACT:
        buf_printf(b, "%s %s", digest_name(s->artifact_alg),
                   hex_string(hex, bytes_make(s->artifact, digest_size(s->artifact_alg))));
        break;
    case VERIFY_CHAIN:
        buf_printf(b, "to a trusted root, at %s (%s)", text_time(time, s->time),
                   s->entry >= 0 ? "when it was recorded" : "now");
        break;
    case VERIFY_AUTHORITY:
        buf_printf(b, "certificate number %" PRIu64, s->number);
        break;
    case VERIFY_RECEIPT:
        buf_printf(b, "entry %" PRId64 " of a log of %" PRIu64 " entries", s->entry, s->log_size);
        break;
    case VERIFY_TIME:
        buf_printf(b, "%s, by the %s", text_time(time, s->time), verify_time_names[s->trusted]);
        break;
    case VERIFY_STATUS:
        buf_printf(b, "not on the distrust list%s",
                   s->list_older ? ", which is older than the certificate" : "");
        break;
    }
}

static void point_text(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    const struct verify_point *point = &s->points[check];
    static const char *const words[] = {
        [VERIFY_UNASKED] = "-", [VERIFY_HOLDS] = "holds", [VERIFY_FAILS] = "FAILS"};
    buf_printf(b, "  %-10s %-6s ", verify_check_names[check], words[point->answer]);
    if (point->answer == VERIFY_HOLDS)
        detail_text(b, s, check);
    else if (point->answer == VERIFY_FAILS)
        buf_printf(b, "%s%s%s", point->why.message, point->why.hint[0] == 0 ? "" : "; ",
                   point->why.hint);
    else
        buf_put_text(b, check == VERIFY_RECEIPT ? "none was given" : "not asked");
    buf_put_text(b, "\n");
}

static void verdict_text(struct buf *b, const char *file, const struct verdict *v)
{
    buf_printf(b, "%s: %s\n", file, v->good ? "good" : "NOT GOOD");
    for (size_t i = 0; i < v->count; i++) {
        if (v->count > 1)
            buf_printf(b, " signature %zu: %s\n", i + 1, v->list[i].good ? "good" : "not good");
        for (unsigned n = 0; n < VERIFY_CHECKS; n++)
            point_text(b, &v->list[i], (enum verify_check)n);
    }
}

/* --- For programs --- */

static void point_json(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    static const char *const words[] = {
        [VERIFY_UNASKED] = "null", [VERIFY_HOLDS] = "\"holds\"", [VERIFY_FAILS] = "\"fails\""};
    const struct verify_point *point = &s->points[check];
    bool fails = point->answer == VERIFY_FAILS;
    buf_printf(b, "\"%s\":{\"answer\":%s,\"rule\":", verify_check_names[check],
               words[point->answer]);
    json_put_string(b, bytes_text(fails ? point->why.rule : ""));
    buf_put_text(b, ",\"message\":");
    json_put_string(b, bytes_text(fails ? point->why.message : ""));
    buf_put_text(b, "}");
}

static void signature_json(struct buf *b, const struct verify_signature *s)
{
    AUTO_VALUE(buf) subject = BUF(8192);
    if (s->subject.data != NULL)
        name_show(&subject, s->subject);
    buf_printf(b, "{\"good\":%s,\"subject\":", s->good ? "true" : "false");
    json_put_string(b, buf_bytes(&subject));
    buf_put_text(b, ",\"key\":");
    json_put_base64(b, BYTES_OF(s->key));
    buf_put_text(b, ",\"tbs\":");
    json_put_base64(b, bytes_make(s->tbs, s->tbs_size));
    buf_printf(b, ",\"time\":%" PRId64 ",\"entry\":", s->time);
    if (s->entry >= 0)
        buf_printf(b, "%" PRId64, s->entry);
    else
        buf_put_text(b, "null");
    buf_put_text(b, ",\"checks\":{");
    for (unsigned i = 0; i < VERIFY_CHECKS; i++) {
        buf_put_text(b, i == 0 ? "" : ",");
        point_json(b, s, (enum verify_check)i);
    }
    buf_put_text(b, "}}");
}

static void verdict_json(struct buf *b, const char *file, const struct verdict *v)
{
    buf_put_text(b, "{\"file\":");
    json_put_string(b, bytes_text(file));
    buf_printf(b, ",\"good\":%s,\"signatures\":[", v->good ? "true" : "false");
    for (size_t i = 0; i < v->count; i++) {
        buf_put_text(b, i == 0 ? "" : ",");
        signature_json(b, &v->list[i]);
    }
    buf_put_text(b, "]}");
}

/* --- The command --- */

static bool verify_command(struct cli *cli, struct err *e)
{
    const char *path = cli->arguments.words[0];
    AUTO_VALUE(buf) text = BUF(REPORT_MAX);
    AUTO_VALUE(buf) json = BUF(REPORT_MAX);
    AUTO_VALUE(work) w = {.cli = cli, .file = BUF(FILE_MAX), .arena = VERIFY_ARENA};
    w.input.now = clock_wall_ms();
    if (!authority_load(&w, e) || !roots_load(&w, e) || !receipts_load(&w, e) ||
        !file_load(&w, path, e))
        return false;
    if (!verify_file(&w.verdict, &w.input, &w.arena, e))
        return err_wrap(e, "%s", path);
    verdict_text(&text, path, &w.verdict);
    verdict_json(&json, path, &w.verdict);
    if (!w.verdict.good)
        cli->exit_code = EXIT_NOT_GOOD;
    return cli_print(cli, &text, &json, e);
}

const struct command command_verify = {
    .name = "verify",
    .usage = "FILE",
    .purpose = "is a signed file to be trusted? offline, with the pinned authority",
    .options = rows,
    .least = 1,
    .most = 1,
    .run = verify_command,
};
