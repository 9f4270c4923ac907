#include "cli/resign_ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/holdings.h"
#include "cli/resign_proof.h"
#include "cli/resign_revoked.h"
#include "pki/digest.h"

enum { PAGE = 1000, URL_SIZE = 512, PATH_SIZE = 4096, ITEMS_MAX = 1 << 20, DIGITS = 16 };
#define TEXT_MAX ((size_t)256 << 20)

/* ---- What a key has signed ---- */

struct reading {
    struct cli *cli;
    struct bytes key;
    struct resign_item *items;
    size_t count;
    size_t room;
    const struct resign_revoked *revoked;
    int64_t left_out;
    int64_t unbound;
};

static void reading_done(struct reading *r)
{
    free(r->items);
}
AUTO_DONE(reading)

static bool item_add(struct reading *r, const struct resign_item *item, struct err *e)
{
    if (r->count == ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d signatures", ITEMS_MAX);
    if (r->count == r->room) {
        size_t room = r->room == 0 ? PAGE : 2 * r->room;
        struct resign_item *items = reallocarray(r->items, room, sizeof *items);
        if (items == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for a ledger");
        r->items = items;
        r->room = room;
    }
    r->items[r->count++] = *item;
    return true;
}

static bool artifact_keep(struct artifact *ret, const struct json *from, struct arena *a,
                          struct err *e)
{
    struct artifact kept = {.name = arena_copy(a, holdings_text(from, "name")),
                            .format = arena_copy(a, holdings_text(from, "format")),
                            .algorithm = arena_copy(a, holdings_text(from, "algorithm"))};
    if (kept.name.data == NULL || kept.format.data == NULL || kept.algorithm.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a ledger");
    if (!holdings_bytes(&kept.digest, from, "digest", a, e))
        return false;
    *ret = kept;
    return true;
}

/* A signature that is bound to no artifact is of no file that could be found. */
static bool signature_take(struct reading *r, const struct json *from, struct err *e)
{
    const struct json *artifact = json_member(from, "artifact");
    struct resign_item item = {.entry = answer_number(from, "entry", -1),
                               .item = answer_number(from, "item", -1),
                               .done_entry = -1,
                               .done_item = -1};
    struct bytes tbs;
    if (artifact == NULL || artifact->type != JSON_OBJECT) {
        r->unbound++;
        return true;
    }
    if (!artifact_keep(&item.artifact, artifact, &r->cli->arena, e) ||
        !holdings_bytes(&tbs, from, "tbs", &r->cli->arena, e))
        return false;
    if (resign_revoked_has(r->revoked, &item.artifact, r->key, tbs)) {
        r->left_out++;
        return true;
    }
    return item_add(r, &item, e);
}

/* `next` is where the next page begins; empty behind the last. */
static bool page_take(struct reading *r, struct buf *next, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    AUTO_VALUE(buf) url = BUF(URL_SIZE);
    char hex[65];
    struct client *c;
    struct json *page;
    buf_printf(&url, "/v1/blast-radius?kind=key&id=%s&limit=%d", hex_string(hex, r->key), PAGE);
    if (next->size > 0)
        buf_printf(&url, "&before=%s", buf_string(next));
    if (!buf_ok(&url, "a question", e) || !cli_client(&c, r->cli, e) ||
        !client_get_json(c, buf_string(&url), &page, &arena, e))
        return false;
    for (const struct json *at = answer_list(page, "list"); at != NULL; at = at->next)
        if (!signature_take(r, at, e))
            return false;
    buf_reset(next);
    buf_put(next, holdings_text(page, "next"));
    return buf_ok(next, "the place of a page", e);
}

static size_t taken(const struct reading *r)
{
    return r->count + (size_t)r->unbound + (size_t)r->left_out;
}

/* Until a page brings nothing, or a lying daemon could keep its client at it for ever. */
static bool key_read(struct reading *r, struct err *e)
{
    AUTO_VALUE(buf) next = BUF(URL_SIZE / 2);
    size_t before;
    do {
        before = taken(r);
        if (!page_take(r, &next, e))
            return false;
    } while (next.size > 0 && taken(r) > before);
    return true;
}

/* ---- One line an artifact ---- */

static int artifact_order(const struct artifact *a, const struct artifact *b)
{
    int order = bytes_compare(a->digest, b->digest);
    if (order == 0)
        order = bytes_compare(a->format, b->format);
    return order != 0 ? order : bytes_compare(a->algorithm, b->algorithm);
}

/* By artifact, the newest signature first. */
static int item_order(const void *left, const void *right)
{
    const struct resign_item *a = left;
    const struct resign_item *b = right;
    int order = artifact_order(&a->artifact, &b->artifact);
    if (order == 0)
        order = (a->entry < b->entry) - (a->entry > b->entry);
    return order != 0 ? order : (a->item < b->item) - (a->item > b->item);
}

static int find_order(const void *key, const void *element)
{
    const struct resign_item *item = element;
    return artifact_order(key, &item->artifact);
}

static int name_order(const void *left, const void *right)
{
    const struct resign_item *a = left;
    const struct resign_item *b = right;
    int order = bytes_compare(a->artifact.name, b->artifact.name);
    return order != 0 ? order : artifact_order(&a->artifact, &b->artifact);
}

static void items_sort(struct reading *r)
{
    size_t kept = 0;
    if (r->count > 0)
        qsort(r->items, r->count, sizeof *r->items, item_order);
    for (size_t i = 0; i < r->count; i++)
        if (kept == 0 || artifact_order(&r->items[kept - 1].artifact, &r->items[i].artifact) != 0)
            r->items[kept++] = r->items[i];
    r->count = kept;
}

static void items_mark(struct resign_ledger *l, struct reading *old, const struct reading *new)
{
    for (size_t i = 0; i<old->count &&new->count> 0; i++) {
        const struct resign_item *done = bsearch(&old->items[i].artifact, new->items, new->count,
                                                 sizeof *new->items, find_order);
        if (done == NULL)
            continue;
        old->items[i].done_entry = done->entry;
        old->items[i].done_item = done->item;
        l->done++;
    }
}

/* ---- Proven ---- */

static bool item_prove(struct resign_proof *p, const struct resign_ledger *l,
                       const struct resign_item *i, struct err *e)
{
    return resign_proof_check(p, i->entry, i->item, l->old_key, &i->artifact, e) &&
           (!resign_item_done(i) ||
            resign_proof_check(p, i->done_entry, i->done_item, l->new_key, &i->artifact, e));
}

static bool ledger_prove(const struct resign_ledger *l, struct cli *cli, struct err *e)
{
    AUTO(resign_proof) proof = NULL;
    struct client *c;
    if (!cli_client(&c, cli, e) || !resign_proof_new(&proof, c, e))
        return false;
    bool terminal = isatty(STDERR_FILENO) == 1;
    for (size_t i = 0; i < l->count; i++) {
        if (!item_prove(proof, l, &l->items[i], e))
            return false;
        if (terminal)
            (void)fprintf(stderr, "\rsealward: %zu of %zu lines proven\x1b[K%s", i + 1, l->count,
                          i + 1 == l->count ? "\n" : "");
    }
    return true;
}

bool resign_ledger_confirm(const struct resign_ledger *l, struct cli *cli,
                           struct resign_item *const *items, size_t count, struct err *e)
{
    AUTO(resign_proof) proof = NULL;
    struct client *c;
    if (!cli_client(&c, cli, e) || !resign_proof_new(&proof, c, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!item_prove(proof, l, items[i], e))
            return false;
    return true;
}

static bool items_keep(struct resign_ledger *l, struct cli *cli, const struct reading *r,
                       struct err *e)
{
    l->items = arena_alloc(&cli->arena, (r->count + 1) * sizeof *l->items);
    if (l->items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a ledger");
    l->count = r->count;
    l->unbound = r->unbound;
    l->revoked = r->left_out;
    if (r->count == 0)
        return true;
    memcpy(l->items, r->items, r->count * sizeof *l->items);
    qsort(l->items, l->count, sizeof *l->items, name_order);
    return true;
}

bool resign_ledger_load(struct resign_ledger *ret, struct cli *cli, struct bytes old_key,
                        struct bytes new_key, struct err *e)
{
    struct resign_ledger ledger = {.old_key = old_key, .new_key = new_key};
    struct resign_revoked revoked = {.count = 0};
    AUTO_VALUE(reading) old = {.cli = cli, .key = old_key, .revoked = &revoked};
    AUTO_VALUE(reading) new = {.cli = cli, .key = new_key, .revoked = &revoked};
    if (!resign_revoked_load(&revoked, cli, e) || !key_read(&old, e) || !key_read(&new, e))
        return false;
    items_sort(&old);
    items_sort(&new);
    items_mark(&ledger, &old, &new);
    if (!items_keep(&ledger, cli, &old, e) || !ledger_prove(&ledger, cli, e))
        return false;
    *ret = ledger;
    return true;
}

/* ---- Showing ---- */

static const char *state_of(const struct resign_item *item)
{
    if (resign_item_done(item))
        return "done";
    if (item->file != NULL)
        return "to do";
    return item->changed != NULL ? "changed" : "to do";
}

static void path_put(struct buf *json, const char *name, const char *path)
{
    AUTO_VALUE(buf) plain = BUF(PATH_SIZE);
    buf_printf(json, ",\"%s\":", name);
    if (path == NULL) {
        buf_put_text(json, "null");
        return;
    }
    text_put_plain(&plain, path);
    json_put_string(json, buf_bytes(&plain));
}

static void item_put_json(struct buf *json, const struct resign_item *item, bool first)
{
    char hex[2 * DIGEST_MAX + 1];
    buf_put_text(json, first ? "{\"name\":" : ",{\"name\":");
    json_put_string(json, item->artifact.name);
    buf_put_text(json, ",\"format\":");
    json_put_string(json, item->artifact.format);
    buf_put_text(json, ",\"algorithm\":");
    json_put_string(json, item->artifact.algorithm);
    buf_printf(json, ",\"digest\":\"%s\",\"entry\":%" PRId64 ",\"done\":%s,\"done_entry\":",
               hex_string(hex, item->artifact.digest), item->entry,
               resign_item_done(item) ? "true" : "false");
    if (resign_item_done(item))
        buf_printf(json, "%" PRId64, item->done_entry);
    else
        buf_put_text(json, "null");
    path_put(json, "file", item->file);
    path_put(json, "changed", item->changed);
    buf_put_u8(json, '}');
}

static void item_put_row(struct grid *g, const struct resign_item *item)
{
    char hex[2 * DIGEST_MAX + 1];
    const char *file = item->file != NULL ? item->file : item->changed;
    grid_cell(g, item->artifact.name);
    grid_cell(g, item->artifact.format);
    grid_printf(g, "%.*s", DIGITS, hex_string(hex, item->artifact.digest));
    grid_printf(g, "%" PRId64, item->entry);
    grid_cell(g, bytes_text(state_of(item)));
    if (resign_item_done(item))
        grid_printf(g, "%" PRId64, item->done_entry);
    else
        grid_cell(g, BYTES_NONE);
    grid_cell(g, file == NULL ? BYTES_NONE : bytes_text(file));
}

static void head_put(struct buf *text, struct buf *json, const struct resign_ledger *l)
{
    char old[65];
    char new[65];
    (void)hex_string(old, l->old_key);
    (void)hex_string(new, l->new_key);
    buf_printf(json,
               "{\"old\":\"%s\",\"new\":\"%s\",\"total\":%zu,\"done\":%zu,\"unbound\":%" PRId64
               ",\"revoked\":%" PRId64 ",\"items\":[",
               old, new, l->count, l->done, l->unbound, l->revoked);
    buf_printf(text, "%zu of %zu artifacts of key %.16s are signed by key %.16s\n", l->done,
               l->count, old, new);
    if (l->unbound > 0)
        buf_printf(text,
                   "%" PRId64 " signatures of the old key belong to no artifact on record: what "
                   "they are over is not known here\n",
                   l->unbound);
    if (l->revoked > 0)
        buf_printf(text,
                   "%" PRId64 " signatures of the old key are left out: they or their artifacts "
                   "are revoked by themselves\n",
                   l->revoked);
}

bool resign_ledger_print(const struct resign_ledger *l, struct cli *cli, bool all, struct err *e)
{
    static const char *const heads[] = {"ARTIFACT", "FORMAT",    "DIGEST", "OLD ENTRY",
                                        "STATE",    "NEW ENTRY", "FILE"};
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct grid grid;
    head_put(&text, &json, l);
    grid_begin(&grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < l->count; i++) {
        item_put_json(&json, &l->items[i], i == 0);
        if (all || !resign_item_done(&l->items[i]))
            item_put_row(&grid, &l->items[i]);
    }
    buf_put_text(&json, "]}");
    return (grid_rows(&grid) == 0 || grid_put(&text, &grid, e)) && cli_print(cli, &text, &json, e);
}
