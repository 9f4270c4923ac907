/*
 * Rows for field tables (base/fields.h), so that each table reads like the page that describes it.
 * `type` is the struct, `member` its member, whose name is also the JSON key unless said otherwise.
 */
#ifndef SEALWARD_RULES_TABLES_H
#define SEALWARD_RULES_TABLES_H

#include "base/fields.h"
#include "base/limits.h"

#define ROW(type, member, ...)                                                                     \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), __VA_ARGS__                             \
    }

/* A SHA-256 digest. */
#define ROW_DIGEST(type, member) ROW(type, member, .kind = FIELD_BYTES, .min = 32, .max = 32)
#define ROW_DIGEST_OR_NULL(type, member)                                                           \
    ROW(type, member, .kind = FIELD_BYTES, .min = 32, .max = 32, .optional = true)
/* A point in time: milliseconds since 1970-01-01T00:00:00Z. */
#define ROW_TIME(type, member)                                                                     \
    ROW(type, member, .kind = FIELD_INTEGER, .min = 0, .max = LIMIT_TIME_MS)
/* The id of an object of policy, of an actor, of a label. */
#define ROW_ID(type, member) ROW(type, member, .kind = FIELD_TEXT, .min = 1, .max = LIMIT_ID)
#define ROW_ID_OR_NULL(type, member)                                                               \
    ROW(type, member, .kind = FIELD_TEXT, .min = 1, .max = LIMIT_ID, .optional = true)
#define ROW_TEXT(type, member, most) ROW(type, member, .kind = FIELD_TEXT, .min = 1, .max = (most))
#define ROW_BYTES(type, member, least, most)                                                       \
    ROW(type, member, .kind = FIELD_BYTES, .min = (least), .max = (most))
#define ROW_BYTES_OR_NULL(type, member, least, most)                                               \
    ROW(type, member, .kind = FIELD_BYTES, .min = (least), .max = (most), .optional = true)
#define ROW_INTEGER(type, member, least, most)                                                     \
    ROW(type, member, .kind = FIELD_INTEGER, .min = (least), .max = (most))
#define ROW_INTEGER_OR_NULL(type, member, least, most)                                             \
    ROW(type, member, .kind = FIELD_INTEGER, .min = (least), .max = (most), .optional = true)
#define ROW_BOOL(type, member) ROW(type, member, .kind = FIELD_BOOL)
#define ROW_WORD(type, member, words) ROW(type, member, .kind = FIELD_ENUM, .names = (words))
#define ROW_OBJECT(type, member, table) ROW(type, member, .kind = FIELD_OBJECT, .object = (table))
#define ROW_MAYBE(type, member, table) ROW(type, member, .kind = FIELD_MAYBE, .object = (table))
#define ROW_RAW(type, member, most) ROW(type, member, .kind = FIELD_RAW, .max = (most))
#define ROW_RAW_OR_NULL(type, member, most)                                                        \
    ROW(type, member, .kind = FIELD_RAW, .max = (most), .optional = true)
#define ROW_LIST(type, member, table, least, most)                                                 \
    ROW(type, member, .kind = FIELD_LIST, .item = FIELD_OBJECT, .object = (table), .min = (least), \
        .max = (most))
#define ROW_IDS(type, member, least, most)                                                         \
    ROW(type, member, .kind = FIELD_LIST, .item = FIELD_TEXT, .item_min = 1, .item_max = LIMIT_ID, \
        .min = (least), .max = (most))
#define ROW_BLOBS(type, member, least, most, size_least, size_most)                                \
    ROW(type, member, .kind = FIELD_LIST, .item = FIELD_BYTES, .item_min = (size_least),           \
        .item_max = (size_most), .min = (least), .max = (most))

/* Memory for what one entry decodes into. Structs are larger than their text. */
#define ARENA_ENTRY ARENA(16 * LIMIT_ENTRY)

#endif
