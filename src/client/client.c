#include "client/client.h"

#include "base/hex.h"
#include "client/history.h"
#include "client/tiles.h"
#include "rules/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PATH_SIZE = 256,
    /* How long a receipt is waited for: the daemon publishes some times a second. */
    RECEIPT_WAIT_MS = 10000,
};

struct client {
    struct http *http;
    struct arena arena; /* what the authority's texts live in */
    bool pinned;
    struct authority authority;
    struct history *history;
};

static bool authority_pin(struct client *c, const struct client_config *config, struct err *e)
{
    struct bytes text = arena_copy(&c->arena, config->authority);
    if (text.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the pinned authority");
    c->pinned = true;
    return authority_read(&c->authority, text, &c->arena, e) &&
           history_new(&c->history, config->state, &c->authority, e);
}

bool client_new(struct client **ret, const struct client_config *config, struct err *e)
{
    AUTO(client) c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a client");
    c->arena = ARENA(4 * LIMIT_AUTHORITY + LIMIT_JSON_TREE);
    if (!http_new(&c->http, HTTP_OURS, config->server, config->ca, e) ||
        (config->authority.size > 0 && !authority_pin(c, config, e)))
        return false;
    *ret = TAKE(c);
    return true;
}

void client_free(struct client *c)
{
    if (c == NULL)
        return;
    http_free(c->http);
    history_free(c->history);
    arena_done(&c->arena);
    free(c);
}

const struct authority *client_authority(const struct client *c)
{
    return c->pinned ? &c->authority : NULL;
}

static bool pinned_check(const struct client *c, struct err *e)
{
    if (c->pinned)
        return true;
    (void)err_set(e, ERR_STATE, "no authority is pinned, so nothing can be checked");
    return err_hint(e,
                    "pin it once with `sealward authority pin`, then name the file: --authority");
}

/* --- Plain calls --- */

bool client_get(struct client *c, const char *path, struct buf *ret, struct err *e)
{
    struct http_call call = {.method = "GET", .path = path};
    return http_do(c->http, &call, ret, e);
}

/* The answer's text, moved into the arena. */
static bool answer_text(struct client *c, const struct http_call *call, struct bytes *ret,
                        struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) answer = BUF(CLIENT_ANSWER_MAX);
    if (!http_do(c->http, call, &answer, e))
        return false;
    *ret = arena_copy(a, buf_bytes(&answer));
    return ret->data != NULL ? true : err_set(e, ERR_LIMIT, "the answer needs too much memory");
}

static bool answer_fields(struct client *c, const struct http_call *call, void *ret,
                          const struct fields *table, struct arena *a, struct err *e)
{
    struct bytes text;
    return answer_text(c, call, &text, a, e) &&
           (fields_read(ret, table, text, a, e) || err_wrap(e, "answer to %s", call->path));
}

bool client_get_json(struct client *c, const char *path, struct json **ret, struct arena *a,
                     struct err *e)
{
    struct http_call call = {.method = "GET", .path = path};
    struct bytes text;
    return answer_text(c, &call, &text, a, e) &&
           (json_parse(ret, text, a, e) || err_wrap(e, "answer to %s", path));
}

bool client_get_fields(struct client *c, const char *path, void *ret, const struct fields *table,
                       struct arena *a, struct err *e)
{
    return client_wait_fields(c, path, 0, ret, table, a, e);
}

bool client_wait_fields(struct client *c, const char *path, int64_t patience, void *ret,
                        const struct fields *table, struct arena *a, struct err *e)
{
    struct http_call call = {.method = "GET", .path = path, .patience = patience};
    return answer_fields(c, &call, ret, table, a, e);
}

bool client_post(struct client *c, const char *path, const char *type, struct bytes body,
                 struct buf *ret, struct err *e)
{
    struct http_call call = {.method = "POST", .path = path, .body = body, .type = type};
    return http_do(c->http, &call, ret, e);
}

bool client_put(struct client *c, const char *path, struct bytes body, struct err *e)
{
    AUTO_VALUE(buf) answer = BUF(CLIENT_ANSWER_MAX);
    struct http_call call = {.method = "PUT", .path = path, .body = body};
    return http_do(c->http, &call, &answer, e);
}

/* --- The record, proven --- */

