#include "base/json.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/text.h"

struct parser {
    struct bytes source;
    size_t at;
    size_t depth;
    struct arena *arena;
    struct err *e;
};

static bool fail(const struct parser *p, const char *what)
{
    return err_set(p->e, ERR_INPUT, "JSON: %s at byte %zu", what, p->at);
}

static bool fail_memory(const struct parser *p)
{
    return err_set(p->e, ERR_LIMIT, "JSON: the value needs more memory than its limit of %zu bytes",
                   p->arena->max);
}

/* The next byte; 0 at the end, which no rule of the grammar takes. */
static uint8_t peek(const struct parser *p)
{
    return p->at < p->source.size ? p->source.data[p->at] : 0;
}

static bool eat(struct parser *p, char c)
{
    if (p->at >= p->source.size || p->source.data[p->at] != (uint8_t)c)
        return false;
    p->at++;
    return true;
}

static void skip_space(struct parser *p)
{
    while (eat(p, ' ') || eat(p, '\n') || eat(p, '\r') || eat(p, '\t'))
        ;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static struct bytes slice(const struct parser *p, size_t start)
{
    return bytes_make(p->source.data + start, p->at - start);
}

/* --- strings --- */

/* Four hex digits of either case; -1 if they are not there. */
static int32_t hex4(struct parser *p)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        uint8_t c = peek(p);
        uint8_t lower = (uint8_t)(c | 0x20);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* Behind "\u": one code point, of two escapes where they are a surrogate pair. */
static bool unicode_unescape(struct parser *p, uint32_t *ret)
{
    int32_t high = hex4(p);
    if (high < 0)
        return fail(p, "\\u without four hex digits");
    if (high == 0)
        return fail(p, "the character U+0000, which no text may hold,");
    if (high < 0xd800 || high > 0xdfff) {
        *ret = (uint32_t)high;
        return true;
    }
    int32_t low = high < 0xdc00 && eat(p, '\\') && eat(p, 'u') ? hex4(p) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return fail(p, "half of a surrogate pair");
    *ret = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return true;
}

/* Returns the number of bytes written: 1 to 4, never more than the escape took. */
static size_t utf8_write(uint8_t *place, uint32_t c)
{
    if (c < 0x80) {
        place[0] = (uint8_t)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    place[0] = (uint8_t)(lead[more] | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        place[i] = (uint8_t)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* Behind the backslash. */
static bool escape_decode(struct parser *p, uint32_t *ret)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (eat(p, 'u'))
        return unicode_unescape(p, ret);
    for (size_t i = 0; letters[i] != '\0'; i++)
        if (eat(p, letters[i])) {
            *ret = (uint32_t)values[i];
            return true;
        }
    return fail(p, "an unknown escape");
}

/* Decodes the string whose first character stands at `start` and whose closing quote at `end`. */
static bool string_unescape(struct parser *p, size_t start, size_t end, struct bytes *ret)
{
    uint8_t *place = arena_alloc(p->arena, end - start);
    size_t size = 0;
    if (place == NULL)
        return fail_memory(p);
    p->at = start;
    while (p->at < end) {
        uint32_t c = 0;
        if (!eat(p, '\\')) {
            place[size++] = p->source.data[p->at++];
            continue;
        }
        if (!escape_decode(p, &c))
            return false;
        size += utf8_write(place + size, c);
    }
    *ret = bytes_make(place, size);
    return true;
}

static bool string_parse(struct parser *p, struct bytes *ret)
{
    bool escaped = false;
    if (!eat(p, '"'))
        return fail(p, "a string with its quotes is expected");
    size_t start = p->at;
    for (; peek(p) != '"'; p->at++) {
        if (p->at >= p->source.size)
            return fail(p, "a string does not end");
        if (peek(p) < 0x20)
            return fail(p, "a control character stands in a string");
        if (peek(p) == '\\') {
            escaped = true;
            p->at++;
        }
    }
    size_t end = p->at;
    if (!text_is_utf8(slice(p, start)))
        return fail(p, "invalid UTF-8 in the string that ends");
    if (escaped && !string_unescape(p, start, end, ret))
        return false;
    if (!escaped)
        *ret = slice(p, start);
    p->at = end + 1;
    return true;
}

/* --- numbers and words --- */

static bool digits_skip(struct parser *p)
{
    size_t start = p->at;
    while (is_digit(peek(p)))
        p->at++;
    return p->at > start;
}

static void integer_set(struct json *value, struct bytes text)
{
    bool negative = text.data[0] == '-';
    int64_t n = 0;
    for (size_t i = negative ? 1 : 0; i < text.size; i++) {
        n = n * 10 + (text.data[i] - '0');
        if (n > JSON_INTEGER_MAX)
            return;
    }
    if (negative && n == 0)
        return;
    value->is_integer = true;
    value->integer = negative ? -n : n;
}

static bool number_parse(struct parser *p, struct json *value)
{
    size_t start = p->at;
    bool plain = true;
    (void)eat(p, '-');
    if (!eat(p, '0') && !digits_skip(p))
        return fail(p, "a value is expected");
    if (eat(p, '.')) {
        plain = false;
        if (!digits_skip(p))
            return fail(p, "a digit is expected behind the decimal point");
    }
    if (eat(p, 'e') || eat(p, 'E')) {
        plain = false;
        if (!eat(p, '+'))
            (void)eat(p, '-');
        if (!digits_skip(p))
            return fail(p, "a digit is expected in the exponent");
    }
    value->type = JSON_NUMBER;
    if (plain)
        integer_set(value, slice(p, start));
    return true;
}

static bool word_parse(struct parser *p, struct json *value)
{
    static const struct {
        const char *text;
        enum json_type type;
        bool boolean;
    } words[] = {
        {"true", JSON_BOOL, true}, {"false", JSON_BOOL, false}, {"null", JSON_NULL, false}};
    struct bytes rest = bytes_make(p->source.data + p->at, p->source.size - p->at);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct bytes word = bytes_text(words[i].text);
        if (rest.size < word.size || memcmp(rest.data, word.data, word.size) != 0)
            continue;
        p->at += word.size;
        value->type = words[i].type;
        value->boolean = words[i].boolean;
        return true;
    }
    return fail(p, "a value is expected");
}

/* --- arrays and objects --- */

static bool value_parse(struct parser *p, struct json *value);

static struct json *child_add(struct parser *p, struct json *parent, struct json **last)
{
    struct json *child = arena_alloc(p->arena, sizeof *child);
    if (child == NULL)
        return NULL;
    if (*last == NULL)
        parent->first = child;
    else
        (*last)->next = child;
    parent->count++;
    *last = child;
    return child;
}

static bool array_parse(struct parser *p, struct json *array)
{
    struct json *last = NULL;
    array->type = JSON_ARRAY;
    skip_space(p);
    if (eat(p, ']'))
        return true;
    do {
        struct json *item = child_add(p, array, &last);
        if (item == NULL)
            return fail_memory(p);
        skip_space(p);
        if (!value_parse(p, item))
            return false;
        skip_space(p);
    } while (eat(p, ','));
    return eat(p, ']') || fail(p, "a comma or ] is expected");
}

static int names_compare(const void *a, const void *b)
{
    const struct json *const *left = a;
    const struct json *const *right = b;
    return bytes_compare((*left)->name, (*right)->name);
}

/* Sorts a copy: comparing each name with each other would give a hostile text quadratic work. */
static bool names_unique(const struct parser *p, const struct json *object)
{
    const struct json *members[LIMIT_JSON_MEMBERS];
    size_t count = 0;
    for (const struct json *m = object->first; m != NULL; m = m->next)
        members[count++] = m;
    qsort(members, count, sizeof(const struct json *), names_compare);
    for (size_t i = 1; i < count; i++)
        if (names_compare(&members[i - 1], &members[i]) == 0)
            return err_set(p->e, ERR_INPUT,
                           "JSON: member \"%.*s\" is doubled in the object that ends at byte %zu",
                           BYTES_PRINT(members[i]->name), p->at);
    return true;
}

static bool member_parse(struct parser *p, struct json *member)
{
    skip_space(p);
    if (!string_parse(p, &member->name))
        return false;
    skip_space(p);
    if (!eat(p, ':'))
        return fail(p, "a colon is expected");
    skip_space(p);
    return value_parse(p, member);
}

static bool object_parse(struct parser *p, struct json *object)
{
    struct json *last = NULL;
    object->type = JSON_OBJECT;
    skip_space(p);
    if (eat(p, '}'))
        return true;
    do {
        if (object->count == LIMIT_JSON_MEMBERS)
            return err_set(p->e, ERR_LIMIT, "JSON: an object has more than %d members at byte %zu",
                           LIMIT_JSON_MEMBERS, p->at);
        struct json *member = child_add(p, object, &last);
        if (member == NULL)
            return fail_memory(p);
        if (!member_parse(p, member))
            return false;
        skip_space(p);
    } while (eat(p, ','));
    if (!eat(p, '}'))
        return fail(p, "a comma or } is expected");
    return names_unique(p, object);
}

static bool nested_parse(struct parser *p, struct json *value)
{
    if (p->depth == LIMIT_JSON_DEPTH)
        return err_set(p->e, ERR_LIMIT, "JSON: values are nested more than %d deep at byte %zu",
                       LIMIT_JSON_DEPTH, p->at);
    p->depth++;
    bool is_object = peek(p) == '{';
    p->at++;
    bool ok = is_object ? object_parse(p, value) : array_parse(p, value);
    p->depth--;
    return ok;
}

static bool value_dispatch(struct parser *p, struct json *value)
{
    switch (peek(p)) {
    case '{':
    case '[':
        return nested_parse(p, value);
    case '"':
        value->type = JSON_STRING;
        return string_parse(p, &value->text);
    case 't':
    case 'f':
    case 'n':
        return word_parse(p, value);
    default:
        return number_parse(p, value);
    }
}

static bool value_parse(struct parser *p, struct json *value)
{
    size_t start = p->at;
    if (!value_dispatch(p, value))
        return false;
    value->raw = slice(p, start);
    return true;
}

bool json_parse(struct json **ret, struct bytes source, struct arena *a, struct err *e)
{
    struct parser p = {.source = source, .at = 0, .depth = 0, .arena = a, .e = e};
    if (source.size > LIMIT_JSON_SIZE)
        return err_set(e, ERR_LIMIT, "JSON: the text has %zu bytes, more than the limit of %u",
                       source.size, LIMIT_JSON_SIZE);
    struct json *root = arena_alloc(a, sizeof *root);
    if (root == NULL)
        return fail_memory(&p);
    skip_space(&p);
    if (p.at == source.size)
        return fail(&p, "the text is empty");
    if (!value_parse(&p, root))
        return false;
    skip_space(&p);
    if (p.at < source.size)
        return fail(&p, "something stands behind the value");
    *ret = root;
    return true;
}

const struct json *json_member(const struct json *object, const char *name)
{
    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *m = object->first; m != NULL; m = m->next)
        if (bytes_is(m->name, name))
            return m;
    return NULL;
}

/* --- writing --- */

/* Whether each byte stands for itself. */
static bool is_literal(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            return false;
    }
    return true;
}

