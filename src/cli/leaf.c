#include "cli/leaf.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"

enum { DIGITS_MIN = 8, DIGITS_MAX = 64, DECIMAL_MAX = 16 };

static bool is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    return true;
}

struct search {
    const char *prefix;
    size_t found;
    uint8_t leaf[32];
};

static bool leaf_read(uint8_t ret[32], const struct json *item)
{
    struct err ignored;
    const struct json *leaf = json_member(item, "leaf");
    return leaf != NULL && leaf->type == JSON_STRING &&
           base64_decode_exactly(ret, 32, leaf->text, &ignored);
}

/* Looks through a list of things that have a `leaf`. */
static bool search_list(struct search *s, struct cli *cli, const char *path, const char *list,
                        struct err *e)
{
    struct client *c;
    struct json *answer;
    if (!cli_client(&c, cli, e) || !client_get_json(c, path, &answer, &cli->arena, e))
        return false;
    const struct json *items = json_member(answer, list);
    for (const struct json *at = items == NULL ? NULL : items->first; at != NULL; at = at->next) {
        uint8_t leaf[32];
        char hex[65];
        if (!leaf_read(leaf, at) ||
            strncmp(hex_string(hex, BYTES_OF(leaf)), s->prefix, strlen(s->prefix)) != 0)
            continue;
        if (s->found > 0 && memcmp(s->leaf, leaf, sizeof leaf) == 0)
            continue;
        memcpy(s->leaf, leaf, sizeof leaf);
        s->found++;
    }
    return true;
}

bool leaf_find(uint8_t ret[32], struct cli *cli, const char *text, struct err *e)
{
    struct search s = {.prefix = text};
    size_t size = strlen(text);
    if (size < DIGITS_MIN || size > DIGITS_MAX || !is_hex(text, size)) {
        (void)arguments_refuse(e, "\"%s\" is no leaf hash", text);
        return err_hint(e, "give its first %d or more hex digits, as `sealward pending` shows them",
                        DIGITS_MIN);
    }
    if (size == DIGITS_MAX)
        return hex_decode(ret, 32, bytes_text(text), e);
    if (!search_list(&s, cli, "/v1/subjects", "subjects", e) ||
        (s.found == 0 && !search_list(&s, cli, "/v1/entries?limit=1000", "entries", e)))
        return false;
    if (s.found == 0)
        return err_set(e, ERR_NOT_FOUND, "nothing open and no recent entry begins with %s", text);
    if (s.found > 1) {
        (void)err_set(e, ERR_INPUT, "%zu leaf hashes begin with %s", s.found, text);
        return err_hint(e, "give more digits");
    }
    memcpy(ret, s.leaf, sizeof s.leaf);
    return true;
}

bool leaf_entry(struct proven *ret, struct cli *cli, const char *text, struct err *e)
{
    struct client *c;
    uint64_t number;
    uint8_t leaf[32];
    if (!cli_client(&c, cli, e))
        return false;
    if (strlen(text) < DECIMAL_MAX &&
        text_read_number(&number, bytes_text(text), JSON_INTEGER_MAX, e) &&
        strlen(text) < DIGITS_MIN)
        return client_entry(c, (int64_t)number, ret, &cli->arena, e);
    return leaf_find(leaf, cli, text, e) && client_entry_by_leaf(c, leaf, ret, &cli->arena, e);
}