static bool log_get(void *context, const char *path, struct buf *ret, struct err *e)
{
    AUTO_VALUE(buf) whole = BUF(PATH_SIZE);
    buf_printf(&whole, "/log/%s", path);
    return buf_ok(&whole, "a path", e) && client_get(context, buf_string(&whole), ret, e);
}

bool client_see(struct client *c, struct bytes note, struct checkpoint *ret, struct err *e)
{
    struct tiles log = {.get = log_get, .context = c};
    struct history_tiles tiles = {.read = tiles_fetch, .context = &log};
    return pinned_check(c, e) && history_see(c->history, ret, note, &tiles, e);
}

bool client_seen(const struct client *c, struct checkpoint *ret)
{
    return c->pinned && history_newest(c->history, ret);
}

bool client_head(struct client *c, struct checkpoint *ret, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct checkpoint head;
    if (!pinned_check(c, e) || !client_get(c, "/log/checkpoint", &note, e))
        return false;
    if (!client_see(c, buf_bytes(&note), &head, e) && strcmp(e->rule, HISTORY_BEHIND) != 0)
        return false;
    return client_seen(c, ret) ? true : err_set(e, ERR_INTERNAL, "no checkpoint was kept");
}

static bool receipt_judge(struct client *c, const struct receipt *receipt, int64_t index,
                          struct err *e)
{
    struct checkpoint checkpoint;
    uint8_t leaf[TREE_HASH];
    if (receipt->index != (uint64_t)index)
        return err_set(e, ERR_AUTH, "the receipt is of entry %" PRIu64 ", asked was %" PRId64,
                       receipt->index, index);
    return receipt_verify(receipt, &c->authority, &checkpoint, leaf, e) &&
           client_see(c, receipt->checkpoint, &checkpoint, e);
}

bool client_entry(struct client *c, int64_t index, struct proven *ret, struct arena *a,
                  struct err *e)
{
    char path[PATH_SIZE];
    struct receipt receipt;
    struct proven proven;
    (void)snprintf(path, sizeof path, "/v1/entries/%" PRId64 "/receipt?wait=%d", index,
                   RECEIPT_WAIT_MS);
    struct http_call call = {.method = "GET", .path = path, .patience = RECEIPT_WAIT_MS};
    if (!pinned_check(c, e) || !answer_text(c, &call, &proven.receipt, a, e) ||
        !receipt_parse(&receipt, proven.receipt, a, e) || !receipt_judge(c, &receipt, index, e) ||
        !entry_read(&proven.entry, receipt.entry, a, e))
        return false;
    if (proven.entry.index != index)
        return err_set(e, ERR_DAMAGED, "entry %" PRId64 " calls itself %" PRId64, index,
                       proven.entry.index);
    *ret = proven;
    return true;
}

struct entry_view {
    int64_t index;
    int64_t time;
    struct bytes type;
    struct bytes leaf;
    struct bytes description;
    struct bytes entry;
};

FIELDS(client_entry_view_fields, "entry", struct entry_view,
       ROW_INTEGER(struct entry_view, index, 0, JSON_INTEGER_MAX),
       ROW_TIME(struct entry_view, time), ROW_ID(struct entry_view, type),
       ROW_DIGEST(struct entry_view, leaf), ROW_TEXT(struct entry_view, description, 65535),
       ROW_BYTES(struct entry_view, entry, 1, LIMIT_ENTRY));

bool client_entry_by_leaf(struct client *c, const uint8_t leaf[32], struct proven *ret,
                          struct arena *a, struct err *e)
{
    char path[PATH_SIZE];
    char hex[2 * 32 + 1];
    struct entry_view view;
    struct proven proven;
    (void)snprintf(path, sizeof path, "/v1/entries/%s", hex_string(hex, bytes_make(leaf, 32)));
    if (!client_get_fields(c, path, &view, &client_entry_view_fields, a, e) ||
        !client_entry(c, view.index, &proven, a, e))
        return false;
    if (memcmp(proven.entry.leaf, leaf, 32) != 0)
        return err_set(e, ERR_AUTH, "the daemon gives entry %" PRId64 " for %s, which it is not",
                       view.index, hex);
    *ret = proven;
    return true;
}

/* --- Entering --- */

struct answer {
    int64_t index;
    struct bytes entry;
    struct bytes leaf;
    struct list results;
};

FIELDS(client_signed_item_fields, "signed item", struct signed_item,
       ROW_INTEGER(struct signed_item, item, 0, LIMIT_REQUEST_ITEMS - 1),
       ROW_BYTES(struct signed_item, signature, 1, 4096),
       ROW_BYTES_OR_NULL(struct signed_item, extra, 1, LIMIT_PREIMAGE));

