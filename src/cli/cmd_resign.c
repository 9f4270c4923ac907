/* sealward resign: what an old key signed is signed again by the new one, under one grant. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/receipts.h"
#include "cli/resign_search.h"
#include "cli/resign_work.h"

#include <stdio.h>

enum { EXIT_LEFT = 1, URL_SIZE = 512 };

struct resign {
    struct cli *cli;
    const char *signer;
    struct resign_ledger ledger;
    struct resign_work work;
};

/* ---- Which keys ---- */

/* The one that is named, else the newest of the signer that is over. */
static bool old_key(struct bytes *ret, const struct resign *r, struct err *e)
{
    static const char *const ended[] = {"compromised", "deactivated", "destroyed", NULL};
    const char *old = arguments_value(&r->cli->arguments, "--old");
    const struct json *key;
    struct holdings page;
    if (!(old != NULL ? holdings_key(&key, &page, old, r->cli, e)
                      : holdings_newest(&key, &page, r->signer, ended, r->cli, e)))
        return false;
    if (key == NULL) {
        (void)err_set(e, ERR_NOT_FOUND, "signer \"%s\" has no key that is over", r->signer);
        return err_hint(e, "name the old key: --old KEY");
    }
    return holdings_bytes(ret, key, "id", &r->cli->arena, e);
}

/* Anybody may look; only who signs must be somebody. */
static bool new_key_look(struct bytes *ret, struct resign *r, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_SIZE);
    struct release release = {.id = BYTES_NONE};
    struct client *c;
    if (!text_is_name(bytes_text(r->signer)))
        return arguments_refuse(e, "\"%s\" is no signer's id", r->signer);
    buf_printf(&url, "/v1/signers/%s", r->signer);
    if (!buf_ok(&url, "a question", e) || !cli_client(&c, r->cli, e) ||
        !client_get_fields(c, buf_string(&url), &release.signer, &signer_view_fields,
                           &r->cli->arena, e) ||
        !release_find_key(&release, e))
        return false;
    *ret = release.key->id;
    return true;
}

static bool new_key(struct bytes *ret, struct resign *r, bool status, struct err *e)
{
    if (status)
        return new_key_look(ret, r, e);
    if (!signing_find_signer(&r->work.signing, r->cli, r->signer, e))
        return false;
    *ret = r->work.signing.release.key->id;
    return true;
}

static bool ledger_open(struct resign *r, bool status, struct err *e)
{
    struct bytes from = BYTES_NONE;
    struct bytes to = BYTES_NONE;
    if (!new_key(&to, r, status, e) || !old_key(&from, r, e))
        return false;
    if (bytes_equal(from, to))
        return err_set(e, ERR_INPUT, "the old key is the one that signs now");
    return resign_ledger_load(&r->ledger, r->cli, from, to, e) &&
           (r->work.folder == NULL || resign_search(&r->ledger, r->cli, r->work.folder, e));
}

/* ---- Signing ---- */

static bool receipts_keep(struct resign *r, struct err *e)
{
    const struct signing *s = &r->work.signing;
    const char *folder = arguments_value(&r->cli->arguments, "--receipts");
    return folder == NULL ||
           receipts_write(s->client, s->grant, &r->work.made, &s->artifacts, folder, e);
}

/* Whatever goes wrong, the grant is closed, and what was signed has its receipts. */
static bool grant_work(struct resign *r, struct err *e)
{
    struct resign_work *w = &r->work;
    struct err later;
    if (!signing_open(&w->signing, (int64_t)w->signing.count, e))
        return false;
    bool ok = resign_work_do(w, e);
    bool closed = signing_close(&w->signing, ok ? e : &later);
    bool kept = receipts_keep(r, ok && closed ? e : &later);
    return ok && closed && kept &&
           resign_ledger_confirm(&r->ledger, r->cli, w->items, w->signing.count, e);
}