static void put_quoted(struct buf *b, struct bytes text)
{
    uint8_t *place = buf_grow(b, text.size + 2);
    if (place == NULL)
        return;
    place[0] = '"';
    if (text.size > 0)
        memcpy(place + 1, text.data, text.size);
    place[text.size + 1] = '"';
}

void json_put_string(struct buf *b, struct bytes text)
{
    size_t done = 0;
    if (is_literal(text)) {
        put_quoted(b, text);
        return;
    }
    /* NUL is valid UTF-8, but we refuse to read it, so we must not write it. */
    if (!text_is_utf8(text) || (text.size > 0 && memchr(text.data, 0, text.size) != NULL)) {
        b->failed = true;
        return;
    }
    buf_put_u8(b, '"');
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(b, bytes_make(text.data + done, i - done));
        if (c < 0x20)
            buf_printf(b, "\\u%04x", c);
        if (c >= 0x20)
            buf_printf(b, "\\%c", c);
        done = i + 1;
    }
    if (done < text.size)
        buf_put(b, bytes_make(text.data + done, text.size - done));
    buf_put_u8(b, '"');
}

void json_put_base64(struct buf *b, struct bytes bytes)
{
    buf_put_u8(b, '"');
    base64_put(b, bytes);
    buf_put_u8(b, '"');
}

