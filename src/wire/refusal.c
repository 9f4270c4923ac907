#include "wire/refusal.h"

#include "base/text.h"

#include <string.h>

static struct bytes plain(char *text)
{
    text_make_plain(text);
    return bytes_text(text);
}

struct refusal refusal_make(struct err *e)
{
    return (struct refusal){
        .code = bytes_text(err_code_name(e->code)),
        .rule = plain(e->rule),
        .message = plain(e->message),
        .hint = plain(e->hint),
    };
}

static void text_copy(char *ret, size_t size, struct bytes text)
{
    size_t n = text.size < size - 1 ? text.size : size - 1;
    if (n > 0)
        memcpy(ret, text.data, n);
    ret[n] = '\0';
}

bool refusal_err(const struct refusal *r, struct err *e)
{
    char code[33];
    text_copy(code, sizeof code, r->code);
    e->code = err_code_from_name(code);
    text_copy(e->rule, sizeof e->rule, r->rule);
    text_copy(e->message, sizeof e->message, r->message);
    text_copy(e->hint, sizeof e->hint, r->hint);
    e->cause[0] = '\0';
    return false;
}
