#include "http/target.h"

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 3986's unreserved characters. */
static bool is_plain(struct bytes word)
{
    for (size_t i = 0; i < word.size; i++) {
        uint8_t c = word.data[i];
        if (!is_letter_or_digit(c) && c != '.' && c != '_' && c != '~' && c != '-')
            return false;
    }
    return word.size > 0;
}

/* Cuts the part before the first such character off; what follows it stays in *rest. */
static struct bytes cut(struct bytes *rest, char at, bool *ret_found)
{
    const uint8_t *found = rest->size == 0 ? NULL : memchr(rest->data, at, rest->size);
    size_t size = found == NULL ? rest->size : (size_t)(found - rest->data);
    struct bytes part = bytes_make(rest->data, size);
    *ret_found = found != NULL;
    *rest = found == NULL ? BYTES_NONE : bytes_make(found + 1, rest->size - size - 1);
    return part;
}

static bool path_read(struct target *t, struct bytes path, struct err *e)
{
    bool more = true;
    struct bytes rest = path;
    t->path = path;
    if (path.size == 0 || path.data[0] != '/')
        return err_set(e, ERR_INPUT, "the request's target is no absolute path");
    rest.data++;
    rest.size--;
    while (more) {
        struct bytes segment = cut(&rest, '/', &more);
        if (!is_plain(segment) || segment.data[0] == '.')
            return err_set(e, ERR_INPUT,
                           "segment %zu of the path is empty, begins with a dot or "
                           "has a character that no path here has",
                           t->count + 1);
        if (t->count == TARGET_SEGMENTS_MAX)
            return err_set(e, ERR_INPUT, "the path has more than %d segments", TARGET_SEGMENTS_MAX);
        t->segments[t->count++] = segment;
    }
    return true;
}

static bool parameter_add(struct target *t, struct bytes pair, struct err *e)
{
    bool has_value = false;
    struct parameter p;
    p.value = pair;
    p.name = cut(&p.value, '=', &has_value);
    if (!has_value || !is_plain(p.name) || !is_plain(p.value))
        return err_set(e, ERR_INPUT,
                       "the query is not made of name=value pairs of plain characters");
    if (t->parameter_count == TARGET_PARAMETERS_MAX)
        return err_set(e, ERR_INPUT, "the query has more than %d pairs", TARGET_PARAMETERS_MAX);
    for (size_t i = 0; i < t->parameter_count; i++)
        if (bytes_equal(t->parameters[i].name, p.name))
            return err_set(e, ERR_INPUT, "\"%.*s\" stands twice in the query", BYTES_PRINT(p.name));
    t->parameters[t->parameter_count++] = p;
    return true;
}

bool target_read(struct target *ret, struct bytes text, struct err *e)
{
    struct target t = {.count = 0};
    struct bytes rest = text;
    bool more;
    if (text.size > TARGET_MAX)
        return err_set(e, ERR_INPUT, "the request's target has more than %d bytes", TARGET_MAX);
    if (!path_read(&t, cut(&rest, '?', &more), e))
        return false;
    while (more) {
        struct bytes pair = cut(&rest, '&', &more);
        if (!parameter_add(&t, pair, e))
            return false;
    }
    *ret = t;
    return true;
}

struct bytes target_parameter(const struct target *t, const char *name)
{
    for (size_t i = 0; i < t->parameter_count; i++)
        if (bytes_is(t->parameters[i].name, name))
            return t->parameters[i].value;
    return BYTES_NONE;
}
