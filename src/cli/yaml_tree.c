#include "cli/yaml_tree.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

struct reading {
    yaml_parser_t parser;
    struct arena *arena;
    size_t nodes;
};

static unsigned line_of(const yaml_mark_t *mark)
{
    return (unsigned)mark->line + 1;
}

bool yaml_tree_refuse(struct err *e, const struct yaml_tree *at, const char *format, ...)
{
    char text[sizeof e->message];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return err_set(e, ERR_INPUT, "line %u: %s", at->line, text);
}

const struct yaml_tree *yaml_tree_member(const struct yaml_tree *map, const char *name)
{
    const struct yaml_tree *member = map->kind == YAML_MAP ? map->first : NULL;
    while (member != NULL && !bytes_is(member->name, name))
        member = member->next;
    return member;
}

static bool next_event(struct reading *r, yaml_event_t *ret, struct err *e)
{
    if (yaml_parser_parse(&r->parser, ret))
        return true;
    const char *problem = r->parser.problem != NULL ? r->parser.problem : "cannot be read";
    return err_set(e, ERR_INPUT, "line %zu: not YAML: %s", r->parser.problem_mark.line + 1,
                   problem);
}

/* Block texts have line feeds; otherwise what a text may hold is what a message can show. */
static bool text_is_allowed(struct bytes text)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        if (!text_is_plain(bytes_make(text.data, size)))
            return false;
        size += end == NULL ? 0 : 1;
        text = bytes_make(text.data + size, text.size - size);
    }
    return true;
}

static bool node_new(struct yaml_tree **ret, struct reading *r, enum yaml_kind kind,
                     const yaml_event_t *event, struct err *e)
{
    struct yaml_tree *node = arena_alloc(r->arena, sizeof *node);
    if (node == NULL || r->nodes++ >= YAML_NODES_MAX)
        return err_set(e, ERR_LIMIT, "line %u: too much YAML", line_of(&event->start_mark));
    node->kind = kind;
    node->line = line_of(&event->start_mark);
    *ret = node;
    return true;
}

static bool no_property(const yaml_char_t *anchor, const yaml_char_t *tag,
                        const yaml_event_t *event, struct err *e)
{
    if (anchor == NULL && tag == NULL)
        return true;
    (void)err_set(e, ERR_INPUT, "line %u: %s are not taken", line_of(&event->start_mark),
                  anchor != NULL ? "anchors" : "tags");
    return err_hint(e, "write the value out");
}

static bool scalar_take(struct yaml_tree **ret, struct reading *r, const yaml_event_t *event,
                        struct err *e)
{
    struct yaml_tree *node;
    struct bytes value = bytes_make(event->data.scalar.value, event->data.scalar.length);
    if (!no_property(event->data.scalar.anchor, event->data.scalar.tag, event, e) ||
        !node_new(&node, r, YAML_TEXT, event, e))
        return false;
    if (!text_is_allowed(value))
        return yaml_tree_refuse(e, node, "the text has control characters");
    node->text = arena_copy(r->arena, value);
    if (node->text.data == NULL)
        return err_set(e, ERR_LIMIT, "line %u: too much YAML", node->line);
    *ret = node;
    return true;
}

static bool node_take(struct yaml_tree **ret, struct reading *r, const yaml_event_t *event,
                      unsigned depth, struct err *e);

static bool name_judge(const struct yaml_tree *map, const struct yaml_tree *name, struct err *e)
{
    if (name->kind != YAML_TEXT || name->text.size == 0)
        return yaml_tree_refuse(e, name, "a key must be a text");
    for (const struct yaml_tree *m = map->first; m != NULL; m = m->next)
        if (bytes_equal(m->name, name->text))
            return yaml_tree_refuse(e, name, "\"%.*s\" stands here already, in line %u",
                                    BYTES_PRINT(name->text), m->line);
    return true;
}

/* One node behind the events so far; *ret is NULL at the end of the collection. */
static bool child_take(struct yaml_tree **ret, struct reading *r, unsigned depth, struct err *e)
{
    yaml_event_t event;
    if (!next_event(r, &event, e))
        return false;
    *ret = NULL;
    bool ok = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT ||
              node_take(ret, r, &event, depth, e);
    yaml_event_delete(&event);
    return ok;
}

