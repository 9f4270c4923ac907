#include "unit/ok.h"

#include "base/fields.h"

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
    struct bytes body;
};

static const char *const modes[] = {"none", "after", "before", NULL};

FIELDS(leaf_fields, "leaf", struct leaf,
       {.name = "digest",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct leaf, digest),
        .min = 4,
        .max = 4},
       {.name = "size",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct leaf, size),
        .max = JSON_INTEGER_MAX});

#define AT(member) #member, .offset = offsetof(struct tree, member)

FIELDS(tree_fields, "tree", struct tree,
       {.name = AT(version), .kind = FIELD_INTEGER, .min = 1, .max = 9},
       {.name = AT(limit), .kind = FIELD_INTEGER, .max = 1000, .optional = true},
       {.name = AT(open), .kind = FIELD_BOOL},
       {.name = AT(name), .kind = FIELD_TEXT, .min = 1, .max = 8},
       {.name = AT(note), .kind = FIELD_TEXT, .max = 8, .optional = true},
       {.name = AT(key), .kind = FIELD_BYTES, .max = 8, .optional = true},
       {.name = AT(mode), .kind = FIELD_ENUM, .names = modes},
       {.name = AT(leaf), .kind = FIELD_OBJECT, .object = &leaf_fields},
       {.name = AT(spare), .kind = FIELD_MAYBE, .object = &leaf_fields},
       {.name = AT(leaves),
        .kind = FIELD_LIST,
        .max = 2,
        .item = FIELD_OBJECT,
        .object = &leaf_fields},
       {.name = AT(names),
        .kind = FIELD_LIST,
        .min = 1,
        .max = 3,
        .item = FIELD_TEXT,
        .item_min = 1,
        .item_max = 4},
       {.name = AT(body), .kind = FIELD_RAW, .max = 40, .optional = true});

#define LEAF "{\"digest\":\"AAECAw==\",\"size\":5}"

static const char full[] =
    "{\"version\":3,\"limit\":1000,\"open\":true,\"name\":\"gr\xc3\xbc\\\"\",\"note\":\"\","
    "\"key\":\"\",\"mode\":\"before\",\"leaf\":" LEAF ",\"spare\":" LEAF ",\"leaves\":[" LEAF
    "," LEAF "],\"names\":[\"a\",\"bc\"],\"body\":{\"z\":[-1,\"\\u000a\"],\"a\":null}}";

static const char bare[] =
    "{\"version\":1,\"limit\":null,\"open\":false,\"name\":\"x\",\"note\":null,\"key\":null,"
    "\"mode\":\"none\",\"leaf\":" LEAF ",\"spare\":null,\"leaves\":[],\"names\":[\"a\"],"
    "\"body\":null}";

static void every_kind_is_read(void **state)
{
    AUTO_VALUE(arena) a = ARENA(100000);
    struct tree tree;
    struct err e;
    (void)state;
    ok_call(fields_read(&tree, &tree_fields, bytes_text(full), &a, &e), e);
    assert_int_equal(tree.version, 3);
    assert_int_equal(tree.limit, 1000);
    assert_true(tree.open);
    ok_text(tree.name, "gr\xc3\xbc\"");
    ok_text(tree.note, "");
    assert_non_null(tree.note.data);
    assert_non_null(tree.key.data);
    assert_int_equal(tree.mode, 2);
    ok_bytes(tree.leaf.digest, bytes_make("\0\1\2\3", 4));
    assert_int_equal(tree.leaf.size, 5);
    assert_int_equal(tree.spare->size, 5);
    assert_int_equal(tree.leaves.count, 2);
    assert_int_equal(((const struct leaf *)tree.leaves.items)[1].size, 5);
    assert_int_equal(tree.names.count, 2);
    ok_text(((const struct bytes *)tree.names.items)[1], "bc");
    ok_text(tree.body, "{\"z\":[-1,\"\\u000a\"],\"a\":null}");
}

static void what_is_absent_is_read_as_absent(void **state)
{
    AUTO_VALUE(arena) a = ARENA(100000);
    struct tree tree;
    struct err e;
    (void)state;
    ok_call(fields_read(&tree, &tree_fields, bytes_text(bare), &a, &e), e);
    assert_int_equal(tree.limit, -1);
    assert_null(tree.note.data);
    assert_null(tree.key.data);
    assert_null(tree.spare);
    assert_null(tree.body.data);
    assert_int_equal(tree.leaves.count, 0);
}

static void writing_gives_the_same_bytes(void **state)
{
    static const char *const texts[] = {full, bare};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_VALUE(arena) a = ARENA(100000);
        AUTO_VALUE(buf) again = BUF(1000);
        struct tree tree;
        struct err e;
        ok_call(fields_read(&tree, &tree_fields, bytes_text(texts[i]), &a, &e), e);
        fields_write(&again, &tree_fields, &tree);
        assert_false(again.failed);
        ok_text(buf_bytes(&again), texts[i]);
    }
}

