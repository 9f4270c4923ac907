/*
 * JSON, our own reader, because acceptance decides verdicts.
 *
 * json_parse takes the full grammar of RFC 8259 (UTF-8 only, no byte order mark, no duplicate
 * member names, depth and size limited) and gives a tree in an arena: what others write, such as
 * identity tokens and HTTP bodies. Strings are given decoded; a string with an unpaired surrogate
 * escape or U+0000 is refused. Numbers keep their raw text; `integer` is set where the text is a
 * plain integer within +-(2^53-1), no fraction, no exponent, not "-0".
 *
 * The canonical subset (docs/protocol/canonical-json.md) is read through base/fields.h, which
 * accepts a text only if it is byte for byte what it would write.
 */
#ifndef SEALWARD_BASE_JSON_H
#define SEALWARD_BASE_JSON_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

#define JSON_INTEGER_MAX INT64_C(9007199254740991)

struct json {
    enum json_type type;
    bool boolean;       /* JSON_BOOL */
    bool is_integer;    /* JSON_NUMBER */
    int64_t integer;    /* JSON_NUMBER with is_integer */
    struct bytes raw;   /* the value's own text in the source, without white space around it */
    struct bytes text;  /* JSON_STRING: decoded UTF-8 */
    struct bytes name;  /* decoded name, where the value is a member of an object */
    struct json *first; /* JSON_ARRAY, JSON_OBJECT: elements or members in order */
    struct json *next;  /* the next sibling */
    size_t count;       /* JSON_ARRAY, JSON_OBJECT */
};

/* Parses exactly one value with nothing behind it but white space. The tree lives in `a`, texts
 * without escapes are views into `source`. ERR_INPUT tells the byte offset. */
CHECKED bool json_parse(struct json **ret, struct bytes source, struct arena *a, struct err *e);

/* The member of that name; NULL if absent or `object` is no object. */
const struct json *json_member(const struct json *object, const char *name);

/* Canonical writing: the string with its quotes, in the one spelling we write: `"` and `\` with a
 * backslash, control characters below 0x20 as \u00xx with lower-case hex, everything else as it is.
 * The text must be valid UTF-8 (else the buffer's failure is set). */
void json_put_string(struct buf *b, struct bytes text);

/* Canonical writing: the whole value, members in their order, no white space. A number that is not
 * `is_integer` sets the buffer's failure. */
void json_put(struct buf *b, const struct json *value);

/* True if the text is one value, byte for byte as json_put would write it. */
CHECKED bool json_canonical(struct bytes text, struct err *e);

/* Canonical writing: bytes as a JSON string of standard base64 with padding (RFC 4648 section 4).
 */
void json_put_base64(struct buf *b, struct bytes bytes);

#endif
