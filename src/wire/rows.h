/*
 * Rows of field tables as this room's protocols need them: the member's name in the JSON is its
 * name in the struct. See base/fields.h for what each kind means; `least` and `most` are its min
 * and max.
 */
#ifndef SEALWARD_WIRE_ROWS_H
#define SEALWARD_WIRE_ROWS_H

#include "base/fields.h"

#define ROW(type, member, of, least, most, maybe)                                                  \
    {                                                                                              \
        .name = #member, .kind = (of), .offset = offsetof(type, member), .min = (least),           \
        .max = (most), .optional = (maybe)                                                         \
    }

#define ROW_INTEGER(type, member, least, most) ROW(type, member, FIELD_INTEGER, least, most, false)
#define ROW_MAYBE_INTEGER(type, member, least, most)                                               \
    ROW(type, member, FIELD_INTEGER, least, most, true)
#define ROW_BOOL(type, member) ROW(type, member, FIELD_BOOL, 0, 0, false)
#define ROW_TEXT(type, member, least, most) ROW(type, member, FIELD_TEXT, least, most, false)
#define ROW_RAW(type, member, most) ROW(type, member, FIELD_RAW, 0, most, false)
#define ROW_BYTES(type, member, least, most) ROW(type, member, FIELD_BYTES, least, most, false)
#define ROW_MAYBE_BYTES(type, member, least, most) ROW(type, member, FIELD_BYTES, least, most, true)

#define ROW_ENUM(type, member, words)                                                              \
    {                                                                                              \
        .name = #member, .kind = FIELD_ENUM, .offset = offsetof(type, member), .names = (words)    \
    }

/* A list of up to `most` bytes of least_size to most_size each. */
#define ROW_LIST_OF_BYTES(type, member, most, least_size, most_size)                               \
    {                                                                                              \
        .name = #member, .kind = FIELD_LIST, .offset = offsetof(type, member), .max = (most),      \
        .item = FIELD_BYTES, .item_min = (least_size), .item_max = (most_size)                     \
    }

/* A list of up to `most` objects of that table. */
#define ROW_LIST_OF_OBJECTS(type, member, most, table)                                             \
    {                                                                                              \
        .name = #member, .kind = FIELD_LIST, .offset = offsetof(type, member), .max = (most),      \
        .item = FIELD_OBJECT, .object = (table)                                                    \
    }

/* Characters of n bytes in base64, for sizes of messages. */
#define ROWS_BASE64(n) (((n) + 2) / 3 * 4)

/* Names, quotes, commas and integers of any one message, lists' items apart. */
#define ROWS_FRAME 512

#endif
