#include "cli/resign_ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "artifact/artifact.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/answer.h"
#include "cli/declaration.h"
#include "cli/holdings.h"

enum {
    PAGE = 1000,
    URL_MAX = 512,
    PATH_SIZE = 4096,
    DEPTH_MAX = 16,
    NAMES_MAX = 1 << 20,
    ITEMS_MAX = 1 << 20,
    DIGITS = 16,
};
#define TEXT_MAX ((size_t)256 << 20)

/* ---- What a key has signed ---- */

struct reading {
    struct resign_ledger *ledger;
    struct cli *cli;
    size_t room;
    bool mark; /* the new key's: what is there is done */
};

static struct resign_item *item_find(const struct resign_ledger *l, const struct resign_item *like)
{
    for (size_t i = 0; i < l->count; i++)
        if (bytes_equal(l->items[i].digest, like->digest) &&
            bytes_equal(l->items[i].format, like->format) &&
            bytes_equal(l->items[i].algorithm, like->algorithm))
            return &l->items[i];
    return NULL;
}

static bool item_add(struct reading *r, const struct resign_item *item, struct err *e)
{
    struct resign_ledger *l = r->ledger;
    if (l->count == ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d artifacts", ITEMS_MAX);
    if (l->count == r->room) {
        size_t room = r->room == 0 ? PAGE : 2 * r->room;
        struct resign_item *items = arena_alloc(&r->cli->arena, room * sizeof *items);
        if (items == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for a ledger");
        if (l->count > 0)
            memcpy(items, l->items, l->count * sizeof *items);
        l->items = items;
        r->room = room;
    }
    l->items[l->count++] = *item;
    return true;
}

/* A signature that is bound to no artifact is of no file that could be found. */
static bool signature_take(struct reading *r, const struct json *signature, struct err *e)
{
    const struct json *artifact = json_member(signature, "artifact");
    if (artifact == NULL || artifact->type != JSON_OBJECT)
        return true;
    struct resign_item item = {.name = holdings_text(artifact, "name"),
                               .format = holdings_text(artifact, "format"),
                               .algorithm = holdings_text(artifact, "algorithm"),
                               .entry = answer_number(signature, "entry", -1)};
    if (!holdings_bytes(&item.digest, artifact, "digest", &r->cli->arena, e))
        return false;
    struct resign_item *there = item_find(r->ledger, &item);
    if (!r->mark)
        return there != NULL || item_add(r, &item, e);
    if (there != NULL && !there->done) {
        there->done = true;
        r->ledger->done++;
    }
    return true;
}

/* *next is the place where the next page begins; empty behind the last. */
static bool page_take(struct reading *r, const char *hex, struct bytes *next, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct client *c;
    struct json *page;
    buf_printf(&url, "/v1/blast-radius?kind=key&id=%s&limit=%d", hex, PAGE);
    if (next->size > 0)
        buf_printf(&url, "&before=%.*s", BYTES_PRINT(*next));
    if (!buf_ok(&url, "a question", e) || !cli_client(&c, r->cli, e) ||
        !client_get_json(c, buf_string(&url), &page, &r->cli->arena, e))
        return false;
    for (const struct json *at = answer_list(page, "list"); at != NULL; at = at->next)
        if (!signature_take(r, at, e))
            return false;
    *next = holdings_text(page, "next");
    return true;
}

static bool key_read(struct reading *r, struct bytes key, struct err *e)
{
    char hex[65];
    struct bytes next = BYTES_NONE;
    (void)hex_string(hex, key);
    do {
        if (!page_take(r, hex, &next, e))
            return false;
    } while (next.size > 0);
    return true;
}

bool resign_ledger_load(struct resign_ledger *ret, struct cli *cli, struct bytes old_key,
                        struct bytes new_key, struct err *e)
{
    struct resign_ledger ledger = {.old_key = old_key, .new_key = new_key};
    struct reading r = {.ledger = &ledger, .cli = cli};
    if (!key_read(&r, old_key, e))
        return false;
    r.mark = true;
    if (!key_read(&r, new_key, e))
        return false;
    *ret = ledger;
    return true;
}

/* ---- Where the files are ---- */

struct searching {
    struct resign_ledger *ledger;
    struct cli *cli;
    const char *folder;
    unsigned depth;
    size_t *looked;
    size_t *found;
    bool terminal;
};

static void progress(const struct searching *s)
{
    if (s->terminal)
        (void)fprintf(stderr, "\rsealward: looked at %zu files, found %zu of %zu\x1b[K", *s->looked,
                      *s->found, s->ledger->count - s->ledger->done);
}

static bool is_same(const struct resign_item *item, struct bytes file)
{
    uint8_t digest[DIGEST_MAX];
    enum digest_alg alg;
    struct err ignored;
    return digest_from_name(&alg, item->algorithm, &ignored) &&
           artifact_identify(digest, item->format, alg, file, &ignored) &&
           bytes_equal(bytes_make(digest, digest_size(alg)), item->digest);
}

/* Each way of knowing a file is tried once. */
static bool file_match(struct searching *s, const char *path, struct bytes file, struct err *e)
{
    struct resign_ledger *l = s->ledger;
    for (size_t i = 0; i < l->count; i++) {
        if (l->items[i].done || l->items[i].file != NULL || !is_same(&l->items[i], file))
            continue;
        l->items[i].file = (const char *)arena_copy(&s->cli->arena, bytes_text(path)).data;
        if (l->items[i].file == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for a path");
        (*s->found)++;
    }
    return true;
}

static bool folder_search(struct searching *s, struct err *e);

static bool path_search(void *context, const char *name, struct err *e)
{
    struct searching *s = context;
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    struct file_facts facts;
    struct err ignored;
    buf_printf(&path, "%s/%s", s->folder, name);
    if (!buf_ok(&path, "a path", e))
        return false;
    if (!file_facts_at(&facts, buf_string(&path), &ignored))
        return true;
    if (facts.folder && s->depth < DEPTH_MAX) {
        struct searching below = *s;
        below.folder = buf_string(&path);
        below.depth++;
        return folder_search(&below, e);
    }
    if (!facts.regular || !file_read(&file, buf_string(&path), FILE_REGULAR, &ignored))
        return true;
    (*s->looked)++;
    bool ok = file_match(s, buf_string(&path), buf_bytes(&file), e);
    progress(s);
    return ok;
}

static bool folder_search(struct searching *s, struct err *e)
{
    return file_list(s->folder, NAMES_MAX, path_search, s, e);
}

bool resign_ledger_search(struct resign_ledger *l, struct cli *cli, const char *folder,
                          size_t *ret_found, struct err *e)
{
    size_t looked = 0;
    *ret_found = 0;
    struct searching s = {.ledger = l,
                          .cli = cli,
                          .folder = folder,
                          .looked = &looked,
                          .found = ret_found,
                          .terminal = isatty(STDERR_FILENO) == 1};
    bool ok = folder_search(&s, e);
    if (s.terminal)
        (void)fputc('\n', stderr);
    return ok;
}

/* ---- Showing ---- */

static void item_put(struct buf *json, struct grid *g, const struct resign_item *item, bool first)
{
    char hex[2 * DIGEST_MAX + 1];
    (void)hex_string(hex, item->digest);
    grid_cell(g, item->name);
    grid_cell(g, item->format);
    grid_printf(g, "%.*s", DIGITS, hex);
    grid_printf(g, "%" PRId64, item->entry);
    grid_cell(g, bytes_text(item->done ? "done" : "to do"));
    grid_cell(g, item->file == NULL ? BYTES_NONE : bytes_text(item->file));
    buf_put_text(json, first ? "{\"name\":" : ",{\"name\":");
    json_put_string(json, item->name);
    buf_put_text(json, ",\"format\":");
    json_put_string(json, item->format);
    buf_printf(json, ",\"digest\":\"%s\",\"entry\":%" PRId64 ",\"done\":%s,\"file\":", hex,
               item->entry, item->done ? "true" : "false");
    if (item->file == NULL)
        buf_put_text(json, "null");
    else
        json_put_string(json, bytes_text(item->file));
    buf_put_u8(json, '}');
}

bool resign_ledger_print(const struct resign_ledger *l, struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"ARTIFACT",  "FORMAT", "DIGEST",
                                        "OLD ENTRY", "STATE",  "FILE"};
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct grid grid;
    char old_hex[65];
    char new_hex[65];
    buf_printf(&json, "{\"old\":\"%s\",\"new\":\"%s\",\"total\":%zu,\"done\":%zu,\"items\":[",
               hex_string(old_hex, l->old_key), hex_string(new_hex, l->new_key), l->count, l->done);
    grid_begin(&grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < l->count; i++)
        item_put(&json, &grid, &l->items[i], i == 0);
    buf_put_text(&json, "]}");
    buf_printf(&text, "%zu of %zu artifacts of key %.16s are signed by key %.16s\n", l->done,
               l->count, old_hex, new_hex);
    return (l->count == 0 || grid_put(&text, &grid, e)) && cli_print(cli, &text, &json, e);
}
