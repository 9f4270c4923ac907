#include "guard/fetch.h"

#include <stdlib.h>

#include "base/fault.h"
#include "client/http.h"
#include "client/tiles.h"
#include "guard/confirm.h"
#include "proof/distrust.h"

enum { URL_MAX = 1024, ANSWER_MAX = 65536 };

struct fetch {
    struct http *http;
    const struct folder *folder;
    struct http_version list; /* of what is held */
    struct http_version checkpoint;
};

bool fetch_new(struct fetch **ret, const struct folder *folder, const char *ca, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    AUTO(fetch) f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a connection");
    f->folder = folder;
    buf_put(&url, folder->settings.url);
    /* Everything is signed, so whoever serves the files may speak an older TLS. */
    if (!buf_ok(&url, "the address", e) ||
        !http_new(&f->http, HTTP_OTHERS, buf_string(&url), ca, e))
        return false;
    *ret = TAKE(f);
    return true;
}

void fetch_free(struct fetch *f)
{
    if (f == NULL)
        return;
    http_free(f->http);
    free(f);
}

static bool file_get(struct fetch *f, const char *path, struct http_version *version,
                     struct buf *ret, struct err *e)
{
    struct http_call call = {.method = "GET", .path = path, .version = version};
    return http_do(f->http, &call, ret, e) || err_wrap(e, "%s", path);
}

static bool log_get(void *context, const char *path, struct buf *ret, struct err *e)
{
    AUTO_VALUE(buf) whole = BUF(TILE_PATH_MAX + 8);
    buf_printf(&whole, "/log/%s", path);
    return buf_ok(&whole, "a path", e) && file_get(context, buf_string(&whole), NULL, ret, e);
}

/* The list is asked for first, so that the checkpoint reaches as far as it; and judged last. A
 * version counts as held when its file has been taken. */
bool fetch_round(struct fetch *f, struct held *h, const struct held_moment *at, struct err *e)
{
    AUTO_VALUE(buf) list = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct http_version list_version = f->list;
    struct http_version note_version = f->checkpoint;
    struct tiles log = {.get = log_get, .context = f};
    struct history_tiles tiles = {.read = tiles_fetch, .context = &log};
    if (!file_get(f, "/distrust/list", &list_version, &list, e) ||
        !file_get(f, "/log/checkpoint", &note_version, &note, e))
        return false;
    if (!note_version.unchanged && !held_see(h, buf_bytes(&note), &tiles, e))
        return false;
    f->checkpoint = note_version;
    if (!list_version.unchanged && !held_take(h, &list, &tiles, at, e))
        return false;
    f->list = list_version;
    return held_keep_seen(h, at, e);
}

static bool is_confirmed(const struct holding *h, int64_t silence)
{
    return h->confirmed == h->number && h->confirmed_at >= 0 &&
           h->now - h->confirmed_at < 1000 * silence / 4;
}

bool fetch_confirm(struct fetch *f, struct held *h, const struct session_key *key,
                   const struct held_moment *at, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    AUTO_VALUE(buf) answer = BUF(ANSWER_MAX);
    struct holding holding;
    held_report(&holding, h, at);
    if (is_confirmed(&holding, f->folder->settings.rules.silence))
        return true;
    if (!confirm_make(&text, h, key, at, e))
        return false;
    struct http_call call = {
        .method = "POST", .path = "/v1/confirmations", .body = buf_bytes(&text)};
    FAULT_POINT(guard_before_confirmation);
    if (!http_do(f->http, &call, &answer, e))
        return err_wrap(e, "the confirmation of list %lld", (long long)holding.number);
    FAULT_POINT(guard_confirmed);
    return held_keep_confirmed(h, holding.number, at, e);
}