FIELDS(client_answer_fields, "answer to an entry", struct answer,
       ROW_INTEGER(struct answer, index, 0, JSON_INTEGER_MAX),
       ROW_BYTES(struct answer, entry, 1, LIMIT_ENTRY), ROW_DIGEST(struct answer, leaf),
       ROW_LIST(struct answer, results, &client_signed_item_fields, 0, LIMIT_REQUEST_ITEMS));

/* Whether the entry holds what was submitted. The keeper adds a consistency proof where one is
 * needed, and changes nothing else. */
static bool body_fits(struct bytes entered, struct bytes submitted, struct arena *a)
{
    struct json *left;
    struct json *right;
    struct err ignored;
    if (bytes_equal(entered, submitted))
        return true;
    if (!json_parse(&left, entered, a, &ignored) || !json_parse(&right, submitted, a, &ignored) ||
        left->type != JSON_OBJECT || right->type != JSON_OBJECT || left->count != right->count)
        return false;
    const struct json *other = right->first;
    for (const struct json *at = left->first; at != NULL; at = at->next, other = other->next)
        if (!bytes_equal(at->name, other->name) ||
            (!bytes_is(at->name, "consistency") && !bytes_equal(at->raw, other->raw)))
            return false;
    return true;
}

/* That the entry is of that type and number, has that leaf hash, and holds what was submitted. */
static bool answer_judge(const struct answer *answer, const char *type, struct bytes body,
                         struct arena *a, struct err *e)
{
    struct entry entry;
    if (!entry_read(&entry, answer->entry, a, e))
        return err_wrap(e, "the daemon's answer");
    if (entry.index == answer->index && bytes_is(entry.type, type) &&
        bytes_equal(BYTES_OF(entry.leaf), answer->leaf) && body_fits(entry.body, body, a))
        return true;
    return err_set(e, ERR_DAMAGED, "the daemon's answer is not about the entry submitted");
}

bool client_submit(struct client *c, const char *type, struct bytes body, struct admitted *ret,
                   int64_t *ret_stands, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY + 256);
    struct answer answer;
    buf_put_text(&text, "{\"type\":");
    json_put_string(&text, bytes_text(type));
    buf_put_text(&text, ",\"body\":");
    buf_put(&text, body);
    buf_put_text(&text, "}");
    if (ret_stands != NULL)
        *ret_stands = -1;
    struct http_call call = {
        .method = "POST", .path = "/v1/entries", .body = buf_bytes(&text), .stands = ret_stands};
    if (!buf_ok(&text, "an entry", e) ||
        !answer_fields(c, &call, &answer, &client_answer_fields, a, e) ||
        !answer_judge(&answer, type, body, a, e))
        return false;
    *ret =
        (struct admitted){.index = answer.index, .entry = answer.entry, .results = answer.results};
    memcpy(ret->leaf, answer.leaf.data, sizeof ret->leaf);
    return true;
}

bool client_prove(struct client *c, const struct admitted *admitted, struct arena *a, struct err *e)
{
    struct proven proven;
    if (client_entry(c, admitted->index, &proven, a, e) &&
        memcmp(proven.entry.leaf, admitted->leaf, sizeof admitted->leaf) == 0)
        return true;
    (void)err_because(e, "the daemon calls it entry %" PRId64 " and does not prove that it is",
                      admitted->index);
    return err_hint(e, "take it that nothing was entered, until `sealward log tail` shows it");
}

FIELDS(client_again_fields, "signature", struct signed_item,
       ROW_BYTES(struct signed_item, signature, 1, 4096),
       ROW_BYTES_OR_NULL(struct signed_item, extra, 1, LIMIT_PREIMAGE));

bool client_again(struct client *c, int64_t entry, int64_t item, struct signed_item *ret,
                  struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(128);
    struct signed_item again;
    buf_printf(&text, "{\"entry\":%" PRId64 ",\"item\":%" PRId64 "}", entry, item);
    struct http_call call = {.method = "POST", .path = "/v1/again", .body = buf_bytes(&text)};
    if (!buf_ok(&text, "a question", e) ||
        !answer_fields(c, &call, &again, &client_again_fields, a, e))
        return false;
    again.item = item;
    *ret = again;
    return true;
}
