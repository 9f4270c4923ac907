#include "cli/moment.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/arguments.h"

enum { DAY_TEXT = 10, TEXT_ROOM = 40, MS_DIGITS_MIN = 11 };

static bool time_read(int64_t *ret, const char *text)
{
    struct err ignored;
    char whole[TEXT_ROOM];
    uint64_t ms;
    if (strlen(text) >= MS_DIGITS_MIN &&
        text_read_number(&ms, bytes_text(text), LIMIT_TIME_MS, &ignored)) {
        *ret = (int64_t)ms;
        return true;
    }
    if (strlen(text) != DAY_TEXT)
        return text_read_time(ret, bytes_text(text), &ignored);
    (void)snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    return text_read_time(ret, bytes_text(whole), &ignored);
}

static bool moment_make(int64_t *ret, const char *option, const char *text, int64_t now, int sign,
                        struct err *e)
{
    struct err ignored;
    int64_t ms = 0;
    if (strcmp(text, "now") == 0)
        *ret = now;
    else if (strcmp(text, "always") == 0)
        *ret = 0;
    else if (text_read_duration(&ms, bytes_text(text), &ignored))
        *ret = now + sign * ms;
    else if (!time_read(ret, text)) {
        (void)arguments_refuse(e, "%s %s: not a time", option, text);
        return err_hint(e, "2026-03-01T12:00:00Z, 2026-03-01, now, or a duration such as 36h");
    }
    return true;
}

bool moment_take(int64_t *ret, const char *option, const char *text, int64_t now, struct err *e)
{
    return moment_make(ret, option, text, now, -1, e);
}

bool moment_take_ahead(int64_t *ret, const char *option, const char *text, int64_t now,
                       struct err *e)
{
    return moment_make(ret, option, text, now, 1, e);
}

bool moment_duration(int64_t *ret, const char *option, const char *text, struct err *e)
{
    struct err ignored;
    if (text_read_duration(ret, bytes_text(text), &ignored))
        return true;
    (void)arguments_refuse(e, "%s %s: not a duration", option, text);
    return err_hint(e, "a number and s, m, h or d, such as 30s, 10m, 24h or 90d");
}
