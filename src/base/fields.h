/*
 * Canonical JSON by table: one table of fields describes an object once, and reading, writing and
 * checking follow from it. Keys stand in the order of the table, all of them, always; an optional
 * value that is absent is `null`. A text is accepted only if writing what was read gives the same
 * bytes again, so there is exactly one spelling of everything.
 *
 * C type behind each kind, at the field's offset:
 *   FIELD_INTEGER  int64_t           0 <= min <= value <= max; absent (optional) is -1
 *   FIELD_BOOL     bool              cannot be optional
 *   FIELD_TEXT     struct bytes      valid UTF-8, no control characters, min..max bytes
 *   FIELD_BYTES    struct bytes      base64 in the text, min..max bytes decoded
 *   FIELD_ENUM     int               index into `names`; cannot be optional
 *   FIELD_OBJECT   the struct itself described by `object`; cannot be optional
 *   FIELD_MAYBE    pointer to such a struct, NULL for `null`
 *   FIELD_LIST     struct list       items of `item` kind, min..max of them
 *   FIELD_RAW      struct bytes      one canonical JSON object of any shape, at most max bytes,
 *                                    kept as its text: a later table reads it
 * Items of a list: FIELD_OBJECT (structs of object->size behind each other), FIELD_TEXT,
 * FIELD_BYTES and FIELD_RAW (struct bytes each, with item_min..item_max). Texts, bytes and lists
 * read live in the arena or are views into the source; both must outlive the struct. Absent text,
 * bytes and raw have data == NULL.
 */
#ifndef SEALWARD_BASE_FIELDS_H
#define SEALWARD_BASE_FIELDS_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

enum field_kind {
    FIELD_INTEGER,
    FIELD_BOOL,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_ENUM,
    FIELD_OBJECT,
    FIELD_MAYBE,
    FIELD_LIST,
    FIELD_RAW,
};

struct list {
    void *items;
    size_t count;
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    int64_t min;
    int64_t max;
    bool optional;
    const struct fields *object; /* FIELD_OBJECT, FIELD_MAYBE, and lists of objects */
    const char *const *names;    /* FIELD_ENUM: NULL-terminated */
    enum field_kind item;        /* FIELD_LIST */
    int64_t item_min;            /* FIELD_LIST of text, bytes, raw */
    int64_t item_max;
};

struct fields {
    const char *what; /* for messages: "grant statement" */
    size_t size;      /* sizeof the struct */
    size_t count;
    const struct field *list;
};

/* Reads exactly one object. On failure ERR_INPUT says which member of what is wrong and how:
 * missing, unknown, out of order, doubled, wrong type, too long, out of range, not canonical. */
CHECKED bool fields_read(void *ret, const struct fields *table, struct bytes text, struct arena *a,
                         struct err *e);

/* Writes the object. A value that the table does not allow sets the buffer's failure. */
void fields_write(struct buf *b, const struct fields *table, const void *object);

/* Shorthand for tables. */
#define FIELDS(variable, text, type, ...)                                                          \
    static const struct field variable##_list[] = {__VA_ARGS__};                                   \
    const struct fields variable = {.what = (text),                                                \
                                    .size = sizeof(type),                                          \
                                    .count = sizeof variable##_list / sizeof variable##_list[0],   \
                                    .list = variable##_list}

#endif
