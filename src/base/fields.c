#include "base/fields.h"

#include "base/base64.h"
#include "base/limits.h"
#include "base/text.h"

/* The struct behind a table is reached by offset; these are the only places that do so. */
static void *member_at(void *object, const struct field *f)
{
    return (uint8_t *)object + f->offset;
}

static const void *member_of(const void *object, const struct field *f)
{
    return (const uint8_t *)object + f->offset;
}

static size_t item_size(const struct field *f)
{
    return f->item == FIELD_OBJECT ? f->object->size : sizeof(struct bytes);
}

/* The items of a list as a field of their own. */
static struct field item_field(const struct field *f)
{
    return (struct field){.name = f->name,
                          .kind = f->item,
                          .min = f->item_min,
                          .max = f->item_max,
                          .object = f->object};
}

static bool size_allowed(const struct field *f, size_t size)
{
    return f->min >= 0 && size >= (uint64_t)f->min && f->max >= 0 && size <= (uint64_t)f->max;
}

static bool integer_allowed(const struct field *f, int64_t value)
{
    return value >= 0 && value >= f->min && value <= f->max && value <= JSON_INTEGER_MAX;
}

/* --- reading: the tree against the table --- */

static bool object_read(void *object, const struct fields *table, const struct json *value,
                        struct arena *a, struct err *e);
static bool value_read(void *place, const struct field *f, const struct json *value,
                       struct arena *a, struct err *e);

static bool fail_memory(struct err *e)
{
    return err_set(e, ERR_LIMIT, "no room left for what is read");
}

static bool type_check(const struct json *value, enum json_type type, struct err *e)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",     [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a text", [JSON_ARRAY] = "a list",       [JSON_OBJECT] = "an object",
    };
    if (value->type == type)
        return true;
    return err_set(e, ERR_INPUT, "must be %s, is %s", names[type], names[value->type]);
}

static bool size_check(const struct field *f, size_t size, const char *unit, struct err *e)
{
    if (size_allowed(f, size))
        return true;
    return err_set(e, ERR_INPUT, "has %zu %s, must have %lld to %lld", size, unit,
                   (long long)f->min, (long long)f->max);
}

static bool integer_read(int64_t *ret, const struct field *f, const struct json *value,
                         struct err *e)
{
    if (!type_check(value, JSON_NUMBER, e))
        return false;
    if (!value->is_integer)
        return err_set(e, ERR_INPUT, "must be a plain integer below 2^53, is %.*s",
                       BYTES_PRINT(value->raw));
    if (!integer_allowed(f, value->integer))
        return err_set(e, ERR_INPUT, "must be %lld to %lld, is %lld", (long long)f->min,
                       (long long)f->max, (long long)value->integer);
    *ret = value->integer;
    return true;
}

/* A text without escapes is a view into the source; one with escapes was decoded into the tree's
 * own memory, which does not outlive the reading. */
static bool text_read(struct bytes *ret, const struct field *f, const struct json *value,
                      struct arena *a, struct err *e)
{
    if (!type_check(value, JSON_STRING, e) || !size_check(f, value->text.size, "bytes", e))
        return false;
    if (!text_is_plain(value->text))
        return err_set(e, ERR_INPUT, "holds control characters");
    bool escaped = value->raw.size != value->text.size + 2;
    struct bytes text = escaped ? arena_copy(a, value->text) : value->text;
    if (text.data == NULL)
        return fail_memory(e);
    *ret = text;
    return true;
}

static bool bytes_read(struct bytes *ret, const struct field *f, const struct json *value,
                       struct arena *a, struct err *e)
{
    struct bytes decoded = BYTES_NONE;
    if (!type_check(value, JSON_STRING, e) || !base64_decode(&decoded, value->text, a, e) ||
        !size_check(f, decoded.size, "bytes", e))
        return false;
    *ret = decoded;
    return true;
}

static bool enum_read(int *ret, const struct field *f, const struct json *value, struct err *e)
{
    if (!type_check(value, JSON_STRING, e))
        return false;
    for (int i = 0; f->names[i] != NULL; i++)
        if (bytes_is(value->text, f->names[i])) {
            *ret = i;
            return true;
        }
    return err_set(e, ERR_INPUT, "has the unknown value \"%.*s\"", BYTES_PRINT(value->text));
}

static bool maybe_read(void **ret, const struct field *f, const struct json *value, struct arena *a,
                       struct err *e)
{
    void *object = arena_alloc(a, f->object->size);
    if (object == NULL)
        return fail_memory(e);
    if (!object_read(object, f->object, value, a, e))
        return false;
    *ret = object;
    return true;
}

