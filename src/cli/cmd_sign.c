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
#include "cli/receipts.h"
#include "cli/signing.h"
#include "cli/stamp.h"
#include "pki/algorithm.h"
#include "pki/attributes.h"
#include "pki/cms.h"

/* Bytes of a detached signature with its certificates. */
#define OUTPUT_MAX 65536
#define REPORT_MAX (1 << 22)

struct sign {
    struct signing signing;
    struct pubkey *key;
    enum mechanism mechanism;
    bool attributes; /* cms: the rulebook builds what is signed */
    struct request request;
    struct signed_item *results;
    int64_t entry;
    struct signatures made;
};

static void sign_done(struct sign *s)
{
    signatures_done(&s->made);
    pubkey_free(s->key);
    signing_done(&s->signing);
}

/* ---- Before the request ---- */

static bool format_find(struct sign *s, const char **ret_format, struct err *e)
{
    const char *format = arguments_value(&s->signing.cli->arguments, "--format");
    if (format == NULL || (strcmp(format, "cms") != 0 && strcmp(format, "raw") != 0))
        return arguments_refuse(e, "in which format? --format cms or --format raw");
    s->attributes = strcmp(format, "cms") == 0;
    *ret_format = format;
    return true;
}

/* Said before anything is signed. */
static bool timestamp_judge(const struct sign *s, struct err *e)
{
    if (s->attributes || !s->signing.release.timestamp)
        return true;
    (void)err_refuse(e, "timestamp.missing",
                     "level \"%.*s\" demands a timestamp, and format raw cannot carry one",
                     BYTES_PRINT(s->signing.release.signer.level));
    return err_hint(e, "sign as cms");
}

static bool files_declare(struct sign *s, const char *format, struct err *e)
{
    const struct arguments *a = &s->signing.cli->arguments;
    for (int i = 0; i < a->word_count; i++) {
        struct declaration_text text = {.file = a->words[i], .format = bytes_text(format)};
        if (!signing_declare(&s->signing, &text, e))
            return false;
    }
    return true;
}

static bool request_make(struct sign *s, struct err *e)
{
    struct signing *g = &s->signing;
    struct request_item *items = arena_alloc(&g->cli->arena, g->count * sizeof *items);
    s->results = arena_alloc(&g->cli->arena, g->count * sizeof *s->results);
    if (items == NULL || s->results == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a request");
    for (size_t i = 0; i < g->count; i++)
        items[i] = (struct request_item){
            .digest = s->attributes ? BYTES_NONE : g->declarations[i].artifact.digest,
            .artifact = (int64_t)i};
    if (!pubkey_parse(&s->key, g->release.key->spki, e))
        return false;
    s->mechanism = mechanism_of(pubkey_kind(s->key), g->alg);
    s->request = (struct request){.key = g->release.key->id,
                                  .mechanism = (int)s->mechanism,
                                  .items = {.items = items, .count = g->count}};
    return true;
}

/* ---- Files ---- */

/* What was signed for that file, hashed. The attributes must be over the file. */
static bool signed_digest(struct signature *ret, const struct sign *s, size_t n, struct err *e)
{
    struct attributes attributes;
    struct bytes artifact = s->signing.declarations[n].artifact.digest;
    if (!s->attributes) {
        memcpy(ret->digest, artifact.data, artifact.size);
        ret->digest_size = artifact.size;
        return true;
    }
    if (!attributes_parse(&attributes, s->results[n].extra, e))
        return false;
    if (!bytes_equal(attributes.message_digest, artifact))
        return err_set(e, ERR_AUTH, "the attributes that were signed are over another file");
    ret->digest_size = digest_compute(ret->digest, s->signing.alg, s->results[n].extra);
    return true;
}

static bool signature_take(struct sign *s, size_t n, struct err *e)
{
    struct bytes bytes = s->results[n].signature;
    struct signature made = {.mechanism = s->mechanism,
                             .entry = s->entry,
                             .item = (int64_t)n,
                             .artifact = (int64_t)n,
                             .bound = true,
                             .size = bytes.size};
    if (!signed_digest(&made, s, n, e) ||
        !pubkey_verify_digest(s->key, s->mechanism, signature_digest(&made), bytes, e))
        return err_because(e, "%s: the authority's signature does not hold",
                           s->signing.declarations[n].file);
    memcpy(made.bytes, bytes.data, bytes.size);
    return signatures_add(&s->made, &made, e);
}

/* Over the signature as it stands in the message. */
static bool timestamp_get(struct bytes *ret, const struct sign *s, size_t n, struct err *e)
{
    AUTO_VALUE(buf) value = BUF(OUTPUT_MAX);
    const struct signing *g = &s->signing;
    if (!g->release.timestamp && arguments_value(&g->cli->arguments, "--timestamp") == NULL)
        return true;
    algorithm_put_signature_value(&value, s->mechanism, s->results[n].signature);
    return buf_ok(&value, "a signature", e) &&
           stamp_fetch(ret, g->client, g->alg, buf_bytes(&value), &g->release.signer.chain,
                       &g->cli->arena, e);
}

/* The key's certificate and those above it; the root is the verifier's to have. */
static bool message_put(struct buf *b, const struct sign *s, size_t n, struct err *e)
{
    struct bytes certificates[8];
    const struct release *release = &s->signing.release;
    const struct bytes *chain = release->signer.chain.items;
    size_t count = 0;
    certificates[count++] = release->key->certificate;
    for (size_t i = 0; i + 1 < release->signer.chain.count && count < 8; i++)
        certificates[count++] = chain[i];
    struct cms_plan plan = {.attributes = s->results[n].extra,
                            .mechanism = s->mechanism,
                            .signature = s->results[n].signature,
                            .certificates = certificates,
                            .certificate_count = count};
    return timestamp_get(&plan.timestamp, s, n, e) && cms_build(b, &plan, e);
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
    buf_put_text(ret, s->attributes ? ".p7s" : ".sig");
    return buf_ok(ret, "the path of a signature", e);
}

static bool output_write(const struct sign *s, size_t n, const char *path, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(OUTPUT_MAX);
    if (s->attributes && !message_put(&text, s, n, e))
        return false;
    if (!s->attributes)
        algorithm_put_signature_value(&text, s->mechanism, s->results[n].signature);
    return buf_ok(&text, "a signature", e) && file_replace(path, buf_bytes(&text), 0644, e);
}

/* ---- All ---- */

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
    buf_printf(&r->text, "%s: signed as entry %" PRId64 ", item %zu\n", path, s->entry, n);
    buf_put_text(&r->json, n == 0 ? "{\"file\":" : ",{\"file\":");
    json_put_string(&r->json, bytes_text(file));
    buf_put_text(&r->json, ",\"signature\":");
    json_put_string(&r->json, bytes_text(path));
    buf_printf(&r->json, ",\"item\":%zu}", n);
}