static void left_show(const struct resign *r)
{
    const struct resign_work *w = &r->work;
    if (w->left > 0)
        (void)fprintf(stderr,
                      "sealward: %zu artifacts were left: name a tool (--with), or the hash that "
                      "they are known by (--digest)\n",
                      w->left);
    if (w->lost > 0)
        (void)fprintf(stderr,
                      "sealward: %zu artifacts are signed on record, but what was signed is not "
                      "where it would be put now: --again signs them once more\n",
                      w->lost);
    if (w->failed > 0)
        (void)fprintf(stderr, "sealward: at %zu artifacts the tool failed\n", w->failed);
    if (w->signing.count == LIMIT_GRANT_ARTIFACTS && r->ledger.done < r->ledger.count)
        (void)fprintf(stderr, "sealward: one grant is for %d artifacts: call again for more\n",
                      LIMIT_GRANT_ARTIFACTS);
}

static bool sign(struct resign *r, struct err *e)
{
    struct resign_work *w = &r->work;
    if (w->with != NULL && !toolkit_module(&w->module, r->cli->settings.module, e))
        return false;
    if (!resign_work_declare(w, e) || (w->signing.count > 0 && !grant_work(r, e)) ||
        !resign_ledger_print(&r->ledger, r->cli, false, e))
        return false;
    left_show(r);
    r->cli->exit_code = r->ledger.done < r->ledger.count || w->lost > 0 ? EXIT_LEFT : 0;
    return true;
}

/* ---- All ---- */

static void arguments_read(struct resign *r)
{
    const struct arguments *a = &r->cli->arguments;
    r->signer = a->words[0];
    r->work.cli = r->cli;
    r->work.ledger = &r->ledger;
    r->work.folder = arguments_value(a, "--files");
    r->work.out = arguments_value(a, "--out");
    r->work.with = arguments_value(a, "--with");
    r->work.again = arguments_value(a, "--again") != NULL;
    r->work.tool.signing = &r->work.signing;
    r->work.tool.made = SIGNATURES_NONE;
    r->work.tool.toolkit.folder = BUF(0);
    r->work.spare = BUF(4096);
    r->work.made = SIGNATURES_NONE;
}

static bool resign_all(struct resign *r, struct err *e)
{
    bool status = arguments_value(&r->cli->arguments, "--status") != NULL;
    if (r->work.folder == NULL && !status)
        return arguments_refuse(e, "where are the files? --files DIR");
    if (r->work.with != NULL && strstr(r->work.with, "{out}") == NULL)
        return arguments_refuse(e, "--with does not say where the tool writes to: {out}");
    if (!ledger_open(r, status, e))
        return false;
    return status ? resign_ledger_print(&r->ledger, r->cli, true, e) : sign(r, e);
}

static bool resign_run(struct cli *cli, struct err *e)
{
    struct resign *r = arena_alloc(&cli->arena, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for signing again");
    r->cli = cli;
    arguments_read(r);
    bool ok = resign_all(r, e);
    resign_work_done(&r->work);
    return ok;
}

static const struct argument_row options[] = {
    {"--files", ARGUMENT_VALUE, "DIR", "where the files are, in it or below it"},
    {"--out", ARGUMENT_VALUE, "DIR", "for what is signed (default: beside the files)"},
    {"--old", ARGUMENT_VALUE, "KEY", "the old key (default: the signer's newest that is over)"},
    {"--with", ARGUMENT_VALUE, "WORDS", "a tool for other formats, with {file}, {out}, {uri} ..."},
    {"--again", ARGUMENT_FLAG, 0, "also what is done, but not in its place"},
    {"--receipts", ARGUMENT_VALUE, "DIR", "write a receipt for each signature"},
    {"--status", ARGUMENT_FLAG, 0, "only show what is done and what is not"},
    SIGNING_ROWS_BUT_SIGNER,
    {0},
};

const struct command command_resign = {
    .name = "resign",
    .usage = "SIGNER --files DIR",
    .purpose = "sign again what an old key signed, under one grant; goes on where it stopped",
    .options = options,
    .least = 1,
    .most = 1,
    .run = resign_run,
};
