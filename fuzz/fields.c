/*
 * Aims at fields_read and fields_write, over a table with every kind of field.
 *
 * What is accepted is written again as the same bytes and is canonical JSON; on failure the result
 * is untouched.
 */
#include <string.h>

#include "base/fields.h"
#include "property.h"

struct leaf {
    struct bytes digest;
    int64_t size;
};

struct tree {
    int64_t version;
    int64_t limit;
    bool open;
    struct bytes name;
    struct bytes note;
    struct bytes key;
    int mode;
    struct leaf leaf;
    struct leaf *spare;
    struct list leaves;
    struct list names;
    struct list parts;
    struct bytes body;
};

static const char *const modes[] = {"none", "after", "before", NULL};

FIELDS(leaf_fields, "leaf", struct leaf,
       {.name = "digest",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct leaf, digest),
        .min = 4,
        .max = 32},
       {.name = "size",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct leaf, size),
        .max = JSON_INTEGER_MAX});

#define AT(member) #member, .offset = offsetof(struct tree, member)

FIELDS(tree_fields, "tree", struct tree,
       {.name = AT(version), .kind = FIELD_INTEGER, .min = 1, .max = 9},
       {.name = AT(limit), .kind = FIELD_INTEGER, .max = 1000, .optional = true},
       {.name = AT(open), .kind = FIELD_BOOL},
       {.name = AT(name), .kind = FIELD_TEXT, .min = 1, .max = 20},
       {.name = AT(note), .kind = FIELD_TEXT, .max = 20, .optional = true},
       {.name = AT(key), .kind = FIELD_BYTES, .max = 8, .optional = true},
       {.name = AT(mode), .kind = FIELD_ENUM, .names = modes},
       {.name = AT(leaf), .kind = FIELD_OBJECT, .object = &leaf_fields},
       {.name = AT(spare), .kind = FIELD_MAYBE, .object = &leaf_fields},
       {.name = AT(leaves),
        .kind = FIELD_LIST,
        .max = 3,
        .item = FIELD_OBJECT,
        .object = &leaf_fields},
       {.name = AT(names),
        .kind = FIELD_LIST,
        .min = 1,
        .max = 3,
        .item = FIELD_TEXT,
        .item_min = 1,
        .item_max = 9},
       {.name = AT(parts), .kind = FIELD_LIST, .max = 2, .item = FIELD_RAW, .item_max = 50},
       {.name = AT(body), .kind = FIELD_RAW, .min = 2, .max = 200, .optional = true});

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) a = ARENA(64u << 20);
    AUTO_VALUE(buf) again = BUF(size);
    struct bytes text = bytes_make(data, size);
    struct tree tree;
    struct tree poison;
    struct err e;

    memset(&tree, 0x5a, sizeof tree);
    memset(&poison, 0x5a, sizeof poison);
    if (!fields_read(&tree, &tree_fields, text, &a, &e)) {
        PROPERTY(memcmp(&tree, &poison, sizeof tree) == 0);
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return 0;
    }
    fields_write(&again, &tree_fields, &tree);
    PROPERTY(!again.failed && bytes_equal(text, buf_bytes(&again)));
    PROPERTY(json_canonical(text, &e));
    return 0;
}