static bool list_read(struct list *ret, const struct field *f, const struct json *value,
                      struct arena *a, struct err *e)
{
    struct field item = item_field(f);
    size_t i = 0;
    if (!type_check(value, JSON_ARRAY, e) || !size_check(f, value->count, "items", e))
        return false;
    if (value->count > SIZE_MAX / item_size(f))
        return fail_memory(e);
    uint8_t *items = arena_alloc(a, value->count * item_size(f));
    if (items == NULL)
        return fail_memory(e);
    for (const struct json *v = value->first; v != NULL; v = v->next, i++)
        if (!value_read(items + i * item_size(f), &item, v, a, e))
            return err_wrap(e, "item %zu", i);
    *ret = (struct list){.items = items, .count = value->count};
    return true;
}

static bool raw_read(struct bytes *ret, const struct field *f, const struct json *value,
                     struct err *e)
{
    AUTO_VALUE(buf) again = BUF(value->raw.size);
    if (!type_check(value, JSON_OBJECT, e) || !size_check(f, value->raw.size, "bytes", e))
        return false;
    json_put(&again, value);
    if (again.failed || !bytes_equal(value->raw, buf_bytes(&again)))
        return err_set(e, ERR_INPUT, "is not in its canonical spelling");
    *ret = value->raw;
    return true;
}

/* What stands for `null`. */
static void absent_set(void *place, const struct field *f)
{
    if (f->kind == FIELD_INTEGER)
        *(int64_t *)place = -1;
    else if (f->kind == FIELD_MAYBE)
        *(void **)place = NULL;
    else
        *(struct bytes *)place = BYTES_NONE;
}

static bool may_be_absent(const struct field *f)
{
    return f->kind == FIELD_MAYBE || f->optional;
}

static bool value_read(void *place, const struct field *f, const struct json *value,
                       struct arena *a, struct err *e)
{
    if (may_be_absent(f) && value->type == JSON_NULL) {
        absent_set(place, f);
        return true;
    }
    switch (f->kind) {
    case FIELD_INTEGER:
        return integer_read(place, f, value, e);
    case FIELD_BOOL:
        if (!type_check(value, JSON_BOOL, e))
            return false;
        *(bool *)place = value->boolean;
        return true;
    case FIELD_TEXT:
        return text_read(place, f, value, a, e);
    case FIELD_BYTES:
        return bytes_read(place, f, value, a, e);
    case FIELD_ENUM:
        return enum_read(place, f, value, e);
    case FIELD_OBJECT:
        return object_read(place, f->object, value, a, e);
    case FIELD_MAYBE:
        return maybe_read(place, f, value, a, e);
    case FIELD_LIST:
        return list_read(place, f, value, a, e);
    case FIELD_RAW:
        return raw_read(place, f, value, e);
    }
    return err_set(e, ERR_INTERNAL, "the table has an unknown kind of field");
}

static bool name_known(const struct fields *table, struct bytes name)
{
    for (size_t i = 0; i < table->count; i++)
        if (bytes_is(name, table->list[i].name))
            return true;
    return false;
}

/* The member that stands where `f` must stand is another one, or there is none: says why. */
static bool fail_order(const struct fields *table, const struct field *f, const struct json *object,
                       const struct json *member, struct err *e)
{
    if (member != NULL && !name_known(table, member->name))
        return err_set(e, ERR_INPUT, "unknown member \"%.*s\" of %s", BYTES_PRINT(member->name),
                       table->what);
    if (member != NULL && (f == NULL || json_member(object, f->name) != NULL))
        return err_set(e, ERR_INPUT, "member \"%.*s\" of %s is out of order",
                       BYTES_PRINT(member->name), table->what);
    return err_set(e, ERR_INPUT, "missing member \"%s\" of %s", f->name, table->what);
}

static bool object_read(void *object, const struct fields *table, const struct json *value,
                        struct arena *a, struct err *e)
{
    if (!type_check(value, JSON_OBJECT, e))
        return err_wrap(e, "%s", table->what);
    const struct json *member = value->first;
    for (size_t i = 0; i < table->count; i++, member = member->next) {
        const struct field *f = &table->list[i];
        if (member == NULL || !bytes_is(member->name, f->name))
            return fail_order(table, f, value, member, e);
        if (!value_read(member_at(object, f), f, member, a, e))
            return err_wrap(e, "member \"%s\" of %s", f->name, table->what);
    }
    return member == NULL || fail_order(table, NULL, value, member, e);
}

/* --- writing: the struct by the table --- */

struct writer {
    struct buf *out;
    bool raw_checked; /* raw members come from a text that was read just now */
};

static void object_write(struct writer *w, const struct fields *table, const void *object);
static void value_write(struct writer *w, const struct field *f, const void *place);

