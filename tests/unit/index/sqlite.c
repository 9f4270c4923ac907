/*
 * The storage driver, by its own table alone: the same tests will do for another driver. What only
 * SQLite can show (damaged files, killed writers) stands at the end.
 */
#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "index/index.h"
#include "index/schema.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct index_driver *const driver = &index_sqlite;
static char folder[] = "index-test.XXXXXX";
static char path[64];

static void files_remove(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

static struct index *writer_open(void)
{
    struct err e;
    struct index *ix = NULL;
    ok_call(driver->open(&ix, path, INDEX_WRITER, &e), e);
    return ix;
}

static const char *type_of(int64_t number)
{
    return number % 3 == 0 ? "grant" : "request";
}

static void leaf_of(int64_t number, uint8_t ret[INDEX_HASH_SIZE])
{
    memset(ret, 0, INDEX_HASH_SIZE);
    memcpy(ret, &number, sizeof number);
}

/* Entry `number`: every third a grant, the others with two marks for one digest each. */
static bool put(struct index *ix, int64_t number, struct err *e)
{
    char text[32];
    uint8_t digest[32] = {(uint8_t)(number % 5)};
    struct index_entry entry = {.number = number,
                                .time_ms = 1000 + number,
                                .type = bytes_text(type_of(number)),
                                .actor = number % 2 ? bytes_text("p1") : BYTES_NONE,
                                .subject = number % 2 ? BYTES_OF(digest) : BYTES_NONE,
                                .summary = bytes_text("what happened")};
    leaf_of(number, entry.leaf);
    (void)snprintf(text, sizeof text, "{\"n\":%lld}", (long long)number);
    entry.bytes = bytes_text(text);
    const struct index_mark marks[] = {
        {.kind = INDEX_TO_BE_SIGNED, .key = BYTES_OF(digest), .item = 0},
        {.kind = INDEX_TO_BE_SIGNED, .key = BYTES_OF(digest), .item = 1},
        {.kind = INDEX_PERSON, .key = bytes_text("p1"), .item = 0},
        {.kind = INDEX_PERSON, .key = bytes_text("p1"), .item = 0}, /* twice does no harm */
    };
    return driver->put(ix, &entry, marks, 4, e);
}

static void fill(struct index *ix, int64_t count)
{
    struct err e;
    int64_t size = -1;
    ok_call(driver->size(ix, &size, &e), e);
    ok_call(driver->begin(ix, &e), e);
    for (int64_t n = size; n < size + count; n++)
        ok_call(put(ix, n, &e), e);
    ok_call(driver->commit(ix, &e), e);
}

static int64_t size_of(struct index *ix)
{
    struct err e;
    int64_t size = -1;
    ok_call(driver->size(ix, &size, &e), e);
    return size;
}

/* --- The driver ------------------------------------------------------------------------------- */

static void an_entry_is_found_by_number_and_by_leaf(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    assert_int_equal(size_of(ix), 0);
    fill(ix, 10);
    assert_int_equal(size_of(ix), 10);
    for (int64_t n = 0; n < 10; n++) {
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct index_entry got = {0};
        struct index_entry same = {0};
        uint8_t leaf[INDEX_HASH_SIZE];
        leaf_of(n, leaf);
        ok_call(driver->by_number(ix, n, &got, &a, &e), e);
        ok_call(driver->by_leaf(ix, leaf, &same, &a, &e), e);
        assert_int_equal(same.number, n);
        assert_int_equal(got.time_ms, 1000 + n);
        ok_text(got.type, type_of(n));
        ok_text(got.summary, "what happened");
        assert_true((got.actor.data != NULL) == (n % 2 == 1));
        assert_true((got.subject.data != NULL) == (n % 2 == 1));
        assert_memory_equal(got.leaf, leaf, sizeof leaf);
        assert_non_null(memchr(got.bytes.data, (int)('0' + n), got.bytes.size));
    }
}

static void what_is_not_there_is_not_found_and_leaves_the_result(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(arena) small = ARENA(8);
    uint8_t leaf[INDEX_HASH_SIZE] = {9, 9};
    struct index_entry got = {.number = 77};
    fill(ix, 3);
    ok_err(driver->by_number(ix, 3, &got, &a, &e), e, ERR_NOT_FOUND, "no such entry");
    ok_err(driver->by_leaf(ix, leaf, &got, &a, &e), e, ERR_NOT_FOUND, "no such entry");
    ok_err(driver->by_number(ix, 1, &got, &small, &e), e, ERR_LIMIT, "no room");
    assert_int_equal(got.number, 77);
}

static void lists_come_newest_first_page_by_page(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    fill(ix, 20);
    struct index_query query = {.before = INT64_MAX, .limit = 6};
    struct index_entries got = {0};
    int64_t expect = 19;
    do {
        ok_call(driver->list(ix, &query, &got, &a, &e), e);
        for (size_t i = 0; i < got.count; i++) {
            assert_int_equal(got.list[i].number, expect--);
            assert_null(got.list[i].bytes.data);
        }
        query.before = expect + 1;
    } while (got.count > 0);
    assert_int_equal(expect, -1);

    query =
        (struct index_query){.type = bytes_text("grant"), .before = 15, .limit = 3, .bytes = true};
    ok_call(driver->list(ix, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.list[0].number, 12);
    assert_int_equal(got.list[2].number, 6);
    ok_text(got.list[0].bytes, "{\"n\":12}");

    query.type = bytes_text("unheard");
    ok_call(driver->list(ix, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 0);
    query.limit = 0;
    ok_err(driver->list(ix, &query, &got, &a, &e), e, ERR_LIMIT, "rows");
    query.limit = INDEX_PAGE_MAX + 1;
    ok_err(driver->list(ix, &query, &got, &a, &e), e, ERR_LIMIT, "rows");
}

static void marks_are_searched_newest_first_page_by_page(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    fill(ix, 20);
    uint8_t digest[32] = {2};
    struct index_search search = {.kind = INDEX_TO_BE_SIGNED,
                                  .key = BYTES_OF(digest),
                                  .before = INDEX_FROM_NEWEST,
                                  .limit = 3};
    const struct index_hit want[] = {{17, 1}, {17, 0}, {12, 1}, {12, 0},
                                     {7, 1},  {7, 0},  {2, 1},  {2, 0}};
    size_t at = 0;
    struct index_hits got = {0};
    do {
        ok_call(driver->search(ix, &search, &got, &a, &e), e);
        for (size_t i = 0; i < got.count; i++, at++) {
            assert_int_equal(got.list[i].entry, want[at].entry);
            assert_int_equal(got.list[i].item, want[at].item);
            search.before = got.list[i];
        }
    } while (got.count > 0);
    assert_int_equal(at, 8);

    search.before = INDEX_FROM_NEWEST;
    search.kind = INDEX_ARTIFACT;
    ok_call(driver->search(ix, &search, &got, &a, &e), e);
    assert_int_equal(got.count, 0);
    search = (struct index_search){.kind = INDEX_PERSON,
                                   .key = bytes_text("p1"),
                                   .before = INDEX_FROM_NEWEST,
                                   .limit = INDEX_PAGE_MAX};
    ok_call(driver->search(ix, &search, &got, &a, &e), e);
    assert_int_equal(got.count, 20);
    search.limit = 0;
    ok_err(driver->search(ix, &search, &got, &a, &e), e, ERR_LIMIT, "rows");
}

static void entries_have_no_gaps_and_need_a_transaction(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    ok_err(put(ix, 0, &e), e, ERR_INTERNAL, "within a transaction");
    ok_call(driver->begin(ix, &e), e);
    ok_err(put(ix, 1, &e), e, ERR_INTERNAL, "needs entry 0, not 1");
    ok_call(put(ix, 0, &e), e);
    ok_err(put(ix, 0, &e), e, ERR_INTERNAL, "needs entry 1, not 0");
    ok_call(driver->commit(ix, &e), e);
    ok_err(driver->commit(ix, &e), e, ERR_INTERNAL, "transaction");
    assert_int_equal(size_of(ix), 1);
}

static void a_transaction_is_seen_whole_or_not_at_all(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO(index) reader = NULL;
    ok_call(driver->open(&reader, path, INDEX_READER, &e), e);
    fill(ix, 4);
    ok_call(driver->begin(ix, &e), e);
    ok_call(put(ix, 4, &e), e);
    assert_int_equal(size_of(ix), 5);
    assert_int_equal(size_of(reader), 4);
    driver->rollback(ix);
    assert_int_equal(size_of(ix), 4);
    ok_call(driver->begin(ix, &e), e);
    ok_call(put(ix, 4, &e), e);
    index_free(TAKE(ix));
    assert_int_equal(size_of(reader), 4);
    ix = writer_open();
    fill(ix, 1);
    assert_int_equal(size_of(reader), 5);
}

static void a_reader_cannot_write(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO(index) reader = NULL;
    fill(ix, 2);
    ok_call(driver->open(&reader, path, INDEX_READER, &e), e);
    ok_err(driver->wipe(reader, &e), e, ERR_IO, "readonly");
    assert_int_equal(size_of(ix), 2);
}

static atomic_bool writing;

/* A connection of its own; the number of reads that did not show whole transactions. */
static void *reader_run(void *unused)
{
    struct err e;
    struct index *ix = NULL;
    intptr_t wrong = !driver->open(&ix, path, INDEX_READER, &e);
    while (wrong == 0 && atomic_load(&writing)) {
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct index_query query = {.before = INT64_MAX, .limit = 50};
        struct index_entries got = {0};
        if (!driver->list(ix, &query, &got, &a, &e))
            wrong++;
        else
            wrong += got.count > 0 && (got.list[0].number + 1) % 5 != 0;
    }
    index_free(ix);
    (void)unused;
    return (void *)wrong;
}

static void readers_in_other_threads_see_whole_transactions(void **state)
{
    (void)state;
    files_remove();
    AUTO(index) ix = writer_open();
    pthread_t readers[3];
    atomic_store(&writing, true);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, reader_run, NULL), 0);
    for (size_t i = 0; i < 300; i++)
        fill(ix, 5);
    atomic_store(&writing, false);
    for (size_t i = 0; i < 3; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(readers[i], &wrong), 0);
        assert_null(wrong);
    }
}

