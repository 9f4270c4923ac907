/* sealward resign: what an old key signed is signed again by the new one, under one grant. */
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/file_signing.h"
#include "cli/holdings.h"
#include "cli/resign_ledger.h"
#include "cli/tool_signing.h"

#include <stdio.h>

enum { WORDS_MAX = 128, PATH_SIZE = 4096 };

struct resign {
    struct cli *cli;
    struct signing signing;
    struct resign_ledger ledger;
    struct resign_item *items[LIMIT_GRANT_ARTIFACTS]; /* as declared */
    const char *module;
    struct tool_signing tool;
    size_t failed;
    size_t left; /* that no tool was named for, or that are known by another hash */
};

/* ---- Which keys ---- */

/* The newest key of the signer that is over. */
static const struct json *old_find(const struct holdings *h, struct bytes signer)
{
    static const char *const ended[] = {"compromised", "deactivated", "destroyed"};
    const struct json *found = NULL;
    for (const struct json *key = h->keys->first; key != NULL; key = key->next)
        for (size_t i = 0; i < sizeof ended / sizeof ended[0]; i++)
            if (bytes_equal(holdings_text(key, "signer"), signer) &&
                bytes_is(holdings_text(key, "state"), ended[i]) &&
                (found == NULL ||
                 answer_number(key, "since", 0) > answer_number(found, "since", 0)))
                found = key;
    return found;
}

static bool ledger_open(struct resign *r, struct err *e)
{
    const char *old = arguments_value(&r->cli->arguments, "--old");
    struct holdings h;
    struct bytes id;
    if (!holdings_get(&h, r->cli, e))
        return false;
    const struct json *key = old_find(&h, r->signing.release.signer.signer);
    if (old != NULL && !holdings_key(&key, &h, old, r->cli, e))
        return false;
    if (key == NULL) {
        (void)err_set(e, ERR_NOT_FOUND, "signer \"%.*s\" has no key that is over",
                      BYTES_PRINT(r->signing.release.signer.signer));
        return err_hint(e, "name the old key: --old KEY");
    }
    if (!holdings_bytes(&id, key, "id", &r->cli->arena, e))
        return false;
    if (bytes_equal(id, r->signing.release.key->id))
        return err_set(e, ERR_INPUT, "the old key is the one that signs now");
    return resign_ledger_load(&r->ledger, r->cli, id, r->signing.release.key->id, e);
}

/* ---- What goes into the grant ---- */

static bool is_own(const struct resign_item *item)
{
    return bytes_is(item->format, "cms") || bytes_is(item->format, "raw");
}

static bool item_declare(struct resign *r, struct resign_item *item, struct err *e)
{
    struct declaration_text text = {.file = item->file, .format = item->format, .name = item->name};
    size_t n = r->signing.count;
    if (!signing_declare(&r->signing, &text, e))
        return err_wrap(e, "%s", item->file);
    if (!bytes_equal(r->signing.declarations[n].artifact.digest, item->digest))
        return err_set(e, ERR_CONFLICT, "%s has changed since it was found", item->file);
    r->items[n] = item;
    return true;
}

static bool items_declare(struct resign *r, struct err *e)
{
    const char *tool = arguments_value(&r->cli->arguments, "--with");
    for (size_t i = 0; i < r->ledger.count && r->signing.count < LIMIT_GRANT_ARTIFACTS; i++) {
        struct resign_item *item = &r->ledger.items[i];
        enum digest_alg alg;
        if (item->done || item->file == NULL)
            continue;
        if ((!is_own(item) && tool == NULL) || !digest_from_name(&alg, item->algorithm, e) ||
            alg != r->signing.alg)
            r->left++;
        else if (!item_declare(r, item, e))
            return false;
    }
    return true;
}

/* ---- Our own formats ---- */

/* Those declared of one format, in one request. */
static bool files_sign(struct resign *r, const char *format, struct err *e)
{
    size_t which[LIMIT_GRANT_ARTIFACTS];
    AUTO_VALUE(file_signing)
    files = {.signing = &r->signing,
             .attributes = strcmp(format, "cms") == 0,
             .which = which,
             .made = SIGNATURES_NONE};
    for (size_t i = 0; i < r->signing.count; i++)
        if (bytes_is(r->items[i]->format, format))
            which[files.count++] = i;
    if (files.count == 0)
        return true;
    if (!file_signing_begin(&files, e) || !file_signing_request(&files, e))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        AUTO_VALUE(buf) path = BUF(PATH_SIZE);
        if (!file_signing_write(&files, i, &path, e))
            return false;
        (void)fprintf(stderr, "sealward: %zu of %zu %s: %s\n", i + 1, files.count, format,
                      buf_string(&path));
    }
    return true;
}

/* ---- Others', by a tool ---- */

static bool word_make(char **ret, struct resign *r, struct bytes template, const char *file,
                      const char *out, struct err *e)
{
    AUTO_VALUE(buf) word = BUF(2 * PATH_SIZE);
    for (size_t i = 0; i < template.size;) {
        const char *at = (const char *)template.data + i;
        bool is_file = template.size - i >= 6 && memcmp(at, "{file}", 6) == 0;
        bool is_out = template.size - i >= 5 && memcmp(at, "{out}", 5) == 0;
        if (is_file || is_out)
            buf_put_text(&word, is_file ? file : out);
        else
            buf_put_u8(&word, template.data[i]);
        i += is_file ? 6 : is_out ? 5 : 1;
    }
    if (!buf_ok(&word, "a word of the tool", e))
        return false;
    *ret = (char *)(uintptr_t)arena_copy(&r->cli->arena, bytes_text(buf_string(&word))).data;
    return *ret != NULL || err_set(e, ERR_MEMORY, "out of memory for a tool's words");
}

