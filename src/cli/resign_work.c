#include "cli/resign_work.h"

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/file_signing.h"

enum { WORDS_MAX = 128, PATH_SIZE = 4096, SPARE_NAMES_MAX = 1024 };

#define PLACE_FILE "{file}"
#define PLACE_OUT "{out}"

/* ---- Where what is signed goes ---- */

static bool is_own(const struct resign_item *item)
{
    return bytes_is(item->artifact.format, "cms") || bytes_is(item->artifact.format, "raw");
}

/* Below --out as the file is below --files. */
static bool place_make(struct buf *ret, const struct resign_work *w, const struct resign_item *item,
                       struct err *e)
{
    if (w->out != NULL)
        buf_printf(ret, "%s%s", w->out, item->file + strlen(w->folder));
    else
        buf_put_text(ret, item->file);
    if (is_own(item))
        buf_put_text(ret, bytes_is(item->artifact.format, "cms") ? ".p7s" : ".sig");
    return buf_ok(ret, "the path of a signed file", e);
}

static bool place_taken(bool *ret, const struct resign_work *w, const struct resign_item *item,
                        struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    return place_make(&path, w, item, e) && file_exists(ret, buf_string(&path), e);
}

/* ---- What goes into the grant ---- */

static bool item_declare(struct resign_work *w, struct resign_item *item, struct err *e)
{
    const struct artifact *artifact = &item->artifact;
    struct declaration_text text = {
        .file = item->file, .format = artifact->format, .name = artifact->name};
    size_t n = w->signing.count;
    if (!signing_declare(&w->signing, &text, e))
        return err_wrap(e, "%s", item->file);
    if (!bytes_equal(w->signing.declarations[n].artifact.digest, artifact->digest))
        return err_set(e, ERR_CONFLICT, "%s has changed since it was found", item->file);
    w->items[n] = item;
    return true;
}

/* Whether it is to be signed, and can be. */
static bool item_judge(bool *ret, struct resign_work *w, const struct resign_item *item,
                       struct err *e)
{
    bool there = true;
    *ret = false;
    if (item->file == NULL)
        return true;
    if (resign_item_done(item) && !place_taken(&there, w, item, e))
        return false;
    if (resign_item_done(item) && (there || !w->again)) {
        w->lost += !there;
        return true;
    }
    *ret = (is_own(item) || w->with != NULL) &&
           bytes_is(item->artifact.algorithm, digest_name(w->signing.alg));
    w->left += !*ret;
    return true;
}

bool resign_work_declare(struct resign_work *w, struct err *e)
{
    for (size_t i = 0; i < w->ledger->count && w->signing.count < LIMIT_GRANT_ARTIFACTS; i++) {
        struct resign_item *item = &w->ledger->items[i];
        bool wanted;
        if (!item_judge(&wanted, w, item, e) || (wanted && !item_declare(w, item, e)))
            return false;
    }
    return true;
}

/* ---- Marking ---- */

/* One line, whatever the file is called. */
static void item_tell(const struct resign_work *w, size_t n, const char *path, const char *why)
{
    AUTO_VALUE(buf) line = BUF(2 * PATH_SIZE);
    text_put_plain(&line, path);
    buf_printf(&line, "%s%s", why[0] == '\0' ? "" : ": ", why);
    (void)fprintf(stderr, "sealward: %zu of %zu: %s\n", n + 1, w->signing.count, buf_string(&line));
}

static bool item_finish(struct resign_work *w, size_t n, const struct signatures *made,
                        const char *path, struct err *e)
{
    struct resign_item *item = w->items[n];
    for (size_t i = 0; i < made->count; i++)
        if (!signatures_add(&w->made, &made->list[i], e))
            return false;
    w->ledger->done += !resign_item_done(item);
    item->done_entry = made->list[0].entry;
    item->done_item = made->list[0].item;
    item_tell(w, n, path, "");
    return true;
}

static void item_fail(struct resign_work *w, size_t n, const char *why)
{
    w->failed++;
    item_tell(w, n, w->items[n]->file, why);
}

/* ---- Our own formats ---- */

static bool own_sign(struct resign_work *w, size_t n, const char *path, struct err *e)
{
    AUTO_VALUE(file_signing)
    file = {.signing = &w->signing,
            .attributes = bytes_is(w->items[n]->artifact.format, "cms"),
            .which = &n,
            .count = 1,
            .made = SIGNATURES_NONE};
    return file_signing_begin(&file, e) && file_signing_request(&file, e) &&
           file_signing_write(&file, 0, path, e) && item_finish(w, n, &file.made, path, e);
}

/* ---- Others', by a tool ---- */

static bool begins(struct bytes text, const char *with)
{
    size_t size = strlen(with);
    return text.size >= size && memcmp(text.data, with, size) == 0;
}

