/*
 * Aims at json_parse, json_put and json_canonical.
 *
 * What is accepted and has only plain integers can be written, what was written is canonical and
 * reads back to the same text, and json_canonical says yes to exactly the texts that are written
 * so. Results are untouched on failure.
 */
#include "base/json.h"
#include "property.h"

static struct json poison;

static bool all_integers(const struct json *value)
{
    for (const struct json *child = value->first; child != NULL; child = child->next)
        if (!all_integers(child))
            return false;
    return value->type != JSON_NUMBER || value->is_integer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) a = ARENA(64u << 20);
    AUTO_VALUE(buf) text = BUF(8 * size + 16);
    struct bytes source = bytes_make(data, size);
    struct json *value = &poison;
    struct err e;

    if (!json_parse(&value, source, &a, &e)) {
        PROPERTY(value == &poison);
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        PROPERTY(!json_canonical(source, &e));
        return 0;
    }
    json_put(&text, value);
    PROPERTY(text.failed == !all_integers(value));
    bool same = !text.failed && bytes_equal(source, buf_bytes(&text));
    PROPERTY(json_canonical(source, &e) == same);
    PROPERTY(text.failed || json_canonical(buf_bytes(&text), &e));
    return 0;
}
