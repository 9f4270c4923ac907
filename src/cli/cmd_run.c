/*
 * sealward run: any tool signs under one grant, through the PKCS#11 module and the helper; what
 * came out is bound, the grant closed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/helper.h"
#include "cli/outputs.h"
#include "cli/receipts.h"
#include "cli/signing.h"
#include "cli/stamp.h"
#include "cli/tool.h"
#include "cli/toolkit.h"

/* The tool succeeded, but a signature is not bound to a declared artifact. */
enum { EXIT_UNBOUND = 4 };

/* Digits of the grant's leaf hash that make the token's serial number. */
enum { SERIAL_SIZE = MODULE_SERIAL_MAX };

struct run {
    struct cli *cli;
    struct signing signing;
    const char *module; /* path of sealward-pkcs11.so */
    struct toolkit toolkit;
    struct outputs outputs;
    struct binder binder;
    bool binds; /* the level demands bindings after signing */
    struct signatures made;
    int code; /* of the tool */
};

static void run_done(struct run *r)
{
    signatures_done(&r->made);
    toolkit_done(&r->toolkit);
    signing_done(&r->signing);
}

/* ---- Before the tool ---- */

static bool count_find(int64_t *ret, const struct run *r, struct err *e)
{
    const char *text = arguments_value(&r->cli->arguments, "--count");
    uint64_t count = r->signing.count;
    if (text != NULL &&
        (!text_read_number(&count, bytes_text(text), LIMIT_GRANT_COUNT, e) || count == 0))
        return arguments_refuse(e, "--count %s: not a number of signatures", text);
    *ret = (int64_t)count;
    return true;
}

static bool artifacts_declare(struct run *r, struct err *e)
{
    const struct arguments *a = &r->cli->arguments;
    const char *text;
    for (int i = 0; (text = arguments_item(a, "--artifact", i)) != NULL; i++) {
        struct declaration_text parts;
        if (!declaration_split(&parts, text, &r->cli->arena, e) ||
            !signing_declare(&r->signing, &parts, e))
            return false;
    }
    if (r->signing.count == 0)
        return arguments_refuse(e, "what is to be signed? --artifact FILE");
    return true;
}

static bool outputs_watch(struct run *r, char *const *words, struct err *e)
{
    const struct arguments *a = &r->cli->arguments;
    const char *path;
    for (int i = 0; (path = arguments_item(a, "--output", i)) != NULL; i++)
        if (!outputs_add(&r->outputs, path, e))
            return false;
    for (size_t i = 0; words[i] != NULL; i++)
        if (!outputs_watch_word(&r->outputs, words[i], e))
            return false;
    for (size_t i = 0; i < r->signing.count; i++)
        if (!outputs_watch_beside(&r->outputs, r->signing.declarations[i].file, &r->cli->arena, e))
            return false;
    return true;
}

static bool toolkit_open(struct run *r, struct err *e)
{
    const struct release *release = &r->signing.release;
    struct toolkit_plan plan = {.temporary = r->cli->settings.temporary,
                                .module = r->module,
                                .signer = release->signer.signer,
                                .certificate = release->key->certificate,
                                .chain = &release->signer.chain};
    return toolkit_make(&r->toolkit, &plan, &r->cli->arena, e);
}

static bool run_prepare(struct run *r, struct err *e)
{
    return signing_find(&r->signing, r->cli, e) && artifacts_declare(r, e) &&
           toolkit_module(&r->module, r->cli->settings.module, e);
}

/* Only when the grant is open: who ends a run that waits leaves no folder behind. */
static bool tool_prepare(struct run *r, char ***ret_words, char ***ret_environment, struct err *e)
{
    struct arena *a = &r->cli->arena;
    return toolkit_open(r, e) &&
           toolkit_words(ret_words, &r->toolkit, r->cli->arguments.tool, a, e) &&
           toolkit_environment(ret_environment, &r->toolkit, a, e) &&
           outputs_watch(r, *ret_words, e);
}

/* ---- The helper's way to the authority; in its asking thread ---- */

static bool authority_sign(void *context, const struct request *request,
                           struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                           struct err *e)
{
    struct run *r = context;
    return signing_request(&r->signing, request, ret_items, ret_entry, a, e);
}

/* What cannot be bound yet leads to a refusal of the next signature, which says so. */
static void authority_bind(void *context, struct signatures *made)
{
    struct run *r = context;
    struct err ignored;
    bool bound = outputs_bind(&r->outputs, &r->binder, made, &ignored);
    (void)bound;
}

static bool helper_open(struct helper **ret, struct run *r, char serial[65], struct err *e)
{
    const struct release *release = &r->signing.release;
    const struct signer_key_view *key = release->key;
    (void)hex_string(serial, r->signing.grant);
    struct helper_config config = {
        .socket = r->toolkit.values[TOOLKIT_HELPER],
        .token = bytes_text(TOOLKIT_TOKEN_LABEL),
        .serial = bytes_make(serial, SERIAL_SIZE),
        .signer = release->signer.signer,
        .spki = key->spki,
        .certificate = key->certificate,
        .chain = release->signer.chain,
        .artifacts = r->signing.artifacts,
        .authority = {.sign = authority_sign,
                      .bind = r->binds ? authority_bind : NULL,
                      .context = r},
    };
    return helper_start(ret, &config, e);
}

/* ---- The tool, and after it ---- */

