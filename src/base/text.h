/*
 * Questions and readings of short texts: UTF-8, names, patterns, numbers, durations, times.
 *
 * All functions are pure: no locale, no time zone, no clock. Readers take one spelling of each
 * value, read the text to its end, and leave their result untouched on failure (ERR_INPUT, with the
 * text quoted).
 */
#ifndef SEALWARD_BASE_TEXT_H
#define SEALWARD_BASE_TEXT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* The shortest form only, no surrogates, nothing over U+10FFFF (RFC 3629). */
bool text_is_utf8(struct bytes text);

/* UTF-8 in which nothing steers a terminal or turns the direction of reading: no C0 and C1 control
 * characters, no DEL, no line and paragraph separators (U+2028, U+2029), no bidirectional
 * embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069). So what a person is
 * shown stands in the order of its bytes. */
bool text_is_plain(struct bytes text);

/* Makes a string plain in place, at its length: what is not UTF-8 becomes `?`, what steers a blank.
 */
void text_make_plain(char *text);

/* Appends it, made plain. */
void text_put_plain(struct buf *b, const char *text);

/* A name that is safe as file name, in URLs and on command lines: [a-z0-9][a-z0-9.-]{0,62}. */
bool text_is_name(struct bytes text);

/* True if the whole text fits the pattern: `*` stands for any run of characters but `/`, also none,
 * `?` for one character but `/`, everything else for itself. Both must be valid UTF-8. Takes at
 * most pattern.size * text.size steps; a pattern over LIMIT_PATTERN_SIZE bytes fits nothing. */
bool text_fits(struct bytes text, struct bytes pattern);

/* Decimal digits without sign and without leading zeros, at most `max`. */
CHECKED bool text_read_number(uint64_t *ret, struct bytes text, uint64_t max, struct err *e);

/* A number and its unit: s, m, h or d ("30s", "90d"); at most LIMIT_DURATION_MS. */
CHECKED bool text_read_duration(int64_t *ret_ms, struct bytes text, struct err *e);

/* A moment of the UTC calendar, years 1970 to 9999, no leap seconds. */
struct moment {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;      /* 0 to 59 */
    int millisecond; /* 0 to 999 */
};

/* 9999-12-31T23:59:59.999Z, the last moment that can be written. */
#define TEXT_TIME_MAX_MS INT64_C(253402300799999)

/* Milliseconds since 1970 from the calendar; false if there is no such moment. */
CHECKED bool text_moment_join(int64_t *ret_ms, const struct moment *moment);

/* The calendar from milliseconds since 1970; false outside 0 to TEXT_TIME_MAX_MS. */
CHECKED bool text_moment_split(struct moment *ret, int64_t ms);

/* "2025-01-31T23:59:59.000Z" (RFC 3339), written to `ret`, which is returned. A value outside 0 to
 * TEXT_TIME_MAX_MS gives "no-time". */
enum { TEXT_TIME_SIZE = 25 };
const char *text_time(char ret[static TEXT_TIME_SIZE], int64_t ms);

/* Reads what text_time writes; the milliseconds may be left out with their dot. UTC only, `T` and
 * `Z` in upper case. */
CHECKED bool text_read_time(int64_t *ret_ms, struct bytes text, struct err *e);

#endif
