#include "base/text.h"

#include "base/limits.h"

/* --- UTF-8 --- */

/* Length of the character at the front and its code point; 0 if there is no valid one. */
static size_t character(struct bytes text, uint32_t *ret)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text.data[0];
    size_t size = lead < 0x80       ? 1
                  : lead >> 5 == 6  ? 2
                  : lead >> 4 == 14 ? 3
                  : lead >> 3 == 30 ? 4
                                    : 0;
    if (size == 0 || size > text.size)
        return 0;
    uint32_t c = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text.data[i] & 0x3fu);
    }
    if (c < smallest[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return size;
}

static bool is_steering(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static bool characters_check(struct bytes text, bool plain)
{
    for (size_t i = 0; i < text.size;) {
        uint32_t c = 0;
        /* Nearly all there is. */
        if (text.data[i] >= 0x20 && text.data[i] < 0x7f) {
            i++;
            continue;
        }
        size_t size = character(bytes_make(text.data + i, text.size - i), &c);
        if (size == 0 || (plain && is_steering(c)))
            return false;
        i += size;
    }
    return true;
}

bool text_is_utf8(struct bytes text)
{
    return characters_check(text, false);
}

bool text_is_plain(struct bytes text)
{
    return characters_check(text, true);
}

void text_make_plain(char *text)
{
    struct bytes rest = bytes_text(text);
    while (rest.size > 0) {
        uint32_t c = 0;
        size_t size = character(rest, &c);
        if (size == 0)
            *text = '?';
        else if (is_steering(c))
            memset(text, ' ', size);
        size_t step = size == 0 ? 1 : size;
        text += step;
        rest = bytes_make(rest.data + step, rest.size - step);
    }
}

void text_put_plain(struct buf *b, const char *text)
{
    size_t begin = b->size;
    buf_put_text(b, text);
    if (buf_string(b)[0] != '\0')
        text_make_plain((char *)b->data + begin);
}

/* --- names and patterns --- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool text_is_name(struct bytes text)
{
    if (text.size == 0 || text.size > 63)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool mark = i > 0 && (c == '.' || c == '-');
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !mark)
            return false;
    }
    return true;
}

/* Bytes that a single step of the pattern takes from the text; 0 if it does not fit. */
static size_t step_size(struct bytes text, size_t at, uint8_t pattern)
{
    if (at >= text.size)
        return 0;
    if (pattern != '?')
        return text.data[at] == pattern ? 1 : 0;
    if (text.data[at] == '/')
        return 0;
    size_t size = 1;
    while (at + size < text.size && (text.data[at + size] & 0xc0) == 0x80)
        size++;
    return size;
}

/*
 * Only the last star is ever extended. Giving an earlier one more could not help: what stands
 * between two stars was found at its first place, and a later place leaves less for the rest.
 */
bool text_fits(struct bytes text, struct bytes pattern)
{
    size_t at = 0;
    size_t step = 0;
    size_t star = SIZE_MAX; /* the step behind the last star */
    size_t taken = 0;       /* where the text behind that star starts */
    if (pattern.size > LIMIT_PATTERN_SIZE)
        return false;
    while (at < text.size || step < pattern.size) {
        if (step < pattern.size && pattern.data[step] == '*') {
            star = ++step;
            taken = at;
            continue;
        }
        size_t size = step < pattern.size ? step_size(text, at, pattern.data[step]) : 0;
        if (size > 0) {
            at += size;
            step++;
            continue;
        }
        if (star == SIZE_MAX || taken >= text.size || text.data[taken] == '/')
            return false;
        at = ++taken;
        step = star;
    }
    return true;
}

/* --- numbers and durations --- */

static bool fail(struct err *e, const char *what, struct bytes text)
{
    return err_set(e, ERR_INPUT, "\"%.*s\" is not %s", BYTES_PRINT(text), what);
}

/* Digits without leading zeros and not over `max`. */
static bool digits_value(uint64_t *ret, struct bytes text, uint64_t max)
{
    uint64_t value = 0;
    if (text.size == 0 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint64_t digit = (uint64_t)text.data[i] - '0';
        if (!is_digit(text.data[i]) || digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool text_read_number(uint64_t *ret, struct bytes text, uint64_t max, struct err *e)
{
    uint64_t value = 0;
    if (!digits_value(&value, text, max)) {
        (void)fail(e, "a number in its range", text);
        return err_hint(e, "decimal digits without leading zeros, 0 to %llu",
                        (unsigned long long)max);
    }
    *ret = value;
    return true;
}

static uint64_t unit_ms(uint8_t unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60 * 1000;
    case 'h':
        return 60 * 60 * 1000;
    case 'd':
        return 24 * 60 * 60 * 1000;
    default:
        return 0;
    }
}

bool text_read_duration(int64_t *ret_ms, struct bytes text, struct err *e)
{
    uint64_t count = 0;
    uint64_t unit = text.size > 0 ? unit_ms(text.data[text.size - 1]) : 0;
    if (unit == 0 || !digits_value(&count, bytes_make(text.data, text.size - 1),
                                   (uint64_t)LIMIT_DURATION_MS / unit)) {
        (void)fail(e, "a duration", text);
        return err_hint(e,
                        "a number and s, m, h or d, such as 30s, 10m, 24h or 90d, up to 100 years");
    }
    *ret_ms = (int64_t)(count * unit);
    return true;
}

/* --- times --- */

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01 to the first of January of that year. */
static int64_t year_start(int year)
{
    int64_t before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

bool text_moment_join(int64_t *ret_ms, const struct moment *moment)
{
    const struct moment *m = moment;
    if (m->year < 1970 || m->year > 9999 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > month_days(m->year, m->month))
        return false;
    if (m->hour < 0 || m->hour > 23 || m->minute < 0 || m->minute > 59 || m->second < 0 ||
        m->second > 59 || m->millisecond < 0 || m->millisecond > 999)
        return false;
    int64_t days = year_start(m->year) + m->day - 1;
    for (int month = 1; month < m->month; month++)
        days += month_days(m->year, month);
    int64_t seconds = (m->hour * 60 + m->minute) * 60 + m->second;
    *ret_ms = days * DAY_MS + seconds * 1000 + m->millisecond;
    return true;
}

bool text_moment_split(struct moment *ret, int64_t ms)
{
    if (ms < 0 || ms > TEXT_TIME_MAX_MS)
        return false;
    int64_t days = ms / DAY_MS;
    int in_day = (int)(ms % DAY_MS);
    /* A year has at most 366 days, so this guess is at most a few years early. */
    int year = 1970 + (int)(days / 366);
    while (year_start(year + 1) <= days)
        year++;
    int left = (int)(days - year_start(year));
    int month = 1;
    while (left >= month_days(year, month))
        left -= month_days(year, month++);
    *ret = (struct moment){
        .year = year,
        .month = month,
        .day = left + 1,
        .hour = in_day / (60 * 60 * 1000),
        .minute = in_day / (60 * 1000) % 60,
        .second = in_day / 1000 % 60,
        .millisecond = in_day % 1000,
    };
    return true;
}

static void number_write(char *place, size_t digits, int value)
{
    for (size_t i = digits; i > 0; i--, value /= 10)
        place[i - 1] = (char)('0' + value % 10);
}

const char *text_time(char ret[static TEXT_TIME_SIZE], int64_t ms)
{
    struct moment m;
    if (!text_moment_split(&m, ms)) {
        memcpy(ret, "no-time", sizeof "no-time");
        return ret;
    }
    memcpy(ret, "0000-00-00T00:00:00.000Z", TEXT_TIME_SIZE);
    number_write(ret, 4, m.year);
    number_write(ret + 5, 2, m.month);
    number_write(ret + 8, 2, m.day);
    number_write(ret + 11, 2, m.hour);
    number_write(ret + 14, 2, m.minute);
    number_write(ret + 17, 2, m.second);
    number_write(ret + 20, 3, m.millisecond);
    return ret;
}

/* The digits of a text that was checked against the shape. */
static int number_at(struct bytes text, size_t at, size_t digits)
{
    int value = 0;
    for (size_t i = at; i < at + digits; i++)
        value = value * 10 + (text.data[i] - '0');
    return value;
}

/* `0` in the shape stands for any digit. */
static bool shape_fits(struct bytes text, const char *shape)
{
    if (text.size != strlen(shape))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (shape[i] == '0' ? !is_digit(text.data[i]) : text.data[i] != (uint8_t)shape[i])
            return false;
    return true;
}

bool text_read_time(int64_t *ret_ms, struct bytes text, struct err *e)
{
    bool with_ms = shape_fits(text, "0000-00-00T00:00:00.000Z");
    if (with_ms || shape_fits(text, "0000-00-00T00:00:00Z")) {
        struct moment m = {
            .year = number_at(text, 0, 4),
            .month = number_at(text, 5, 2),
            .day = number_at(text, 8, 2),
            .hour = number_at(text, 11, 2),
            .minute = number_at(text, 14, 2),
            .second = number_at(text, 17, 2),
            .millisecond = with_ms ? number_at(text, 20, 3) : 0,
        };
        if (text_moment_join(ret_ms, &m))
            return true;
    }
    (void)fail(e, "a time", text);
    return err_hint(e, "UTC as in 2025-01-31T23:59:59Z or 2025-01-31T23:59:59.000Z");
}
