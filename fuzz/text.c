/*
 * Aims at text_is_utf8, text_is_plain, text_make_plain, text_is_name, text_fits, text_read_number,
 * text_read_duration and text_read_time.
 *
 * Numbers and times that are accepted are written again as the same text; names and plain texts are
 * UTF-8; text_fits agrees with a plain table of all prefixes. The input is a text, for text_fits a
 * pattern and a text with a line feed between them.
 */
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "property.h"

enum { SMALL = 64 };

/* The definition itself, for texts of single bytes: does the prefix of each length fit? */
static bool fits_by_table(struct bytes text, struct bytes pattern)
{
    bool fits[SMALL + 1] = {true};
    for (size_t step = 0; step < pattern.size; step++) {
        bool before = fits[0];
        fits[0] = before && pattern.data[step] == '*';
        for (size_t i = 1; i <= text.size; i++) {
            uint8_t c = text.data[i - 1];
            bool one = pattern.data[step] == c || (pattern.data[step] == '?' && c != '/');
            bool fit =
                pattern.data[step] == '*' ? fits[i] || (fits[i - 1] && c != '/') : before && one;
            before = fits[i];
            fits[i] = fit;
        }
    }
    return fits[text.size];
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static void pattern_check(struct bytes input)
{
    const uint8_t *line = input.size > 0 ? memchr(input.data, '\n', input.size) : NULL;
    if (line == NULL)
        return;
    struct bytes pattern = bytes_make(input.data, (size_t)(line - input.data));
    struct bytes text = bytes_make(line + 1, input.size - pattern.size - 1);
    bool fits = text_fits(text, pattern);
    PROPERTY(!fits || pattern.size <= LIMIT_PATTERN_SIZE);
    if (text.size <= SMALL && pattern.size <= LIMIT_PATTERN_SIZE && is_ascii(input))
        PROPERTY(fits == fits_by_table(text, pattern));
}

static void time_check(struct bytes text)
{
    char again[TEXT_TIME_SIZE];
    int64_t ms = -1;
    struct err e;
    if (!text_read_time(&ms, text, &e)) {
        PROPERTY(ms == -1);
        return;
    }
    (void)text_time(again, ms);
    PROPERTY(text.size == TEXT_TIME_SIZE - 1 || text.size == TEXT_TIME_SIZE - 5);
    PROPERTY(memcmp(text.data, again, text.size - 1) == 0);
}

static void number_check(struct bytes text)
{
    AUTO_VALUE(buf) again = BUF(32);
    uint64_t value = 7;
    struct err e;
    if (!text_read_number(&value, text, UINT64_MAX, &e)) {
        PROPERTY(value == 7);
        return;
    }
    buf_printf(&again, "%llu", (unsigned long long)value);
    PROPERTY(bytes_equal(text, buf_bytes(&again)));
}

static void duration_check(struct bytes text)
{
    int64_t ms = -1;
    struct err e;
    if (text_read_duration(&ms, text, &e))
        PROPERTY(ms >= 0 && ms <= LIMIT_DURATION_MS && ms % 1000 == 0);
    else
        PROPERTY(ms == -1);
}

static void plain_check(struct bytes text)
{
    char string[256];
    size_t size = text.size < sizeof string ? text.size : sizeof string - 1;
    if (size > 0)
        memcpy(string, text.data, size);
    string[size] = '\0';
    bool plain = text_is_plain(bytes_text(string));
    struct bytes before = bytes_make(text.data, strlen(string));
    text_make_plain(string);
    PROPERTY(strlen(string) == before.size && text_is_plain(bytes_text(string)));
    PROPERTY(bytes_is(before, string) == plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    PROPERTY(!text_is_plain(text) || text_is_utf8(text));
    PROPERTY(!text_is_name(text) || text_is_plain(text));
    plain_check(text);
    pattern_check(text);
    time_check(text);
    number_check(text);
    duration_check(text);
    return 0;
}