static void a_wiped_index_fills_again(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) ix = writer_open();
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    fill(ix, 7);
    ok_call(driver->wipe(ix, &e), e);
    assert_int_equal(size_of(ix), 0);
    struct index_hits got = {0};
    struct index_search search = {
        .kind = INDEX_PERSON, .key = bytes_text("p1"), .before = INDEX_FROM_NEWEST, .limit = 9};
    ok_call(driver->search(ix, &search, &got, &a, &e), e);
    assert_int_equal(got.count, 0);
    fill(ix, 3);
    assert_int_equal(size_of(ix), 3);
}

/* --- SQLite's file ---------------------------------------------------------------------------- */

static void the_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    struct stat st;
    files_remove();
    index_free(writer_open());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_reader_needs_the_writer_to_have_made_it(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(index) reader = NULL;
    ok_err(driver->open(&reader, path, INDEX_READER, &e), e, ERR_NOT_FOUND, path);
    ok_call(file_replace_view(path, BYTES_NONE, 0600, &e), e);
    ok_err(driver->open(&reader, path, INDEX_READER, &e), e, ERR_STATE, "writer");
    assert_null(reader);
}

static void a_file_that_is_not_ours_or_damaged_is_to_be_deleted(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) whole = BUF(16U << 20);
    files_remove();
    {
        AUTO(index) ix = writer_open();
        fill(ix, 500);
    }
    ok_call(file_read(&whole, path, FILE_REGULAR, &e), e);
    assert_true(whole.size > 40960);

    AUTO(index) ix = NULL;
    static uint8_t noise[8192];
    memset(noise, 0xa5, sizeof noise);
    ok_call(file_replace_view(path, BYTES_OF(noise), 0600, &e), e);
    ok_err(driver->open(&ix, path, INDEX_WRITER, &e), e, ERR_DAMAGED, "not a database");
    assert_non_null(strstr(e.hint, "delete this file"));

    /* A page of the middle overwritten, and a file cut in its middle. */
    memset(whole.data + 8192, 0xa5, 4096);
    ok_call(file_replace_view(path, buf_bytes(&whole), 0600, &e), e);
    ok_err(driver->open(&ix, path, INDEX_WRITER, &e), e, ERR_DAMAGED, path);
    ok_call(file_replace_view(path, bytes_make(whole.data, 12288), 0600, &e), e);
    ok_err(driver->open(&ix, path, INDEX_WRITER, &e), e, ERR_DAMAGED, path);
    assert_null(ix);
}

