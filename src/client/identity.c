#include "client/identity.h"

#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/http.h"

#include <stdio.h>

enum { ANSWER_MAX = 65536, URL_MAX = 2048 };

static bool is_token_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool identity_token_read(struct buf *ret_token, struct bytes text, struct err *e)
{
    size_t dots = 0;
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size > LIMIT_IDENTITY_TOKEN)
        return err_set(e, ERR_LIMIT, "an identity token has at most %d bytes",
                       LIMIT_IDENTITY_TOKEN);
    for (size_t i = 0; i < text.size; i++) {
        dots += text.data[i] == '.';
        if (!is_token_character(text.data[i]))
            return err_set(e, ERR_INPUT, "this is no identity token: character %zu", i + 1);
    }
    if (dots != 2)
        return err_set(e, ERR_INPUT, "this is no identity token: it has %zu dots, not two", dots);
    buf_put(ret_token, text);
    return buf_ok(ret_token, "an identity token", e);
}

bool identity_file(struct buf *ret_token, const char *path, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_IDENTITY_TOKEN + 1);
    return file_read(&text, path, FILE_ANY, e) &&
           (identity_token_read(ret_token, buf_bytes(&text), e) || err_wrap(e, "%s", path));
}

/* Where the server's part of a URL ends: at the first slash behind "://". */
static bool url_split(char server[URL_MAX], const char **ret_path, const char *url, struct err *e)
{
    const char *host = strstr(url, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');
    if (path == NULL || (size_t)(path - url) >= URL_MAX)
        return err_set(e, ERR_INPUT, "the identity service's address is no URL with a path");
    memcpy(server, url, (size_t)(path - url));
    server[path - url] = '\0';
    *ret_path = path;
    return true;
}

/* An audience is made of letters, digits and colons: a colon needs an escape in no query. */
static bool token_path(char ret[URL_MAX], const char *path, const char *audience, struct err *e)
{
    int size = snprintf(ret, URL_MAX, "%s%caudience=%s", path,
                        strchr(path, '?') != NULL ? '&' : '?', audience);
    return size > 0 && size < URL_MAX
               ? true
               : err_set(e, ERR_LIMIT, "the identity service's address is too long");
}

static bool value_read(struct buf *ret_token, struct bytes answer, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct json *object;
    if (!json_parse(&object, answer, &arena, e))
        return err_wrap(e, "the identity service's answer");
    const struct json *value = json_member(object, "value");
    if (value == NULL || value->type != JSON_STRING)
        return err_set(e, ERR_INPUT, "the identity service's answer has no token in \"value\"");
    return identity_token_read(ret_token, value->text, e);
}

bool identity_actions(struct buf *ret_token, const char *url, const char *bearer,
                      const char *audience, const char *ca, struct err *e)
{
    AUTO(http) h = NULL;
    AUTO_VALUE(buf) answer = BUF(ANSWER_MAX);
    char server[URL_MAX];
    char path[URL_MAX];
    const char *rest = "";
    struct http_call call = {.method = "GET", .path = path, .bearer = bearer};
    return url_split(server, &rest, url, e) && token_path(path, rest, audience, e) &&
           http_new(&h, HTTP_OTHERS, server, ca, e) && http_do(h, &call, &answer, e) &&
           value_read(ret_token, buf_bytes(&answer), e);
}
