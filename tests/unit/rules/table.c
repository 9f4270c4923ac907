#include "unit/ok.h"

#include "pki/digest.h"
#include "rules/state.h"
#include "rules/tables.h"

struct item {
    struct bytes name;
    int64_t number;
};

FIELDS(item_fields, "item", struct item, ROW_ID(struct item, name),
       ROW_INTEGER(struct item, number, 0, 1000));

static void put(struct table *t, const char *name, int64_t number)
{
    struct item item = {.name = bytes_text(name), .number = number};
    struct err e;
    ok_call(table_put(t, item.name, &item, &e), e);
}

static int64_t number_of(const struct table *t, const char *name)
{
    const struct item *item = table_get(t, bytes_text(name));
    return item == NULL ? -1 : item->number;
}

/* Names in their order. */
static void holds(const struct table *t, const char *const *names, size_t count)
{
    assert_int_equal(t->count, count);
    for (size_t i = 0; i < count; i++)
        ok_text(table_key(t, i), names[i]);
}

static void records_stand_in_the_order_of_their_keys(void **state)
{
    (void)state;
    AUTO_VALUE(table) t = {.fields = &item_fields};
    for (int i = 0; i < 26; i++)
        put(&t, (char[]){(char)('a' + (i * 7) % 26), 0}, i);
    for (size_t i = 0; i < 26; i++)
        assert_int_equal(table_key(&t, i).data[0], 'a' + i);
    assert_int_equal(number_of(&t, "h"), 1);
    put(&t, "h", 99);
    assert_int_equal(t.count, 26);
    assert_int_equal(number_of(&t, "h"), 99);
    table_remove(&t, bytes_text("h"));
    table_remove(&t, bytes_text("zz"));
    assert_int_equal(t.count, 25);
    assert_null(table_get(&t, bytes_text("h")));
}

static void a_table_owns_its_records(void **state)
{
    (void)state;
    AUTO_VALUE(table) t = {.fields = &item_fields};
    char name[] = "name";
    struct item item = {.name = bytes_text(name), .number = 1};
    struct err e;
    ok_call(table_put(&t, item.name, &item, &e), e);
    name[0] = 'x';
    assert_int_equal(number_of(&t, "name"), 1);
    /* A record may be put from its own row. */
    item = *(const struct item *)table_get(&t, bytes_text("name"));
    item.number = 2;
    ok_call(table_put(&t, table_key(&t, 0), &item, &e), e);
    assert_int_equal(number_of(&t, "name"), 2);
}

static void what_the_description_forbids_is_not_put(void **state)
{
    (void)state;
    AUTO_VALUE(table) t = {.fields = &item_fields};
    struct item item = {.name = bytes_text("a"), .number = 1001};
    struct err e;
    assert_false(table_put(&t, item.name, &item, &e));
    assert_int_equal(t.count, 0);
}

static void prefixes_go_together(void **state)
{
    (void)state;
    static const char *const left[] = {"a", "b", "c"};
    AUTO_VALUE(table) t = {.fields = &item_fields};
    put(&t, "a", 1);
    put(&t, "ba", 2);
    put(&t, "bb", 3);
    put(&t, "b", 4);
    put(&t, "c", 5);
    assert_true(table_within(&t, table_seek(&t, bytes_text("b")), bytes_text("b")));
    assert_false(table_within(&t, 5, bytes_text("")));
    table_remove_within(&t, bytes_text("ba"));
    table_remove_within(&t, bytes_text("bb"));
    holds(&t, left, 3);
    table_remove_within(&t, bytes_text(""));
    assert_int_equal(t.count, 0);
}

static void the_digest_is_that_of_the_texts(void **state)
{
    (void)state;
    AUTO_VALUE(table) t = {.fields = &item_fields};
    AUTO_VALUE(table) copy = {0};
    uint8_t digest[32];
    uint8_t want[32];
    struct err e;
    digest_sha256(want, BYTES_NONE);
    ok_call(table_digest(&t, digest, &e), e);
    ok_bytes(BYTES_OF(digest), BYTES_OF(want));
    put(&t, "b", 2);
    put(&t, "a", 1);
    digest_sha256(want,
                  bytes_text("{\"name\":\"a\",\"number\":1}\n{\"name\":\"b\",\"number\":2}\n"));
    ok_call(table_digest(&t, digest, &e), e);
    ok_bytes(BYTES_OF(digest), BYTES_OF(want));
    ok_call(table_copy(&copy, &t, &e), e);
    put(&t, "a", 3);
    ok_call(table_digest(&copy, digest, &e), e);
    ok_bytes(BYTES_OF(digest), BYTES_OF(want));
}