static bool children_take(struct yaml_tree *parent, struct reading *r, unsigned depth,
                          struct err *e)
{
    struct yaml_tree **place = &parent->first;
    if (depth > YAML_DEPTH_MAX)
        return yaml_tree_refuse(e, parent, "nested more than %d deep", YAML_DEPTH_MAX);
    for (;;) {
        struct yaml_tree *name = NULL;
        struct yaml_tree *child;
        if (parent->kind == YAML_MAP) {
            if (!child_take(&name, r, depth, e))
                return false;
            if (name == NULL)
                return true;
            if (!name_judge(parent, name, e))
                return false;
        }
        if (!child_take(&child, r, depth, e))
            return false;
        if (child == NULL)
            return true;
        child->name = name == NULL ? BYTES_NONE : name->text;
        *place = child;
        place = &child->next;
        parent->count++;
    }
}

/* The node that begins with this event. */
static bool node_take(struct yaml_tree **ret, struct reading *r, const yaml_event_t *event,
                      unsigned depth, struct err *e)
{
    if (event->type == YAML_SCALAR_EVENT)
        return scalar_take(ret, r, event, e);
    bool map = event->type == YAML_MAPPING_START_EVENT;
    if (!map && event->type != YAML_SEQUENCE_START_EVENT) {
        (void)err_set(e, ERR_INPUT, "line %u: aliases are not taken", line_of(&event->start_mark));
        return err_hint(e, "write the value out");
    }
    struct yaml_tree *node;
    if (!no_property(map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                     map ? event->data.mapping_start.tag : event->data.sequence_start.tag, event,
                     e) ||
        !node_new(&node, r, map ? YAML_MAP : YAML_LIST, event, e) ||
        !children_take(node, r, depth + 1, e))
        return false;
    *ret = node;
    return true;
}

/* The next event must be of that type; it is thrown away. */
static bool expect(struct reading *r, yaml_event_type_t type, const char *otherwise, struct err *e)
{
    yaml_event_t event;
    if (!next_event(r, &event, e))
        return false;
    bool ok = event.type == type;
    if (ok && type == YAML_DOCUMENT_START_EVENT)
        ok = event.data.document_start.version_directive == NULL &&
             event.data.document_start.tag_directives.start ==
                 event.data.document_start.tag_directives.end;
    if (!ok)
        (void)err_set(e, ERR_INPUT, "line %u: %s", line_of(&event.start_mark), otherwise);
    yaml_event_delete(&event);
    return ok;
}

static bool document_take(struct yaml_tree **ret, struct reading *r, struct err *e)
{
    yaml_event_t event;
    struct yaml_tree *root = NULL;
    if (!expect(r, YAML_STREAM_START_EVENT, "not YAML", e) ||
        !expect(r, YAML_DOCUMENT_START_EVENT, "there is nothing in it, or a directive", e) ||
        !next_event(r, &event, e))
        return false;
    bool ok = node_take(&root, r, &event, 0, e);
    yaml_event_delete(&event);
    if (!ok || !expect(r, YAML_DOCUMENT_END_EVENT, "the document does not end here", e) ||
        !expect(r, YAML_STREAM_END_EVENT, "a second document is not taken", e))
        return false;
    *ret = root;
    return true;
}

bool yaml_tree_read(struct yaml_tree **ret, struct bytes text, struct arena *a, struct err *e)
{
    struct reading r = {.arena = a};
    if (text.size > YAML_SIZE_MAX)
        return err_set(e, ERR_LIMIT, "more than %d bytes of YAML", YAML_SIZE_MAX);
    if (!text_is_utf8(text))
        return err_set(e, ERR_INPUT, "the YAML is not UTF-8");
    if (!yaml_parser_initialize(&r.parser))
        return err_set(e, ERR_MEMORY, "out of memory for YAML");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &r.parser, text.data == NULL ? (const unsigned char *)"" : text.data, text.size);
    bool ok = document_take(ret, &r, e);
    yaml_parser_delete(&r.parser);
    return ok;
}