/* The bare text with one part replaced is refused for this reason, and the result is untouched. */
static void ok_replaced(const char *part, const char *other, const char *why)
{
    AUTO_VALUE(arena) a = ARENA(100000);
    AUTO_VALUE(buf) text = BUF(2000);
    struct tree tree;
    struct tree untouched;
    struct err e;
    const char *at = strstr(bare, part);
    assert_non_null(at);
    buf_put(&text, bytes_make(bare, (size_t)(at - bare)));
    buf_put_text(&text, other);
    buf_put_text(&text, at + strlen(part));
    memset(&tree, 0x5a, sizeof tree);
    memset(&untouched, 0x5a, sizeof untouched);
    ok_err(fields_read(&tree, &tree_fields, buf_bytes(&text), &a, &e), e, ERR_INPUT, why);
    assert_memory_equal(&tree, &untouched, sizeof tree);
}

static void a_wrong_set_of_members_is_named(void **state)
{
    (void)state;
    ok_replaced("\"limit\":null,", "", "missing member \"limit\" of tree");
    ok_replaced(",\"body\":null", "", "missing member \"body\" of tree");
    ok_replaced(",\"size\":5", "", "member \"leaf\" of tree: missing member \"size\" of leaf");
    ok_replaced("\"limit\"", "\"limits\"", "unknown member \"limits\" of tree");
    ok_replaced("\"body\":null", "\"body\":null,\"more\":1", "unknown member \"more\" of tree");
    ok_replaced("\"version\":1,", "", "missing member \"version\" of tree");
    ok_replaced("\"version\":1,\"limit\":null", "\"limit\":null,\"version\":1",
                "member \"limit\" of tree is out of order");
    ok_replaced("\"version\":1", "\"version\":1,\"version\":1", "member \"version\" is doubled");
}

static void a_wrong_type_is_named(void **state)
{
    (void)state;
    ok_replaced("\"version\":1", "\"version\":\"1\"",
                "member \"version\" of tree: must be a number, is a text");
    ok_replaced("\"version\":1", "\"version\":null", "must be a number, is null");
    ok_replaced("\"open\":false", "\"open\":0", "must be true or false, is a number");
    ok_replaced("\"name\":\"x\"", "\"name\":null", "must be a text, is null");
    ok_replaced("\"key\":null", "\"key\":1", "must be a text, is a number");
    ok_replaced("\"mode\":\"none\"", "\"mode\":0", "must be a text, is a number");
    ok_replaced("\"leaf\":" LEAF, "\"leaf\":[]", "leaf: must be an object, is a list");
    ok_replaced("\"leaf\":" LEAF, "\"leaf\":null", "must be an object, is null");
    ok_replaced("\"spare\":null", "\"spare\":true", "must be an object, is true or false");
    ok_replaced("\"leaves\":[]", "\"leaves\":null", "must be a list, is null");
    ok_replaced("\"leaves\":[]", "\"leaves\":[1]", "item 0: leaf: must be an object");
    ok_replaced("\"names\":[\"a\"]", "\"names\":[\"a\",null]", "item 1: must be a text, is null");
    ok_replaced("\"body\":null", "\"body\":[]", "must be an object, is a list");
}

static void a_value_out_of_range_is_named(void **state)
{
    (void)state;
    ok_replaced("\"version\":1", "\"version\":0", "must be 1 to 9, is 0");
    ok_replaced("\"version\":1", "\"version\":10", "must be 1 to 9, is 10");
    ok_replaced("\"version\":1", "\"version\":1.0", "plain integer below 2^53, is 1.0");
    ok_replaced("\"version\":1", "\"version\":9007199254740992", "plain integer");
    ok_replaced("\"limit\":null", "\"limit\":-1", "must be 0 to 1000, is -1");
    ok_replaced("\"limit\":null", "\"limit\":1001", "must be 0 to 1000, is 1001");
    ok_replaced("\"name\":\"x\"", "\"name\":\"\"", "has 0 bytes, must have 1 to 8");
    ok_replaced("\"name\":\"x\"", "\"name\":\"123456789\"", "has 9 bytes, must have 1 to 8");
    ok_replaced("\"key\":null", "\"key\":\"AAECAwQFBgcI\"", "has 9 bytes, must have 0 to 8");
    ok_replaced("\"AAECAw==\"", "\"AAEC\"", "has 3 bytes, must have 4 to 4");
    ok_replaced("\"mode\":\"none\"", "\"mode\":\"None\"", "unknown value \"None\"");
    ok_replaced("\"names\":[\"a\"]", "\"names\":[]", "has 0 items, must have 1 to 3");
    ok_replaced("\"names\":[\"a\"]", "\"names\":[\"a\",\"b\",\"c\",\"d\"]", "has 4 items");
    ok_replaced("\"names\":[\"a\"]", "\"names\":[\"abcde\"]", "item 0: has 5 bytes");
    ok_replaced("\"body\":null", "\"body\":{\"a\":\"0123456789012345678901234567890123\"}",
                "has 42 bytes");
}

