/* sealward verify: is a signed file to be trusted? Offline, with the pinned authority. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/receipts.h"
#include "pki/cms.h"
#include "pki/crl.h"
#include "pki/pem.h"
#include "verify/show.h"

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
    {"--list", ARGUMENT_VALUE, "FILE", "the authority's distrust list"},
    {"--fresh", ARGUMENT_FLAG, NULL, "nothing is good without a list that has not expired"},
    {"--crl", ARGUMENT_LIST, "FILE", "a revocation list, DER"},
    {"--certificate", ARGUMENT_VALUE, "FILE",
     "certificates that the signature lacks, PEM or DER; format raw: the signer's first"},
    {"--format", ARGUMENT_VALUE, "NAME", "cms, pe or raw (default: by what the file looks like)"},
    {NULL, ARGUMENT_FLAG, NULL, NULL},
};

/* Everything that is judged, read. */
struct work {
    struct cli *cli;
    struct authority authority;
    struct buf file;
    struct bytes roots[VERIFY_ROOTS_MAX];
    struct bytes receipts[VERIFY_RECEIPTS_MAX];
    struct bytes certificates[VERIFY_CERTIFICATES_MAX];
    struct bytes crls[VERIFY_CRLS_MAX];
    struct distrust list;
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

static bool certificates_load(struct work *w, struct err *e)
{
    const char *path = arguments_value(&w->cli->arguments, "--certificate");
    struct bytes text;
    if (path == NULL)
        return true;
    w->input.certificates = w->certificates;
    return cli_file(&text, w->cli, path, PEM_MAX, e) &&
           (pem_certificates(w->certificates, VERIFY_CERTIFICATES_MAX, &w->input.certificate_count,
                             text, &w->cli->arena, e) ||
            err_wrap(e, "%s", path));
}

static bool crls_load(struct work *w, struct err *e)
{
    const char *path;
    w->input.crls = w->crls;
    for (int i = 0; (path = arguments_item(&w->cli->arguments, "--crl", i)) != NULL; i++) {
        if (w->input.crl_count == VERIFY_CRLS_MAX)
            return err_set(e, ERR_LIMIT, "at most %d CRLs are looked at", VERIFY_CRLS_MAX);
        if (!cli_file(&w->crls[w->input.crl_count++], w->cli, path, CRL_DER_MAX, e))
            return false;
    }
    return true;
}

/* A list that is not to be believed must not be passed over. */
static bool list_verify(struct work *w, struct bytes file, struct err *e)
{
    struct x509 roots[VERIFY_ROOTS_MAX];
    const struct distrust_trust trust = {
        .authority = w->authority.id, .roots = roots, .root_count = w->input.root_count};
    for (size_t i = 0; i < w->input.root_count; i++)
        if (!x509_parse(&roots[i], w->roots[i], e))
            return err_wrap(e, "trusted root %zu", i + 1);
    if (!distrust_open(&w->list, file, &w->arena, e) || !distrust_verify(&w->list, &trust, e))
        return false;
    w->input.list = &w->list;
    return true;
}

static bool list_load(struct work *w, struct err *e)
{
    const char *path = arguments_value(&w->cli->arguments, "--list");
    struct bytes file;
    w->input.demand_fresh = arguments_value(&w->cli->arguments, "--fresh") != NULL;
    return path == NULL || (cli_file(&file, w->cli, path, DISTRUST_MAX, e) &&
                            (list_verify(w, file, e) || err_wrap(e, "%s", path)));
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
    return strcmp(format, "pe") == 0 || beside_load(w, path, e);
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
        !certificates_load(&w, e) || !crls_load(&w, e) || !list_load(&w, e) ||
        !file_load(&w, path, e))
        return false;
    if (!verify_file(&w.verdict, &w.input, &w.arena, e))
        return err_wrap(e, "%s", path);
    show_text(&text, path, &w.verdict);
    show_json(&json, path, &w.verdict);
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
