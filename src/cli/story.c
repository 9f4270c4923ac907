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

/* An artifact has two ids: its digest, as grants declare it, and the one that revocations have. */
struct story_ids {
    struct bytes of;
    struct bytes revoked; /* absent: there is no other */
};

static bool ids_find(struct story_ids *ret, struct cli *cli, const char *kind, const char *id,
                     struct err *e)
{
    struct revoke_target t;
    *ret = (struct story_ids){.of = bytes_text(id)};
    if (strcmp(kind, "person") == 0 && !people_handle(&ret->of, cli, id, e))
        return false;
    if (strcmp(kind, "key") != 0 && strcmp(kind, "artifact") != 0)
        return text_is_name(ret->of) || arguments_refuse(e, "\"%s\" is no id", id);
    if (!revoke_target_find(&t, cli, kind, id, e))
        return false;
    ret->of = t.id;
    if (t.digest.data != NULL)
        *ret = (struct story_ids){.of = t.digest, .revoked = t.id};
    return true;
}

static bool kind_judge(const char *kind, struct err *e)
{
    static const char *const kinds[] = {"key",      "certificate", "signer",   "path",
                                        "workload", "person",      "endpoint", "artifact"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    (void)arguments_refuse(e, "no story is told of a \"%s\"", kind);
    return err_hint(e, "key, certificate, signer, path, workload, person, endpoint or artifact");
}

bool story_find(struct story *ret, struct cli *cli, const char *kind, const char *id, struct err *e)
{
    struct story s = {.count = 0};
    struct story_ids ids;
    bool signer = strcmp(kind, "signer") == 0;
    if (!kind_judge(kind, e) || !ids_find(&ids, cli, kind, id, e) ||
        !told_add(&s, cli, kind, ids.of, e) ||
        (ids.revoked.data != NULL && !told_add(&s, cli, kind, ids.revoked, e)) ||
        (signer && (!keys_add(&s, cli, ids.of, e) || !paths_add(&s, cli, ids.of, e))))
        return false;
    sort(&s);
    *ret = s;
    return true;
}