static void control_characters_and_other_base64_are_refused(void **state)
{
    (void)state;
    ok_replaced("\"name\":\"x\"", "\"name\":\"\\u000a\"", "control characters");
    ok_replaced("\"name\":\"x\"", "\"name\":\"\xe2\x80\xae\"", "control characters");
    ok_replaced("\"AAECAw==\"", "\"AAECAx==\"", "stray bits");
    ok_replaced("\"AAECAw==\"", "\"AAECAw\"", "multiple of four");
    ok_replaced("\"AAECAw==\"", "\"AAE_Aw==\"", "wrong character");
}

static void every_other_spelling_is_refused(void **state)
{
    (void)state;
    ok_replaced("\"version\":1", "\"version\": 1", "canonical spelling at byte 11");
    ok_replaced("{\"version\"", " {\"version\"", "canonical spelling at byte 0");
    ok_replaced("\"body\":null}", "\"body\":null}\n", "canonical spelling");
    ok_replaced("\"name\":\"x\"", "\"name\":\"\\u0078\"", "canonical spelling");
    ok_replaced("\"name\":\"x\"", "\"name\":\"\\/\"", "canonical spelling");
    ok_replaced("\"mode\"", "\"\\u006dode\"", "canonical spelling");
    ok_replaced("\"AAECAw==\"", "\"AAECAw\\u003d=\"", "canonical spelling");
    ok_replaced("\"body\":null", "\"body\":{\"a\": 1}", "member \"body\" of tree: is not in its");
    ok_replaced("\"body\":null", "\"body\":{\"a\":1.0}", "is not in its canonical");
    ok_replaced("\"body\":null", "\"body\":{\"a\":\"\\n\"}", "is not in its canonical");
    ok_replaced("\"body\":null", "\"body\":{\"a\":-0}", "is not in its canonical");
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    ok_replaced("\"body\":null}", "", "tree: JSON: ");
    ok_replaced("\"body\":null}", "\"body\":null}}", "something stands behind the value");
    ok_replaced("\"name\":\"x\"", "\"name\":\"\xff\"", "UTF-8");
}

static struct tree good_tree(void)
{
    static struct bytes name = {(const uint8_t *)"a", 1};
    return (struct tree){.version = 1,
                         .limit = -1,
                         .name = name,
                         .leaf = {.digest = {(const uint8_t *)"\0\1\2\3", 4}, .size = 5},
                         .names = {.items = &name, .count = 1}};
}

static bool writes(const struct tree *tree)
{
    AUTO_VALUE(buf) text = BUF(1000);
    fields_write(&text, &tree_fields, tree);
    return !text.failed;
}

static void a_value_that_could_not_be_read_back_is_not_written(void **state)
{
    struct tree tree = good_tree();
    (void)state;
    assert_true(writes(&tree));
#define WITHOUT(change)                                                                            \
    do {                                                                                           \
        tree = good_tree();                                                                        \
        change;                                                                                    \
        assert_false(writes(&tree));                                                               \
    } while (0)
    WITHOUT(tree.version = 0);
    WITHOUT(tree.version = -1);
    WITHOUT(tree.limit = -2);
    WITHOUT(tree.limit = 1001);
    WITHOUT(tree.name = BYTES_NONE);
    WITHOUT(tree.name = bytes_text("123456789"));
    WITHOUT(tree.name = bytes_text("\n"));
    WITHOUT(tree.name = bytes_text("\xff"));
    WITHOUT(tree.key = bytes_text("123456789"));
    WITHOUT(tree.mode = 3);
    WITHOUT(tree.mode = -1);
    WITHOUT(tree.leaf.size = -1);
    WITHOUT(tree.leaf.digest.size = 3);
    WITHOUT(tree.names.count = 0);
    WITHOUT(tree.body = bytes_text("{ }"));
    WITHOUT(tree.body = bytes_text("[]"));
    WITHOUT(tree.body = bytes_text("{\"a\":1},{"));
    WITHOUT(tree.body = bytes_text(""));
#undef WITHOUT
}

static void a_full_arena_is_a_limit(void **state)
{
    struct err e;
    (void)state;
    for (size_t max = 0; max < 4000; max += 13) {
        AUTO_VALUE(arena) a = ARENA(max);
        struct tree tree;
        if (!fields_read(&tree, &tree_fields, bytes_text(full), &a, &e))
            assert_string_equal(err_code_name(e.code), "limit");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(what_is_absent_is_read_as_absent),
        cmocka_unit_test(writing_gives_the_same_bytes),
        cmocka_unit_test(a_wrong_set_of_members_is_named),
        cmocka_unit_test(a_wrong_type_is_named),
        cmocka_unit_test(a_value_out_of_range_is_named),
        cmocka_unit_test(control_characters_and_other_base64_are_refused),
        cmocka_unit_test(every_other_spelling_is_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_value_that_could_not_be_read_back_is_not_written),
        cmocka_unit_test(a_full_arena_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