/* ---- Changes ---- */

static void a_change_is_undone(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c"};
    struct changes changes = {0};
    AUTO_VALUE(table) t = {.fields = &item_fields, .changes = &changes};
    put(&t, "a", 1);
    put(&t, "b", 2);
    put(&t, "c", 3);
    changes_keep(&changes);
    put(&t, "a", 10);                  /* replaced */
    put(&t, "a", 11);                  /* and once more */
    table_remove(&t, bytes_text("a")); /* and gone */
    table_remove(&t, bytes_text("b")); /* gone */
    put(&t, "b", 20);                  /* and there again */
    put(&t, "d", 4);                   /* new */
    put(&t, "e", 5);                   /* new */
    table_remove(&t, bytes_text("e")); /* and gone */
    changes_undo(&changes);
    holds(&t, names, 3);
    assert_int_equal(number_of(&t, "a"), 1);
    assert_int_equal(number_of(&t, "b"), 2);
    assert_int_equal(number_of(&t, "c"), 3);
    changes_undo(&changes);
    holds(&t, names, 3);
}

static void a_change_is_kept(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "d"};
    struct changes changes = {0};
    AUTO_VALUE(table) t = {.fields = &item_fields, .changes = &changes};
    put(&t, "a", 1);
    put(&t, "b", 2);
    changes_keep(&changes);
    put(&t, "b", 20);
    put(&t, "d", 4);
    put(&t, "e", 5);
    table_remove(&t, bytes_text("e"));
    table_remove(&t, bytes_text("a"));
    changes_keep(&changes);
    changes_undo(&changes);
    holds(&t, names, 2);
    assert_int_equal(number_of(&t, "b"), 20);
}

static void pointers_live_until_changes_are_kept(void **state)
{
    (void)state;
    struct changes changes = {0};
    AUTO_VALUE(table) t = {.fields = &item_fields, .changes = &changes};
    put(&t, "a", 1);
    const struct item *item = table_get(&t, bytes_text("a"));
    put(&t, "a", 2);
    table_remove(&t, bytes_text("a"));
    assert_int_equal(item->number, 1);
    ok_text(item->name, "a");
    changes_keep(&changes);
}

static void many_changes_are_undone_as_one(void **state)
{
    (void)state;
    struct changes changes = {0};
    AUTO_VALUE(table) t = {.fields = &item_fields, .changes = &changes};
    uint8_t before[32];
    uint8_t after[32];
    uint32_t random = 1;
    struct err e;
    for (int i = 0; i < 200; i++) {
        ok_call(table_digest(&t, before, &e), e);
        for (int n = 0; n < 30; n++) {
            random = random * 1664525 + 1013904223;
            char name[3] = {(char)('a' + (random >> 24) % 6), (char)('a' + (random >> 16) % 3), 0};
            if ((random >> 12) % 3 == 0)
                table_remove_within(&t, bytes_make(name, 1 + (random >> 10) % 2));
            else
                put(&t, name, (random >> 8) % 1000);
        }
        if (i % 2 == 0) {
            changes_keep(&changes);
            continue;
        }
        changes_undo(&changes);
        ok_call(table_digest(&t, after, &e), e);
        assert_memory_equal(after, before, sizeof after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_stand_in_the_order_of_their_keys),
        cmocka_unit_test(a_table_owns_its_records),
        cmocka_unit_test(what_the_description_forbids_is_not_put),
        cmocka_unit_test(prefixes_go_together),
        cmocka_unit_test(the_digest_is_that_of_the_texts),
        cmocka_unit_test(a_change_is_undone),
        cmocka_unit_test(a_change_is_kept),
        cmocka_unit_test(pointers_live_until_changes_are_kept),
        cmocka_unit_test(many_changes_are_undone_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
