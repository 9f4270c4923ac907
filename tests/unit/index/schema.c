#include "unit/ok.h"

#include "index/database.h"
#include "index/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "schema-test.XXXXXX";
static char path[64];

static const struct database_kind kind = {.what = "the test's file", .remedy = "throw it away"};

static const char *const steps[] = {
    "CREATE TABLE things (name TEXT NOT NULL);",
    "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7;",
    "CREATE TABLE others (name TEXT); CREATE TABLE others (name TEXT);",
};

/* The same file as builds with one, two and three steps see it; the third step is a broken one. */
static const struct schema first = {.application_id = 0x41424344, .steps = steps, .count = 1};
static const struct schema second = {.application_id = 0x41424344, .steps = steps, .count = 2};
static const struct schema broken = {.application_id = 0x41424344, .steps = steps, .count = 3};

static void files_remove(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static struct database opened(enum database_access access)
{
    struct err e;
    struct database db = {0};
    ok_call(database_open(&db, &kind, path, access, &e), e);
    return db;
}

static int64_t integer(struct database *db, const char *sql)
{
    struct err e;
    int64_t value = -1;
    ok_call(database_integer(db, sql, &value, &e), e);
    return value;
}

static void a_new_file_gets_every_step(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &second, &e), e);
    ok_call(database_run(&db, "INSERT INTO things (name) VALUES ('a')", &e), e);
    assert_int_equal(integer(&db, "SELECT size FROM things"), 7);
    assert_int_equal(integer(&db, "PRAGMA user_version"), 2);
    ok_call(schema_upgrade(&db, &second, &e), e);
    ok_call(schema_check(&db, &second, &e), e);
    database_done(&db);
}

static void an_older_file_gets_the_steps_it_lacks_and_keeps_its_rows(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &first, &e), e);
    ok_call(database_run(&db, "INSERT INTO things (name) VALUES ('old')", &e), e);
    ok_err(schema_check(&db, &second, &e), e, ERR_STATE, "has schema 1");
    database_done(&db);

    db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &second, &e), e);
    assert_int_equal(integer(&db, "SELECT size FROM things WHERE name = 'old'"), 7);
    database_done(&db);
}

static void a_newer_file_is_left_to_a_newer_build(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &second, &e), e);
    ok_err(schema_upgrade(&db, &first, &e), e, ERR_STATE, "has schema 2, this build knows 1");
    ok_err(schema_check(&db, &first, &e), e, ERR_STATE, "has schema 2, this build knows 1");
    database_done(&db);
}

static void a_step_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &first, &e), e);
    ok_err(schema_upgrade(&db, &broken, &e), e, ERR_INTERNAL, "schema step 3");
    assert_int_equal(integer(&db, "PRAGMA user_version"), 1);
    assert_int_equal(integer(&db, "SELECT count(*) FROM sqlite_schema"), 1);
    ok_call(schema_upgrade(&db, &second, &e), e);
    database_done(&db);
}

static void another_programs_database_is_not_touched(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(database_run(&db, "CREATE TABLE theirs (x)", &e), e);
    ok_err(schema_upgrade(&db, &first, &e), e, ERR_DAMAGED, "not one of ours");
    assert_string_equal(e.hint, "throw it away");
    ok_call(database_run(&db, "PRAGMA application_id=1; PRAGMA user_version=1;", &e), e);
    ok_err(schema_check(&db, &first, &e), e, ERR_DAMAGED, "not one of ours");
    database_done(&db);
}

static void our_two_files_are_not_taken_for_each_other(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    struct database db = opened(DATABASE_WRITE);
    ok_call(schema_upgrade(&db, &schema_index, &e), e);
    ok_err(schema_upgrade(&db, &schema_kept, &e), e, ERR_DAMAGED, "not one of ours");
    database_done(&db);
}

static int folder_make(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(path, sizeof path, "%s/file", folder) < 0;
}

static int folder_remove(void **state)
{
    (void)state;
    files_remove();
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_gets_every_step),
        cmocka_unit_test(an_older_file_gets_the_steps_it_lacks_and_keeps_its_rows),
        cmocka_unit_test(a_newer_file_is_left_to_a_newer_build),
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(another_programs_database_is_not_touched),
        cmocka_unit_test(our_two_files_are_not_taken_for_each_other),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
