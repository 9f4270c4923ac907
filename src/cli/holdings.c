#include "cli/holdings.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"

enum { DIGITS_MIN = 8, HEX_SIZE = 64, PAGE = 256, URL_MAX = 512 };

struct bytes holdings_text(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->type == JSON_STRING && text_is_plain(member->text)
               ? member->text
               : BYTES_NONE;
}

bool holdings_bytes(struct bytes *ret, const struct json *object, const char *name, struct arena *a,
                    struct err *e)
{
    struct bytes text = holdings_text(object, name);
    if (text.data == NULL)
        return err_set(e, ERR_NOT_FOUND, "the daemon gives no \"%s\"", name);
    return base64_decode(ret, text, a, e);
}

/* ---- Pages ---- */

static bool page_get(struct holdings *ret, const struct json **ret_next, struct cli *cli,
                     const char *url, struct arena *a, struct err *e)
{
    struct client *c;
    struct json *answer;
    if (!cli_client(&c, cli, e) || !client_get_json(c, url, &answer, a, e))
        return false;
    struct holdings h = {.keys = json_member(answer, "keys"),
                         .certificates = json_member(answer, "certificates"),
                         .suspensions = json_member(answer, "suspensions")};
    const struct json *next = json_member(answer, "next");
    if (h.keys == NULL || h.certificates == NULL || h.suspensions == NULL || next == NULL)
        return err_set(e, ERR_INPUT, "the daemon does not list the keys as it should");
    *ret = h;
    *ret_next = next;
    return true;
}

/* Where the next page begins, which is behind this one; or nothing. */
static bool next_take(char next[HEX_SIZE + 1], const struct json *json, struct err *e)
{
    uint8_t id[32];
    char text[HEX_SIZE + 1] = "";
    if (json->type == JSON_STRING) {
        if (!hex_decode(id, sizeof id, json->text, e))
            return err_wrap(e, "the daemon's next page");
        (void)hex_string(text, BYTES_OF(id));
        if (strcmp(text, next) <= 0)
            return err_set(e, ERR_INPUT, "the daemon does not list the keys in order");
    }
    memcpy(next, text, sizeof text);
    return true;
}

bool holdings_each(struct cli *cli, struct bytes signer,
                   bool (*each)(void *context, const struct holdings *page, struct err *e),
                   void *context, struct err *e)
{
    char from[HEX_SIZE + 1] = "";
    if (signer.size > 0 && !text_is_name(signer))
        return arguments_refuse(e, "\"%.*s\" is no signer's id", BYTES_PRINT(signer));
    do {
        AUTO_VALUE(arena) arena = CLIENT_ARENA;
        AUTO_VALUE(buf) url = BUF(URL_MAX);
        struct holdings page;
        const struct json *next;
        buf_printf(&url, "/v1/keys?limit=%d", PAGE);
        if (signer.size > 0)
            buf_printf(&url, "&signer=%.*s", BYTES_PRINT(signer));
        if (from[0] != '\0')
            buf_printf(&url, "&from=%s", from);
        if (!buf_ok(&url, "a question", e) ||
            !page_get(&page, &next, cli, buf_string(&url), &arena, e) || !each(context, &page, e) ||
            !next_take(from, next, e))
            return false;
    } while (from[0] != '\0');
    return true;
}

/* ---- One ---- */

static bool prefix_judge(const char *prefix, struct err *e)
{
    size_t size = strlen(prefix);
    if (size < DIGITS_MIN)
        return arguments_refuse(e, "give at least %d digits of the key's id", DIGITS_MIN);
    if (size > HEX_SIZE || strspn(prefix, "0123456789abcdef") != size)
        return arguments_refuse(e, "\"%s\" is no beginning of a key's id", prefix);
    return true;
}

static bool key_begins(const struct json *key, const char *prefix, struct cli *cli)
{
    char hex[HEX_SIZE + 1];
    struct bytes id;
    struct err ignored;
    return holdings_bytes(&id, key, "id", &cli->arena, &ignored) && id.size == 32 &&
           strncmp(hex_string(hex, id), prefix, strlen(prefix)) == 0;
}

bool holdings_key(const struct json **ret, struct holdings *ret_page, const char *prefix,
                  struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct holdings page;
    const struct json *next;
    if (!prefix_judge(prefix, e))
        return false;
    buf_printf(&url, "/v1/keys?limit=2&id=%s", prefix);
    if (!buf_ok(&url, "a question", e) ||
        !page_get(&page, &next, cli, buf_string(&url), &cli->arena, e))
        return false;
    const struct json *found = page.keys->first;
    if (found == NULL) {
        (void)err_set(e, ERR_NOT_FOUND, "no key begins with %s", prefix);
        return err_hint(e, "`sealward certificate show` lists the keys");
    }
    if (found->next != NULL)
        return err_set(e, ERR_INPUT, "several keys begin with %s", prefix);
    if (!key_begins(found, prefix, cli))
        return err_set(e, ERR_INPUT, "the daemon gives another key than %s", prefix);
    *ret = found;
    *ret_page = page;
    return true;
}

struct newest {
    const char *const *states;
    struct cli *cli;
    char id[HEX_SIZE + 1]; /* empty: none yet */
    int64_t since;
};

static bool newest_look(void *context, const struct holdings *page, struct err *e)
{
    struct newest *n = context;
    for (const struct json *key = page->keys->first; key != NULL; key = key->next) {
        const struct json *since = json_member(key, "since");
        struct bytes id;
        size_t i = 0;
        while (n->states[i] != NULL && !bytes_is(holdings_text(key, "state"), n->states[i]))
            i++;
        if (n->states[i] == NULL || since == NULL || !since->is_integer ||
            (n->id[0] != '\0' && since->integer < n->since))
            continue;
        if (!holdings_bytes(&id, key, "id", &n->cli->arena, e))
            return false;
        if (id.size != 32)
            return err_set(e, ERR_INPUT, "the daemon gives a key an id of %zu bytes", id.size);
        (void)hex_string(n->id, id);
        n->since = since->integer;
    }
    return true;
}

bool holdings_newest(const struct json **ret, struct holdings *ret_page, const char *signer,
                     const char *const *states, struct cli *cli, struct err *e)
{
    struct newest n = {.states = states, .cli = cli};
    if (!holdings_each(cli, bytes_text(signer), newest_look, &n, e))
        return false;
    if (n.id[0] != '\0')
        return holdings_key(ret, ret_page, n.id, cli, e);
    *ret = NULL;
    return true;
}

bool holdings_path(const struct json **ret, const char *path, struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct holdings page;
    const struct json *next;
    if (!text_is_name(bytes_text(path)))
        return arguments_refuse(e, "\"%s\" is no id of a release path", path);
    buf_printf(&url, "/v1/keys?path=%s", path);
    if (!buf_ok(&url, "a question", e) ||
        !page_get(&page, &next, cli, buf_string(&url), &cli->arena, e))
        return false;
    *ret = page.suspensions->first;
    return true;
}

bool holdings_certified(const struct holdings *page, const struct json *key, int64_t now)
{
    for (const struct json *at = page->certificates->first; at != NULL; at = at->next) {
        const struct json *end = json_member(at, "not_after");
        if (bytes_equal(holdings_text(at, "key"), holdings_text(key, "id")) && end != NULL &&
            end->is_integer && end->integer > now)
            return true;
    }
    return false;
}