/* The older schema knows nothing of what was signed: everything is read again. */
static void an_older_index_is_filled_anew(void **state)
{
    (void)state;
    struct err e;
    static const struct database_kind kind = {.what = "the index", .remedy = "delete it"};
    struct schema first = schema_index;
    struct database db = {0};
    files_remove();
    first.count = 1;
    ok_call(database_open(&db, &kind, path, DATABASE_WRITE, &e), e);
    ok_call(schema_upgrade(&db, &first, &e), e);
    ok_call(database_run(&db,
                         "INSERT INTO entries (number, time_ms, leaf, type, summary, bytes)"
                         " VALUES (0, 1, x'00', 'genesis', 'it begins', x'00')",
                         &e),
            e);
    database_done(&db);
    AUTO(index) ix = writer_open();
    assert_int_equal(size_of(ix), 0);
    fill(ix, 3);
    assert_int_equal(size_of(ix), 3);
}

/* Puts in small transactions until it is killed; tells each size after its commit. */
static _Noreturn void writer_run(int to)
{
    struct err e;
    AUTO(index) ix = NULL;
    int64_t size = 0;
    if (!driver->open(&ix, path, INDEX_WRITER, &e) || !driver->size(ix, &size, &e))
        _exit(3);
    for (;;) {
        if (!driver->begin(ix, &e))
            _exit(4);
        for (int i = 0; i < 5; i++)
            if (!put(ix, size++, &e))
                _exit(5);
        if (!driver->commit(ix, &e) || write(to, &size, sizeof size) != sizeof size)
            _exit(6);
    }
}