static bool tool_under_grant(struct run *r, char *const *words, char *const *environment,
                             struct err *e)
{
    AUTO(helper) helper = NULL;
    char serial[65];
    if (!helper_open(&helper, r, serial, e))
        return false;
    bool ok = tool_run(&r->code, words, environment, e);
    atomic_store(&r->signing.given_up, true);
    helper_stop(helper, &r->made);
    return ok;
}

static void signature_name_put(struct buf *b, const struct run *r,
                               const struct signature *signature)
{
    const struct artifact *items = r->signing.artifacts.items;
    char hex[2 * DIGEST_MAX + 1];
    if (signature->artifact >= 0)
        buf_put(b, items[signature->artifact].name);
    else
        buf_printf(b, "digest %.16s", hex_string(hex, signature_digest(signature)));
}

/* One line a signature. At levels that bind nothing there is nothing to say about it. */
static void signatures_show(const struct run *r)
{
    for (size_t i = 0; i < r->made.count; i++) {
        AUTO_VALUE(buf) name = BUF(4096);
        const struct signature *s = &r->made.list[i];
        const char *unbound = r->binds ? ", NOT BOUND" : "";
        signature_name_put(&name, r, s);
        (void)fprintf(stderr, "sealward: signed %s: entry %" PRId64 ", item %" PRId64 "%s\n",
                      buf_string(&name), s->entry, s->item, s->bound ? ", bound" : unbound);
    }
}

static void unbound_show(const struct run *r)
{
    (void)fprintf(
        stderr,
        "sealward: %zu signature(s) could not be bound to a declared artifact: the record "
        "has a finding\n"
        "sealward: hint: name the files that the tool writes: --output FILE\n",
        signatures_unbound(&r->made));
}

/* An artifact of a level that demands a timestamp is handed out only with one. */
static bool timestamps_judge(struct run *r, struct err *e)
{
    struct stamp_plan plan = {.outputs = &r->outputs,
                              .artifacts = &r->signing.artifacts,
                              .chain = &r->signing.release.signer.chain,
                              .kind = r->binder.kind};
    return stamp_judge(&plan, &r->made, e);
}

/* What was signed is bound and the grant closed, whatever came of the tool. The first thing that
 * goes wrong is told; the rest is done all the same. */
static bool run_finish(struct run *r, struct err *e)
{
    struct err later;
    bool bound = !r->binds || outputs_bind(&r->outputs, &r->binder, &r->made, e);
    bool closed = signing_close(&r->signing, bound ? e : &later);
    signatures_show(r);
    bool stamped = r->code != 0 || !r->signing.release.timestamp || r->made.count == 0 ||
                   timestamps_judge(r, bound && closed ? e : &later);
    const char *folder = arguments_value(&r->cli->arguments, "--receipts");
    if (!bound || !closed || !stamped)
        return false;
    return folder == NULL || receipts_write(r->signing.client, r->signing.grant, &r->made,
                                            &r->signing.artifacts, folder, e);
}

static void code_set(struct run *r)
{
    bool unbound = r->binds && signatures_unbound(&r->made) > 0;
    if (unbound)
        unbound_show(r);
    r->cli->exit_code = r->code == 0 && unbound ? EXIT_UNBOUND : r->code;
}

static bool run_open(struct run *r, struct err *e)
{
    const struct release *release = &r->signing.release;
    int64_t count = 0;
    if (!count_find(&count, r, e) || !signing_open(&r->signing, count, e))
        return false;
    r->binds = bytes_is(release->signer.binding, "after");
    r->binder =
        (struct binder){.client = r->signing.client,
                        .grant = r->signing.grant,
                        .key = release->key->id,
                        .kind = bytes_is(release->key->algorithm, "p-256") ? KEY_P256 : KEY_RSA,
                        .artifacts = r->signing.artifacts};
    return true;
}

/* The code of a tool that failed says more than what failed after it. */
static bool failure_show(const struct run *r, const struct err *e)
{
    if (r->code == 0)
        return false;
    (void)fprintf(stderr, "sealward: %s%s%s\n", e->message, e->cause[0] == 0 ? "" : ": ", e->cause);
    return true;
}

static bool run_all(struct run *r, struct err *e)
{
    char **words = NULL;
    char **environment = NULL;
    struct err later;
    if (!run_prepare(r, e) || !run_open(r, e))
        return false;
    bool ran =
        tool_prepare(r, &words, &environment, e) && tool_under_grant(r, words, environment, e);
    bool finished = run_finish(r, ran ? e : &later);
    if (!ran || (!finished && !failure_show(r, e)))
        return false;
    code_set(r);
    return true;
}

static bool run(struct cli *cli, struct err *e)
{
    struct run *r = arena_alloc(&cli->arena, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a run");
    r->cli = cli;
    r->made = SIGNATURES_NONE;
    r->toolkit.folder = BUF(0);
    bool ok = run_all(r, e);
    run_done(r);
    return ok;
}

static const struct argument_row options[] = {
    SIGNING_ROWS,
    {"--artifact", ARGUMENT_LIST, "FILE[:FORMAT][=NAME]", "what is to be signed"},
    {"--output", ARGUMENT_LIST, "FILE", "what the tool writes, if its words do not say so"},
    {"--count", ARGUMENT_VALUE, "N", "signatures (default: one for each artifact)"},
    {"--receipts", ARGUMENT_VALUE, "DIR", "write a receipt for each signature"},
    {0},
};

const struct command command_run = {
    .name = "run",
    .usage = "--signer ID --artifact FILE...",
    .purpose = "run a signing tool under a grant",
    .options = options,
    .least = 0,
    .most = 0,
    .tool = true,
    .run = run,
};
