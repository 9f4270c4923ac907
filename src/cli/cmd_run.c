/*
 * sealward run: any tool signs under one grant, through the PKCS#11 module and the helper; what
 * came out is bound, the grant closed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/receipts.h"
#include "cli/tool_signing.h"

/* The tool succeeded, but a signature is not bound to a declared artifact. */
enum { EXIT_UNBOUND = 4 };

struct run {
    struct cli *cli;
    struct signing signing;
    const char *module; /* path of sealward-pkcs11.so */
    struct tool_signing tool;
};

static void run_done(struct run *r)
{
    tool_signing_done(&r->tool);
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

static bool outputs_watch(struct run *r, struct err *e)
{
    const struct arguments *a = &r->cli->arguments;
    const char *path;
    for (int i = 0; (path = arguments_item(a, "--output", i)) != NULL; i++)
        if (!outputs_add(&r->tool.outputs, path, e))
            return false;
    return true;
}

/* What stands beside the declared files, behind what the tool's words name. */
static bool besides_watch(struct run *r, struct err *e)
{
    for (size_t i = 0; i < r->signing.count; i++)
        if (!outputs_watch_beside(&r->tool.outputs, r->signing.declarations[i].file, &r->cli->arena,
                                  e))
            return false;
    return true;
}

static bool run_prepare(struct run *r, struct err *e)
{
    return signing_find(&r->signing, r->cli, e) && artifacts_declare(r, e) &&
           toolkit_module(&r->module, r->cli->settings.module, e);
}

/* Only when the grant is open: who ends a run that waits leaves no folder behind. */
static bool tool_prepare(struct run *r, char ***ret_words, struct err *e)
{
    return tool_signing_begin(&r->tool, r->module, e) && outputs_watch(r, e) &&
           tool_signing_words(ret_words, &r->tool, r->cli->arguments.tool, e) &&
           besides_watch(r, e);
}

/* ---- The tool, and after it ---- */

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
    for (size_t i = 0; i < r->tool.made.count; i++) {
        AUTO_VALUE(buf) name = BUF(4096);
        const struct signature *s = &r->tool.made.list[i];
        const char *unbound = r->tool.binds ? ", NOT BOUND" : "";
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
        signatures_unbound(&r->tool.made));
}

/* What was signed is bound and the grant closed, whatever came of the tool. The first thing that
 * goes wrong is told; the rest is done all the same. */
static bool run_finish(struct run *r, struct err *e)
{
    struct err later;
    bool bound = tool_signing_bind(&r->tool, e);
    bool closed = signing_close(&r->signing, bound ? e : &later);
    signatures_show(r);
    bool stamped =
        r->tool.code != 0 || tool_signing_stamped(&r->tool, bound && closed ? e : &later);
    const char *folder = arguments_value(&r->cli->arguments, "--receipts");
    if (!bound || !closed || !stamped)
        return false;
    return folder == NULL || receipts_write(r->signing.client, r->signing.grant, &r->tool.made,
                                            &r->signing.artifacts, folder, e);
}

static void code_set(struct run *r)
{
    bool unbound = r->tool.binds && signatures_unbound(&r->tool.made) > 0;
    if (unbound)
        unbound_show(r);
    r->cli->exit_code = r->tool.code == 0 && unbound ? EXIT_UNBOUND : r->tool.code;
}

static bool run_open(struct run *r, struct err *e)
{
    int64_t count = 0;
    return count_find(&count, r, e) && signing_open(&r->signing, count, e);
}

/* The code of a tool that failed says more than what failed after it. */
static bool failure_show(const struct run *r, const struct err *e)
{
    if (r->tool.code == 0)
        return false;
    (void)fprintf(stderr, "sealward: %s%s%s\n", e->message, e->cause[0] == 0 ? "" : ": ", e->cause);
    return true;
}

static bool run_all(struct run *r, struct err *e)
{
    char **words = NULL;
    struct err later;
    if (!run_prepare(r, e) || !run_open(r, e))
        return false;
    bool ran = tool_prepare(r, &words, e) && tool_signing_run(&r->tool, words, e);
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
    r->tool.signing = &r->signing;
    r->tool.made = SIGNATURES_NONE;
    r->tool.toolkit.folder = BUF(0);
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
