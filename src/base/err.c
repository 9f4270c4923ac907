#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

__attribute__((format(printf, 3, 0))) static void text_set(char *text, size_t size,
                                                           const char *format, va_list args)
{
    int n = vsnprintf(text, size, format, args);
    if (n < 0)
        text[0] = '\0';
    /* What came in from outside must not be able to forge a second line, and a message must fit
     * into any JSON text, also where it was cut in the middle of a character. */
    text_make_plain(text);
}

static void err_clear(struct err *e, enum err_code code)
{
    e->code = code;
    e->rule[0] = e->message[0] = e->hint[0] = e->cause[0] = '\0';
}

bool(err_set)(struct err *e, enum err_code code, const char *format, ...)
{
    va_list args;
    err_clear(e, code);
    va_start(args, format);
    text_set(e->message, sizeof e->message, format, args);
    va_end(args);
    return false;
}

bool(err_errno)(struct err *e, const char *format, ...)
{
    int saved = errno;
    va_list args;
    err_clear(e, ERR_IO);
    va_start(args, format);
    text_set(e->message, sizeof e->message, format, args);
    va_end(args);
    (void)snprintf(e->cause, sizeof e->cause, "%s", strerror(saved));
    return false;
}

bool(err_refuse)(struct err *e, const char *rule, const char *format, ...)
{
    va_list args;
    err_clear(e, ERR_REFUSED);
    (void)snprintf(e->rule, sizeof e->rule, "%s", rule);
    va_start(args, format);
    text_set(e->message, sizeof e->message, format, args);
    va_end(args);
    return false;
}

bool(err_hint)(struct err *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_set(e->hint, sizeof e->hint, format, args);
    va_end(args);
    return false;
}

bool(err_wrap)(struct err *e, const char *format, ...)
{
    char context[sizeof e->message];
    va_list args;
    va_start(args, format);
    text_set(context, sizeof context, format, args);
    va_end(args);

    size_t used = strnlen(context, sizeof context);
    size_t room = sizeof e->message - 1 - used;
    size_t old = strnlen(e->message, sizeof e->message);
    if (room < 3)
        return false;
    size_t keep = old < room - 2 ? old : room - 2;
    memmove(e->message + used + 2, e->message, keep);
    memcpy(e->message, context, used);
    memcpy(e->message + used, ": ", 2);
    e->message[used + 2 + keep] = '\0';
    text_make_plain(e->message);
    return false;
}

bool(err_because)(struct err *e, const char *format, ...)
{
    size_t keep = strnlen(e->message, sizeof e->cause - 1);
    memcpy(e->cause, e->message, keep);
    e->cause[keep] = '\0';
    text_make_plain(e->cause);
    va_list args;
    va_start(args, format);
    text_set(e->message, sizeof e->message, format, args);
    va_end(args);
    return false;
}

static const char *const names[] = {
    [ERR_NONE] = "none",     [ERR_INPUT] = "input",         [ERR_REFUSED] = "refused",
    [ERR_AUTH] = "auth",     [ERR_NOT_FOUND] = "not-found", [ERR_CONFLICT] = "conflict",
    [ERR_LIMIT] = "limit",   [ERR_STATE] = "state",         [ERR_BUSY] = "busy",
    [ERR_IO] = "io",         [ERR_TOKEN] = "token",         [ERR_DAMAGED] = "damaged",
    [ERR_MEMORY] = "memory", [ERR_INTERNAL] = "internal",
};

const char *err_code_name(enum err_code code)
{
    size_t i = (size_t)code;
    return i < sizeof names / sizeof names[0] ? names[i] : "internal";
}

enum err_code err_code_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return (enum err_code)i;
    return ERR_INTERNAL;
}