static bool file_finish(struct sign *s, struct report *r, size_t n, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(8192);
    if (!signature_take(s, n, e) || !output_path(&path, s, n, e) ||
        !output_write(s, n, buf_string(&path), e))
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
               hex_string(hex, s->signing.grant), s->entry);
    for (size_t i = 0; i < s->signing.count; i++)
        if (!file_finish(s, r, i, e))
            return false;
    buf_put_text(&r->json, "]}");
    return receipts == NULL || receipts_write(s->signing.client, s->signing.grant, &s->made,
                                              &s->signing.artifacts, receipts, e);
}

static bool sign_all(struct sign *s, struct cli *cli, struct err *e)
{
    AUTO_VALUE(report) report = {.text = BUF(REPORT_MAX), .json = BUF(REPORT_MAX)};
    const char *format = NULL;
    struct err later;
    s->signing.cli = cli;
    if (!format_find(s, &format, e) || !signing_find(&s->signing, cli, e) ||
        !timestamp_judge(s, e) || !files_declare(s, format, e) || !request_make(s, e) ||
        !signing_open(&s->signing, (int64_t)s->signing.count, e))
        return false;
    bool ok = signing_request(&s->signing, &s->request, s->results, &s->entry, &cli->arena, e) &&
              outputs_write(s, &report, e);
    bool closed = signing_close(&s->signing, ok ? e : &later);
    return ok && closed && cli_print(cli, &report.text, &report.json, e);
}

static bool sign(struct cli *cli, struct err *e)
{
    struct sign *s = arena_alloc(&cli->arena, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for signing");
    bool ok = sign_all(s, cli, e);
    sign_done(s);
    return ok;
}

static const struct argument_row options[] = {
    SIGNING_ROWS,
    {"--format", ARGUMENT_VALUE, "NAME", "cms (FILE.p7s) or raw (FILE.sig)"},
    {"--out", ARGUMENT_VALUE, "DIR", "write signatures there instead of beside the files"},
    {"--receipts", ARGUMENT_VALUE, "DIR", "write a receipt for each signature"},
    {"--timestamp", ARGUMENT_FLAG, 0, "cms: with a timestamp, also where the level demands none"},
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
