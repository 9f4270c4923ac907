#include "cli/lookup.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/json.h"

/* Entries of one answer. */
#define PAGE 100

static bool page_get(struct client *c, const struct lookup *lookup, int64_t before,
                     struct json **ret, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(1024);
    buf_printf(&url, "/v1/search?kind=%s&limit=%d&key=", lookup->kind, PAGE);
    hex_put(&url, lookup->key);
    if (before >= 0)
        buf_printf(&url, "&before=%" PRId64, before);
    return buf_ok(&url, "a search", e) && client_get_json(c, buf_string(&url), ret, a, e);
}

static bool entry_give(struct client *c, const struct lookup *lookup, int64_t index, bool *ret_more,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    *ret_more = true;
    if (!client_entry(c, index, &proven, &arena, e))
        return false;
    return !bytes_is(proven.entry.type, lookup->type) ||
           lookup->each(lookup->context, &proven, ret_more, e);
}

/* Newest first, or a lying daemon could keep its client at it for ever. */
static bool order_judge(int64_t before, int64_t index, struct err *e)
{
    return before < 0 || index <= before ||
           err_set(e, ERR_INPUT, "the daemon does not list the newest entries first");
}

/* *before becomes the lowest index of the page; *ret_more says whether to go on. */
static bool page_give(struct client *c, const struct lookup *lookup, int64_t *before,
                      bool *ret_more, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct json *answer;
    if (!page_get(c, lookup, *before, &answer, &arena, e))
        return false;
    const struct json *entries = json_member(answer, "entries");
    int64_t start = *before;
    *ret_more = entries != NULL && entries->count == PAGE;
    bool wanted = true;
    for (const struct json *i = entries != NULL ? entries->first : NULL; i != NULL && wanted;
         i = i->next) {
        const struct json *index = json_member(i, "index");
        if (index == NULL || !index->is_integer || index->integer == *before)
            continue;
        if (!order_judge(*before, index->integer, e))
            return false;
        *before = index->integer;
        if (!entry_give(c, lookup, *before, &wanted, e))
            return false;
    }
    *ret_more = *ret_more && wanted && *before != start;
    return true;
}

bool lookup_entries(struct client *c, const struct lookup *lookup, struct err *e)
{
    int64_t before = -1;
    for (bool more = true; more;)
        if (!page_give(c, lookup, &before, &more, e))
            return false;
    return true;
}