static void integer_write(struct writer *w, const struct field *f, int64_t value)
{
    if (!integer_allowed(f, value))
        w->out->failed = true;
    buf_put_decimal(w->out, value);
}

static void bytes_write(struct writer *w, const struct field *f, struct bytes value)
{
    struct err ignored;
    if (!size_allowed(f, value.size) || (f->kind == FIELD_TEXT && !text_is_plain(value)))
        w->out->failed = true;
    if (f->kind == FIELD_TEXT)
        json_put_string(w->out, value);
    else if (f->kind == FIELD_BYTES)
        json_put_base64(w->out, value);
    else if (w->raw_checked ||
             (value.size > 0 && value.data[0] == '{' && json_canonical(value, &ignored)))
        buf_put(w->out, value);
    else
        w->out->failed = true;
}

static void enum_write(struct writer *w, const struct field *f, int value)
{
    for (int i = 0; f->names[i] != NULL; i++)
        if (i == value) {
            json_put_string(w->out, bytes_text(f->names[i]));
            return;
        }
    w->out->failed = true;
}

static void list_write(struct writer *w, const struct field *f, const struct list *list)
{
    struct field item = item_field(f);
    if (!size_allowed(f, list->count)) {
        w->out->failed = true;
        return;
    }
    buf_put_u8(w->out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_put_u8(w->out, ',');
        value_write(w, &item, (const uint8_t *)list->items + i * item_size(f));
    }
    buf_put_u8(w->out, ']');
}

static bool is_absent(const struct field *f, const void *place)
{
    if (!may_be_absent(f))
        return false;
    if (f->kind == FIELD_INTEGER)
        return *(const int64_t *)place == -1;
    if (f->kind == FIELD_MAYBE)
        return *(const void *const *)place == NULL;
    return ((const struct bytes *)place)->data == NULL;
}

static void value_write(struct writer *w, const struct field *f, const void *place)
{
    if (is_absent(f, place)) {
        buf_put_text(w->out, "null");
        return;
    }
    switch (f->kind) {
    case FIELD_INTEGER:
        integer_write(w, f, *(const int64_t *)place);
        return;
    case FIELD_BOOL:
        buf_put_text(w->out, *(const bool *)place ? "true" : "false");
        return;
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_RAW:
        bytes_write(w, f, *(const struct bytes *)place);
        return;
    case FIELD_ENUM:
        enum_write(w, f, *(const int *)place);
        return;
    case FIELD_OBJECT:
        object_write(w, f->object, place);
        return;
    case FIELD_MAYBE:
        object_write(w, f->object, *(const void *const *)place);
        return;
    case FIELD_LIST:
        list_write(w, f, place);
        return;
    }
}

static void object_write(struct writer *w, const struct fields *table, const void *object)
{
    buf_put_u8(w->out, '{');
    for (size_t i = 0; i < table->count; i++) {
        const struct field *f = &table->list[i];
        if (i > 0)
            buf_put_u8(w->out, ',');
        json_put_string(w->out, bytes_text(f->name));
        buf_put_u8(w->out, ':');
        value_write(w, f, member_of(object, f));
    }
    buf_put_u8(w->out, '}');
}

void fields_write(struct buf *b, const struct fields *table, const void *object)
{
    struct writer w = {.out = b, .raw_checked = false};
    object_write(&w, table, object);
}

/* --- both together --- */

/* The last word: what was read must give the same bytes again. */
static bool spelling_check(const struct fields *table, const void *object, struct bytes text,
                           struct err *e)
{
    AUTO_VALUE(buf) again = BUF(LIMIT_JSON_SIZE);
    struct writer w = {.out = &again, .raw_checked = true};
    size_t same = 0;
    object_write(&w, table, object);
    if (!buf_ok(&again, table->what, e))
        return false;
    if (bytes_equal(text, buf_bytes(&again)))
        return true;
    while (same < text.size && same < again.size && text.data[same] == again.data[same])
        same++;
    (void)err_set(e, ERR_INPUT, "%s is not in its canonical spelling at byte %zu", table->what,
                  same);
    return err_hint(e, "no white space, and each string in the one spelling of canonical-json.md");
}

bool fields_read(void *ret, const struct fields *table, struct bytes text, struct arena *a,
                 struct err *e)
{
    AUTO_VALUE(arena) tree = ARENA(LIMIT_JSON_TREE);
    struct json *value = NULL;
    if (!json_parse(&value, text, &tree, e))
        return err_wrap(e, "%s", table->what);
    void *object = arena_alloc(a, table->size);
    if (object == NULL)
        return fail_memory(e);
    if (!object_read(object, table, value, a, e) || !spelling_check(table, object, text, e))
        return false;
    memcpy(ret, object, table->size);
    return true;
}
