#include "cli/story.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/holdings.h"
#include "cli/people.h"
#include "cli/policy_plan.h"
#include "cli/revoke_target.h"

enum { URL_MAX = 1024, ROOM_FIRST = 256, ENTRIES_MAX = 1 << 20 };

static bool entry_add(struct story *s, int64_t entry, struct arena *a, struct err *e)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? ROOM_FIRST : 2 * s->room;
        int64_t *entries = room > ENTRIES_MAX ? NULL : arena_alloc(a, room * sizeof *entries);
        if (entries == NULL)
            return err_set(e, ERR_LIMIT, "the story is too long to be told at once");
        if (s->count > 0)
            memcpy(entries, s->entries, s->count * sizeof *entries);
        s->entries = entries;
        s->room = room;
    }
    s->entries[s->count++] = entry;
    return true;
}

/* ---- What the daemon tells ---- */

/* *after becomes -1 behind the last page. */
static bool page_add(struct story *s, struct cli *cli, const char *url, int64_t *after,
                     struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct client *c;
    struct json *page;
    if (!cli_client(&c, cli, e) || !client_get_json(c, url, &page, &arena, e))
        return false;
    for (const struct json *at = answer_list(page, "entries"); at != NULL; at = at->next)
        if (!entry_add(s, answer_number(at, "index", -1), &cli->arena, e))
            return false;
    int64_t next = answer_number(page, "next", -1);
    if (next >= 0 && next <= *after)
        return err_set(e, ERR_INPUT, "the daemon tells a story that does not go on");
    *after = next;
    return true;
}

static bool told_add(struct story *s, struct cli *cli, const char *kind, struct bytes id,
                     struct err *e)
{
    int64_t after = -1;
    do {
        AUTO_VALUE(buf) url = BUF(URL_MAX);
        buf_printf(&url, "/v1/story?kind=%s&id=%.*s", kind, BYTES_PRINT(id));
        if (after >= 0)
            buf_printf(&url, "&after=%" PRId64, after);
        if (!buf_ok(&url, "a question", e) || !page_add(s, cli, buf_string(&url), &after, e))
            return false;
    } while (after >= 0);
    return true;
}

/* ---- Signers ---- */

struct telling {
    struct story *story;
    struct cli *cli;
};

static bool page_tell(void *context, const struct holdings *page, struct err *e)
{
    struct telling *t = context;
    for (const struct json *key = page->keys->first; key != NULL; key = key->next) {
        char hex[65];
        struct bytes id;
        if (!holdings_bytes(&id, key, "id", &t->cli->arena, e))
            return false;
        if (id.size != 32)
            return err_set(e, ERR_INPUT, "the daemon gives a key an id of %zu bytes", id.size);
        if (!told_add(t->story, t->cli, "key", bytes_text(hex_string(hex, id)), e))
            return false;
    }
    return true;
}

static bool keys_add(struct story *s, struct cli *cli, struct bytes signer, struct err *e)
{
    struct telling t = {.story = s, .cli = cli};
    return holdings_each(cli, signer, page_tell, &t, e);
}

static bool paths_add(struct story *s, struct cli *cli, struct bytes signer, struct err *e)
{
    struct client *c;
    struct policy_force force;
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e))
        return false;
    const struct object *objects = force.objects.items;
    for (size_t i = 0; i < force.objects.count; i++) {
        struct release_path path;
        if (objects[i].kind != OBJECT_PATH)
            continue;
        if (!policy_force_take(&path, &force, OBJECT_PATH, objects[i].id, &cli->arena, e))
            return false;
        if (bytes_equal(path.signer, signer) && !told_add(s, cli, "path", objects[i].id, e))
            return false;
    }
    return true;
}

/* ---- All ---- */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort(struct story *s)
{
    size_t kept = 0;
    if (s->count == 0)
        return;
    qsort(s->entries, s->count, sizeof *s->entries, compare);
    for (size_t i = 0; i < s->count; i++)
        if (i == 0 || s->entries[i] != s->entries[kept - 1])
            s->entries[kept++] = s->entries[i];
    s->count = kept;
}

static bool id_find(struct bytes *ret, struct cli *cli, const char *kind, const char *id,
                    struct err *e)
{
    struct revoke_target t;
    *ret = bytes_text(id);
    if (strcmp(kind, "person") == 0 && !people_handle(ret, cli, id, e))
        return false;
    if (strcmp(kind, "key") != 0 && strcmp(kind, "artifact") != 0)
        return text_is_name(*ret) || arguments_refuse(e, "\"%s\" is no id", id);
    if (!revoke_target_find(&t, cli, kind, id, e))
        return false;
    *ret = t.digest.data != NULL ? t.digest : t.id;
    return true;
}

bool story_find(struct story *ret, struct cli *cli, const char *kind, const char *id, struct err *e)
{
    struct story s = {.count = 0};
    struct bytes of;
    bool signer = strcmp(kind, "signer") == 0;
    if (!id_find(&of, cli, kind, id, e) || !told_add(&s, cli, kind, of, e) ||
        (signer && (!keys_add(&s, cli, of, e) || !paths_add(&s, cli, of, e))))
        return false;
    sort(&s);
    *ret = s;
    return true;
}