static bool word_make(char **ret, struct resign_work *w, struct bytes template, const char *file,
                      const char *out, struct err *e)
{
    AUTO_VALUE(buf) word = BUF(2 * PATH_SIZE);
    while (template.size > 0) {
        bool is_file = begins(template, PLACE_FILE);
        bool is_out = begins(template, PLACE_OUT);
        size_t size = is_file ? sizeof PLACE_FILE - 1 : is_out ? sizeof PLACE_OUT - 1 : 1;
        if (is_file || is_out)
            buf_put_text(&word, is_file ? file : out);
        else
            buf_put_u8(&word, template.data[0]);
        template = bytes_make(template.data + size, template.size - size);
    }
    if (!buf_ok(&word, "a word of the tool", e))
        return false;
    *ret = arena_alloc(&w->cli->arena, word.size + 1);
    if (*ret == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a tool's words");
    if (word.size > 0)
        memcpy(*ret, word.data, word.size);
    return true;
}

/* The template, at its blanks. */
static bool words_make(char *ret[WORDS_MAX], struct resign_work *w, const char *file,
                       const char *out, struct err *e)
{
    const char *at = w->with;
    size_t count = 0;
    while (*(at += strspn(at, " ")) != 0) {
        size_t size = strcspn(at, " ");
        if (count == WORDS_MAX - 1)
            return arguments_refuse(e, "--with has more than %d words", WORDS_MAX - 1);
        if (!word_make(&ret[count++], w, bytes_make(at, size), file, out, e))
            return false;
        at += size;
    }
    ret[count] = NULL;
    return count > 0 || arguments_refuse(e, "--with names no tool");
}

static bool spare_remove(void *context, const char *name, struct err *e)
{
    struct resign_work *w = context;
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    (void)e;
    struct err ignored;
    buf_printf(&path, "%s/%s", buf_string(&w->spare), name);
    bool removed = file_remove(buf_string(&path), &ignored);
    (void)removed;
    return true;
}

static void spare_clean(struct resign_work *w)
{
    struct err ignored;
    bool listed = file_list(buf_string(&w->spare), SPARE_NAMES_MAX, spare_remove, w, &ignored);
    (void)listed;
}

/* With a grant's tools only, once. Nothing but bound signatures of the new key ends a ledger, so
 * they are bound here at every level. */
static bool tools_begin(struct resign_work *w, struct err *e)
{
    if (w->tool.environment != NULL)
        return true;
    if (!file_make_private_folder(&w->spare, w->cli->settings.temporary, "sealward-resign", e) ||
        !tool_signing_begin(&w->tool, w->module, e))
        return false;
    w->tool.binds = true;
    return true;
}

/* Why what the tool wrote cannot be handed out; NULL if it can. */
static const char *tool_judge(struct resign_work *w, struct err *why)
{
    const struct tool_signing *t = &w->tool;
    w->blocked = signatures_unbound(&t->made) > 0;
    if (t->code != 0)
        return "the tool failed";
    if (t->made.count == 0)
        return "the tool has signed nothing";
    if (w->blocked)
        return "its signature could not be bound: does the tool write {out}?";
    w->blocked = !tool_signing_stamped(&w->tool, why);
    return w->blocked ? why->message : NULL;
}

static bool out_take(struct resign_work *w, size_t n, const char *out, const char *path,
                     struct err *e)
{
    AUTO_VALUE(buf) bytes = BUF(DECLARATION_FILE_MAX);
    struct file_facts facts;
    return file_facts_at(&facts, w->items[n]->file, e) && file_read(&bytes, out, FILE_REGULAR, e) &&
           file_replace(path, buf_bytes(&bytes), facts.mode & 0777, e) &&
           item_finish(w, n, &w->tool.made, path, e);
}

/* Only what stands in `out` is bound: a signature elsewhere must not count as done. */
static bool tool_run_once(struct resign_work *w, const struct resign_item *item, const char *out,
                          struct err *e)
{
    char *template[WORDS_MAX];
    char **words = NULL;
    w->tool.outputs.count = 0;
    signatures_done(&w->tool.made);
    return words_make(template, w, item->file, out, e) &&
           toolkit_words(&words, &w->tool.toolkit, template, &w->cli->arena, e) &&
           outputs_add(&w->tool.outputs, out, e) && tool_signing_run(&w->tool, words, e) &&
           tool_signing_bind(&w->tool, e);
}

static bool tool_sign(struct resign_work *w, size_t n, const char *path, struct err *e)
{
    AUTO_VALUE(buf) out = BUF(PATH_SIZE);
    const struct resign_item *item = w->items[n];
    struct err why;
    if (!tools_begin(w, e))
        return false;
    buf_printf(&out, "%s%s", buf_string(&w->spare), strrchr(item->file, '/'));
    if (!buf_ok(&out, "a path", e) || !tool_run_once(w, item, buf_string(&out), e))
        return false;
    const char *reason = tool_judge(w, &why);
    if (reason == NULL && !out_take(w, n, buf_string(&out), path, e))
        return false;
    if (reason != NULL)
        item_fail(w, n, reason);
    spare_clean(w);
    return true;
}

/* ---- All ---- */

bool resign_work_do(struct resign_work *w, struct err *e)
{
    for (size_t n = 0; n < w->signing.count && !w->blocked; n++) {
        AUTO_VALUE(buf) path = BUF(PATH_SIZE);
        if (!place_make(&path, w, w->items[n], e) ||
            !file_make_folders_above(buf_string(&path), 0755, e))
            return false;
        if (!(is_own(w->items[n]) ? own_sign : tool_sign)(w, n, buf_string(&path), e))
            return false;
    }
    return true;
}

void resign_work_done(struct resign_work *w)
{
    struct err ignored;
    if (w->spare.size > 0) {
        spare_clean(w);
        bool removed = file_remove(buf_string(&w->spare), &ignored);
        (void)removed;
    }
    buf_done(&w->spare);
    signatures_done(&w->made);
    tool_signing_done(&w->tool);
    signing_done(&w->signing);
}