/* The template, at its blanks. */
static bool words_make(char *ret[WORDS_MAX], struct resign *r, const char *file, const char *out,
                       struct err *e)
{
    const char *at = arguments_value(&r->cli->arguments, "--with");
    size_t count = 0;
    while (*(at += strspn(at, " ")) != 0) {
        size_t size = strcspn(at, " ");
        if (count == WORDS_MAX - 1)
            return arguments_refuse(e, "--with has more than %d words", WORDS_MAX - 1);
        if (!word_make(&ret[count++], r, bytes_make(at, size), file, out, e))
            return false;
        at += size;
    }
    ret[count] = NULL;
    return count > 0 || arguments_refuse(e, "--with names no tool");
}

/* What the tool wrote takes the file's place. */
static bool out_take(const char *file, const char *out, struct err *e)
{
    AUTO_VALUE(buf) bytes = BUF(DECLARATION_FILE_MAX);
    struct file_facts facts;
    bool there = false;
    if (!file_exists(&there, out, e))
        return false;
    return !there || (file_facts_at(&facts, file, e) && file_read(&bytes, out, FILE_REGULAR, e) &&
                      file_replace(file, buf_bytes(&bytes), facts.mode, e) && file_remove(out, e));
}

static bool tool_sign(struct resign *r, const char *file, struct err *e)
{
    AUTO_VALUE(buf) out = BUF(PATH_SIZE);
    char *template[WORDS_MAX];
    char **words = NULL;
    buf_printf(&out, "%s.resigned", file);
    if (!buf_ok(&out, "a path", e) || !words_make(template, r, file, buf_string(&out), e) ||
        !tool_signing_words(&words, &r->tool, template, e) ||
        !tool_signing_run(&r->tool, words, e) || !tool_signing_bind(&r->tool, e))
        return false;
    if (r->tool.code == 0)
        return out_take(file, buf_string(&out), e);
    r->failed++;
    (void)fprintf(stderr, "sealward: %s: the tool ended with status %d\n", file, r->tool.code);
    return true;
}

static bool tools_sign(struct resign *r, struct err *e)
{
    size_t count = 0;
    for (size_t i = 0; i < r->signing.count; i++)
        count += !is_own(r->items[i]);
    if (count == 0)
        return true;
    if (!tool_signing_begin(&r->tool, r->module, e))
        return false;
    for (size_t i = 0, n = 0; i < r->signing.count; i++) {
        if (is_own(r->items[i]))
            continue;
        (void)fprintf(stderr, "sealward: %zu of %zu by the tool: %s\n", ++n, count,
                      r->items[i]->file);
        if (!tool_sign(r, r->items[i]->file, e))
            return false;
    }
    return tool_signing_stamped(&r->tool, e);
}

/* ---- All ---- */

static bool sign_all(struct resign *r, struct err *e)
{
    struct err later;
    if (!signing_open(&r->signing, (int64_t)r->signing.count, e))
        return false;
    bool ok = files_sign(r, "cms", e) && files_sign(r, "raw", e) && tools_sign(r, e);
    bool closed = signing_close(&r->signing, ok ? e : &later);
    return ok && closed;
}

static bool state_print(struct resign *r, struct err *e)
{
    struct resign_ledger now;
    if (r->left > 0)
        (void)fprintf(stderr,
                      "sealward: %zu artifacts were left: name a tool (--with), or the hash that "
                      "they are known by (--digest)\n",
                      r->left);
    if (!resign_ledger_load(&now, r->cli, r->ledger.old_key, r->ledger.new_key, e) ||
        !resign_ledger_print(&now, r->cli, e))
        return false;
    r->cli->exit_code = r->failed > 0 || now.done < now.count ? 1 : 0;
    return true;
}

static bool resign_all(struct resign *r, struct err *e)
{
    const struct arguments *a = &r->cli->arguments;
    const char *folder = arguments_value(a, "--files");
    bool status = arguments_value(a, "--status") != NULL;
    size_t found = 0;
    if (folder == NULL && !status)
        return arguments_refuse(e, "where are the files? --files DIR");
    if (!signing_find_signer(&r->signing, r->cli, a->words[0], e) || !ledger_open(r, e) ||
        (folder != NULL && !resign_ledger_search(&r->ledger, r->cli, folder, &found, e)))
        return false;
    if (status)
        return resign_ledger_print(&r->ledger, r->cli, e);
    if (arguments_value(a, "--with") != NULL &&
        !toolkit_module(&r->module, r->cli->settings.module, e))
        return false;
    if (!items_declare(r, e) || (r->signing.count > 0 && !sign_all(r, e)))
        return false;
    return state_print(r, e);
}

static bool resign_run(struct cli *cli, struct err *e)
{
    struct resign *r = arena_alloc(&cli->arena, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for signing again");
    r->cli = cli;
    r->tool.signing = &r->signing;
    r->tool.made = SIGNATURES_NONE;
    r->tool.toolkit.folder = BUF(0);
    bool ok = resign_all(r, e);
    tool_signing_done(&r->tool);
    signing_done(&r->signing);
    return ok;
}

static const struct argument_row options[] = {
    {"--files", ARGUMENT_VALUE, "DIR", "where the files are, in it or below it"},
    {"--old", ARGUMENT_VALUE, "KEY", "the old key (default: the signer's newest that is over)"},
    {"--with", ARGUMENT_VALUE, "WORDS", "a tool for pe and jar, with {file}, {out}, {uri} ..."},
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