static void json_put_children(struct buf *b, const struct json *parent)
{
    bool named = parent->type == JSON_OBJECT;
    buf_put_u8(b, named ? '{' : '[');
    for (const struct json *child = parent->first; child != NULL; child = child->next) {
        if (child != parent->first)
            buf_put_u8(b, ',');
        if (named) {
            json_put_string(b, child->name);
            buf_put_u8(b, ':');
        }
        json_put(b, child);
    }
    buf_put_u8(b, named ? '}' : ']');
}

/* Recursion is as deep as the tree, which json_parse has limited. */
void json_put(struct buf *b, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL:
        buf_put_text(b, "null");
        return;
    case JSON_BOOL:
        buf_put_text(b, value->boolean ? "true" : "false");
        return;
    case JSON_NUMBER:
        if (!value->is_integer)
            b->failed = true;
        buf_printf(b, "%lld", (long long)value->integer);
        return;
    case JSON_STRING:
        json_put_string(b, value->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        json_put_children(b, value);
        return;
    }
}

bool json_canonical(struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) a = ARENA(LIMIT_JSON_TREE);
    AUTO_VALUE(buf) again = BUF(text.size);
    struct json *value = NULL;
    if (!json_parse(&value, text, &a, e))
        return false;
    json_put(&again, value);
    if (again.failed || !bytes_equal(text, buf_bytes(&again)))
        return err_set(e, ERR_INPUT, "the JSON text is not in its canonical spelling");
    return true;
}
