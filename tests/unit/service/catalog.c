/* Filling the index and asking it. */
#include "record.h"

#include "base/file.h"
#include "base/hex.h"
#include "service/catalog.h"
#include "service/search.h"

static struct record record;
static char folder[32];
static char path[64];

static int group_setup(void **state)
{
    (void)state;
    record_make(&record);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    record_end(&record);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    folder_make(folder, sizeof folder);
    (void)snprintf(path, sizeof path, "%s/index.db", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static struct catalog *catalog_new(bool *rebuilt)
{
    struct err e;
    struct catalog *c = NULL;
    ok_call(catalog_open(&c, path, rebuilt, &e), e);
    return c;
}

static bool put(struct catalog *c, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct entry entry;
    static const struct trace nothing = {.kind = TRACE_NOTHING};
    return entry_read(&entry, text, &arena, e) && catalog_put(c, &entry, &nothing, e);
}

static void put_all(struct catalog *c)
{
    struct err e;
    ok_call(catalog_begin(c, &e), e);
    for (size_t i = 0; i < record.world.count; i++)
        ok_call(put(c, record.world.entries[i], &e), e);
    ok_call(catalog_commit(c, &e), e);
}

static void a_page_shows_when_it_is_committed(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt = true;
    AUTO(catalog) c = catalog_new(&rebuilt);
    assert_false(rebuilt);
    ok_call(catalog_begin(c, &e), e);
    ok_call(put(c, record.world.entries[0], &e), e);
    assert_int_equal(catalog_size(c), 0);
    catalog_rollback(c);
    assert_int_equal(catalog_size(c), 0);
    put_all(c);
    assert_int_equal(catalog_size(c), record.world.count);
}

static void what_is_there_is_compared(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt = false;
    AUTO(catalog) c = catalog_new(&rebuilt);
    put_all(c);
    put_all(c);
    assert_int_equal(catalog_size(c), record.world.count);
    struct bytes other =
        world_replace(&record.world, record.world.entries[3], "\"time\":180", "\"time\":181");
    ok_call(catalog_begin(c, &e), e);
    ok_err(put(c, other, &e), e, ERR_DAMAGED, "another entry 3");
    catalog_rollback(c);
    ok_call(catalog_wipe(c, &e), e);
    assert_int_equal(catalog_size(c), 0);
    put_all(c);
}

static void a_damaged_file_is_made_anew(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt = false;
    struct catalog *c = catalog_new(&rebuilt);
    put_all(c);
    catalog_free(c);
    ok_call(file_replace(path,
                         bytes_text("this is no database, and it is long enough to be read "
                                    "as the header of one if anybody cared to do so, which "
                                    "nobody does"),
                         0600, &e),
            e);
    c = catalog_new(&rebuilt);
    assert_true(rebuilt);
    assert_int_equal(catalog_size(c), 0);
    catalog_free(c);
}

static void entries_are_found_by_what_they_are_about(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt;
    uint8_t digest[32];
    AUTO(catalog) c = catalog_new(&rebuilt);
    AUTO(search) s = NULL;
    put_all(c);
    ok_call(search_open(&s, path, 2, &e), e);
    digest_sha256(digest, bytes_text("signed"));
    const struct {
        const char *kind;
        struct bytes key;
        const char *type;
    } cases[] = {
        {"tbs", BYTES_OF(digest), "request"},
        {"grant", BYTES_OF(record.world.grant), "request"},
        {"proposal", BYTES_OF(record.key.proposal), "key"},
        {"key", BYTES_OF(record.key.id), "certificate"},
        {"person", bytes_text("officer-1"), "approval"},
        {"workload", bytes_text("ci-app"), "grant"},
        {"path", bytes_text("package"), "grant"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) b = BUF(SEARCH_ANSWER_MAX);
        char want[64];
        struct marks_query query = {.kind = bytes_text(cases[i].kind),
                                    .key = cases[i].key,
                                    .before = INT64_MAX,
                                    .limit = 10};
        ok_call(search_marks(s, &query, &b, &e), e);
        (void)snprintf(want, sizeof want, "\"type\":\"%s\"", cases[i].type);
        assert_true(has(&b, want));
        query.before = 0;
        buf_reset(&b);
        ok_call(search_marks(s, &query, &b, &e), e);
        ok_text(buf_bytes(&b), "{\"entries\":[]}");
        query.kind = bytes_text("nothing");
        ok_err(search_marks(s, &query, &b, &e), e, ERR_INPUT, "nothing");
    }
}

static void entries_are_named_by_number_or_leaf(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt;
    AUTO(catalog) c = catalog_new(&rebuilt);
    AUTO(search) s = NULL;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) by_number = BUF(SEARCH_ANSWER_MAX);
    AUTO_VALUE(buf) by_leaf = BUF(SEARCH_ANSWER_MAX);
    put_all(c);
    ok_call(search_open(&s, path, 1, &e), e);
    int64_t last = (int64_t)record.world.count - 1;
    struct entry_name name = {.number = last};
    ok_call(search_entry(s, &name, &by_number, &e), e);
    struct entry_name leaf = {.by_leaf = true};
    memcpy(leaf.leaf, record.world.leaf, sizeof leaf.leaf);
    ok_call(search_entry(s, &leaf, &by_leaf, &e), e);
    ok_bytes(buf_bytes(&by_leaf), buf_bytes(&by_number));
    int64_t number = -1;
    struct bytes text;
    ok_call(search_text(s, &leaf, &number, &text, &arena, &e), e);
    assert_int_equal(number, last);
    ok_bytes(text, record.world.text);
    name.number = last + 1;
    ok_err(search_text(s, &name, &number, &text, &arena, &e), e, ERR_NOT_FOUND, "");
    assert_int_equal(number, last);
}

static void lists_have_pages(void **state)
{
    (void)state;
    struct err e;
    bool rebuilt;
    AUTO(catalog) c = catalog_new(&rebuilt);
    AUTO(search) s = NULL;
    AUTO_VALUE(buf) b = BUF(SEARCH_ANSWER_MAX);
    put_all(c);
    ok_call(search_open(&s, path, 1, &e), e);
    struct entries_query query = {.before = 1, .limit = 5};
    ok_call(search_entries(s, &query, &b, &e), e);
    assert_true(has(&b, "{\"entries\":[{\"index\":0,\"time\":1800000000000,\"type\":\"genesis\""));
    buf_reset(&b);
    query = (struct entries_query){.before = INT64_MAX, .limit = 1, .type = bytes_text("request")};
    ok_call(search_entries(s, &query, &b, &e), e);
    assert_true(has(&b, "\"type\":\"request\"") && !has(&b, "},{"));
    assert_false(search_open(&s, path, 65, &e));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_shows_when_it_is_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_there_is_compared, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_are_found_by_what_they_are_about, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_are_named_by_number_or_leaf, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_have_pages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
