#include "cli/holdings.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"

enum { DIGITS_MIN = 8 };

bool holdings_get(struct holdings *ret, struct cli *cli, struct err *e)
{
    struct client *c;
    struct json *answer;
    if (!cli_client(&c, cli, e) || !client_get_json(c, "/v1/keys", &answer, &cli->arena, e))
        return false;
    struct holdings h = {.keys = json_member(answer, "keys"),
                         .certificates = json_member(answer, "certificates"),
                         .suspensions = json_member(answer, "suspensions"),
                         .roots = json_member(answer, "roots")};
    if (h.keys == NULL || h.certificates == NULL || h.suspensions == NULL || h.roots == NULL)
        return err_set(e, ERR_INPUT, "the daemon does not list the keys as it should");
    *ret = h;
    return true;
}

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

static bool key_begins(const struct json *key, const char *prefix, struct cli *cli)
{
    char hex[65];
    struct bytes id;
    struct err ignored;
    return holdings_bytes(&id, key, "id", &cli->arena, &ignored) && id.size == 32 &&
           strncmp(hex_string(hex, id), prefix, strlen(prefix)) == 0;
}

bool holdings_key(const struct json **ret, const struct holdings *h, const char *prefix,
                  struct cli *cli, struct err *e)
{
    const struct json *found = NULL;
    if (strlen(prefix) < DIGITS_MIN)
        return arguments_refuse(e, "give at least %d digits of the key's id", DIGITS_MIN);
    for (const struct json *key = h->keys->first; key != NULL; key = key->next) {
        if (!key_begins(key, prefix, cli))
            continue;
        if (found != NULL)
            return err_set(e, ERR_INPUT, "several keys begin with %s", prefix);
        found = key;
    }
    if (found == NULL) {
        (void)err_set(e, ERR_NOT_FOUND, "no key begins with %s", prefix);
        return err_hint(e, "`sealward certificate show` lists the keys");
    }
    *ret = found;
    return true;
}