static void a_killed_writer_leaves_whole_transactions(void **state)
{
    (void)state;
    files_remove();
    for (int i = 0; i < 40; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            writer_run(ends[1]);
        close(ends[1]);
        struct timespec pause = {.tv_nsec = 500000 + i * 311000 % 9000000};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        int64_t told = 0;
        int64_t size = 0;
        while (read(ends[0], &size, sizeof size) == sizeof size)
            told = size;
        close(ends[0]);
        AUTO(index) ix = writer_open();
        assert_int_equal(size_of(ix) % 5, 0);
        assert_true(size_of(ix) >= told);
    }
}

static int folder_make(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(path, sizeof path, "%s/index", folder) < 0;
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
        cmocka_unit_test(an_entry_is_found_by_number_and_by_leaf),
        cmocka_unit_test(what_is_not_there_is_not_found_and_leaves_the_result),
        cmocka_unit_test(lists_come_newest_first_page_by_page),
        cmocka_unit_test(marks_are_searched_newest_first_page_by_page),
        cmocka_unit_test(entries_have_no_gaps_and_need_a_transaction),
        cmocka_unit_test(a_transaction_is_seen_whole_or_not_at_all),
        cmocka_unit_test(a_reader_cannot_write),
        cmocka_unit_test(readers_in_other_threads_see_whole_transactions),
        cmocka_unit_test(a_wiped_index_fills_again),
        cmocka_unit_test(the_file_is_for_its_owner_alone),
        cmocka_unit_test(a_reader_needs_the_writer_to_have_made_it),
        cmocka_unit_test(a_file_that_is_not_ours_or_damaged_is_to_be_deleted),
        cmocka_unit_test(an_older_index_is_filled_anew),
        cmocka_unit_test(a_killed_writer_leaves_whole_transactions),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
