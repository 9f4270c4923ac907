#include "cli/display.h"

#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/leaf.h"
#include "rules/rules.h"

#include <inttypes.h>

enum { DESCRIPTION_MAX = 65536, HASH_DIGITS = 64, SECONDS_SHOWN = 19 };

static void put_blanks(struct buf *b, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_put_text(b, "  ");
}

/* Nesting is bounded by LIMIT_JSON_DEPTH. */
static void put_value(struct buf *b, const struct json *value, unsigned depth,
                      const struct names *names)
{
    bool object = value->type == JSON_OBJECT;
    if (!object && value->type != JSON_ARRAY) {
        names_put_text(b, value->raw, names);
        return;
    }
    buf_put_text(b, object ? "{" : "[");
    for (const struct json *at = value->first; at != NULL; at = at->next) {
        buf_put_text(b, at == value->first ? "\n" : ",\n");
        put_blanks(b, depth + 1);
        if (object) {
            json_put_string(b, at->name);
            buf_put_text(b, ": ");
        }
        put_value(b, at, depth + 1, names);
    }
    if (value->first != NULL) {
        buf_put_text(b, "\n");
        put_blanks(b, depth);
    }
    buf_put_text(b, object ? "}" : "]");
}

bool display_indented(struct buf *b, struct bytes json, const struct names *names, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct json *value;
    if (!json_parse(&value, json, &arena, e))
        return false;
    put_value(b, value, 0, names);
    buf_put_text(b, "\n");
    return buf_ok(b, "what is shown", e);
}

static bool put_description(struct buf *b, const struct entry *entry, const struct names *names,
                            struct err *e)
{
    AUTO_VALUE(buf) text = BUF(DESCRIPTION_MAX);
    if (!rules_describe(&text, entry, e) || !buf_ok(&text, "a description", e))
        return false;
    names_put_text(b, buf_bytes(&text), names);
    return true;
}

bool display_line(struct buf *b, const struct entry *entry, const struct names *names,
                  struct err *e)
{
    char time[TEXT_TIME_SIZE];
    char hex[65];
    buf_printf(b, "%" PRId64 "  %s  %.*s  %.*s  ", entry->index, text_time(time, entry->time),
               LEAF_SHORT, hex_string(hex, BYTES_OF(entry->leaf)), BYTES_PRINT(entry->type));
    if (!put_description(b, entry, names, e))
        return false;
    buf_put_text(b, "\n");
    return buf_ok(b, "what is shown", e);
}

/* How many hex digits stand there in a row. */
static size_t hex_run(struct bytes text, size_t at)
{
    size_t end = at;
    while (end < text.size && strchr("0123456789abcdef", text.data[end]) != NULL)
        end++;
    return end - at;
}

/* Whole hashes are cut: who wants them looks at the entry. */
static void put_brief(struct buf *b, struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        size_t digits = hex_run(text, at);
        if (digits == 0) {
            buf_put_u8(b, text.data[at++]);
            continue;
        }
        buf_put(b, bytes_make(text.data + at, digits == HASH_DIGITS ? LEAF_SHORT : digits));
        at += digits;
    }
}

bool display_brief(struct buf *b, const struct entry *entry, const struct names *names,
                   struct err *e)
{
    AUTO_VALUE(buf) text = BUF(DESCRIPTION_MAX);
    AUTO_VALUE(buf) called = BUF(DESCRIPTION_MAX);
    char time[TEXT_TIME_SIZE];
    if (!rules_describe(&text, entry, e) || !buf_ok(&text, "a description", e))
        return false;
    names_put_called(&called, buf_bytes(&text), names);
    if (!buf_ok(&called, "a description", e))
        return false;
    buf_printf(b, "%6" PRId64 "  %.*s  %-11.*s  ", entry->index, SECONDS_SHOWN,
               text_time(time, entry->time), BYTES_PRINT(entry->type));
    put_brief(b, buf_bytes(&called));
    buf_put_text(b, "\n");
    return buf_ok(b, "what is shown", e);
}

bool display_entry(struct buf *b, const struct entry *entry, const struct names *names,
                   struct err *e)
{
    char time[TEXT_TIME_SIZE];
    char hex[65];
    buf_printf(b, "entry  %" PRId64 "\ntime   %s\ntype   %.*s\nleaf   %s\n\n", entry->index,
               text_time(time, entry->time), BYTES_PRINT(entry->type),
               hex_string(hex, BYTES_OF(entry->leaf)));
    if (!put_description(b, entry, names, e))
        return false;
    buf_put_text(b, "\n\n");
    return display_indented(b, entry->body, names, e);
}

bool display_json(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(DESCRIPTION_MAX);
    char hex[65];
    if (!rules_describe(&text, entry, e) || !buf_ok(&text, "a description", e))
        return false;
    buf_printf(b, "{\"index\":%" PRId64 ",\"time\":%" PRId64 ",\"type\":", entry->index,
               entry->time);
    json_put_string(b, entry->type);
    buf_printf(b, ",\"leaf\":\"%s\",\"description\":", hex_string(hex, BYTES_OF(entry->leaf)));
    json_put_string(b, buf_bytes(&text));
    buf_put_text(b, ",\"body\":");
    buf_put(b, entry->body);
    buf_put_text(b, "}");
    return buf_ok(b, "what is shown", e);
}
