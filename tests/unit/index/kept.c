#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "index/database.h"
#include "index/kept.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "kept-test.XXXXXX";
static char path[64];

static const char *const ends[] = {"", "-wal", "-shm"};

static void files_remove(void)
{
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

/* True if the text stands anywhere in the file or beside it. */
static bool files_hold(const char *text)
{
    bool held = false;
    for (size_t i = 0; i < 2; i++) {
        struct err e;
        char name[80];
        AUTO_VALUE(buf) whole = BUF(16U << 20);
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        if (file_read(&whole, name, FILE_REGULAR, &e) && whole.size > 0)
            held = held || memmem(whole.data, whole.size, text, strlen(text)) != NULL;
    }
    return held;
}

static struct kept *kept_opened(void)
{
    struct err e;
    struct kept *k = NULL;
    ok_call(kept_open(&k, path, &e), e);
    return k;
}

static struct kept_name named(const char *handle, const char *name)
{
    return (struct kept_name){
        .handle = bytes_text(handle), .name = bytes_text(name), .salt = bytes_text("salt-of-it")};
}

static struct kept_confirmation confirmed(const char *endpoint, int64_t number, int64_t time)
{
    static const uint8_t list[32] = {7};
    return (struct kept_confirmation){.endpoint = bytes_text(endpoint),
                                      .number = number,
                                      .first_ms = time,
                                      .last_ms = time,
                                      .list = BYTES_OF(list),
                                      .size = time / 10,
                                      .text = bytes_text(time == 200 ? "the first" : "another")};
}

static void confirm(struct kept *k, const char *endpoint, int64_t number, int64_t time)
{
    struct err e;
    struct kept_confirmation c = confirmed(endpoint, number, time);
    ok_call(kept_confirmation_put(k, &c, &e), e);
}

static void confirmations_are_kept_with_the_first_and_the_last_time(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct kept_confirmation got = {.number = 77};
    files_remove();
    {
        AUTO(kept) k = kept_opened();
        ok_err(kept_confirmation_newest(k, bytes_text("edge"), &got, &a, &e), e, ERR_NOT_FOUND, "");
        assert_int_equal(got.number, 77);
        confirm(k, "edge", 4, 100);
        confirm(k, "edge", 7, 200);
        confirm(k, "edge", 7, 300);
        confirm(k, "other", 9, 400);
    }
    AUTO(kept) k = kept_opened();
    ok_call(kept_confirmation_newest(k, bytes_text("edge"), &got, &a, &e), e);
    assert_int_equal(got.number, 7);
    assert_int_equal(got.first_ms, 200);
    assert_int_equal(got.last_ms, 300);
    assert_int_equal(got.size, 30);
    ok_text(got.text, "another");
    ok_call(kept_confirmation_from(k, bytes_text("edge"), 5, &got, &a, &e), e);
    assert_int_equal(got.first_ms, 200);
    ok_call(kept_confirmation_from(k, bytes_text("edge"), 4, &got, &a, &e), e);
    assert_int_equal(got.first_ms, 100);
    ok_err(kept_confirmation_from(k, bytes_text("edge"), 8, &got, &a, &e), e, ERR_NOT_FOUND, "");
}

static void an_endpoint_has_so_many_confirmations_and_the_oldest_go(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct kept_confirmation got;
    files_remove();
    AUTO(kept) k = kept_opened();
    ok_call(database_run((struct database *)k, "PRAGMA synchronous=OFF", &e), e);
    confirm(k, "other", 1, 1);
    for (int64_t n = 1; n <= KEPT_CONFIRMATIONS_MAX + 10; n++)
        confirm(k, "edge", n, n);
    ok_call(kept_confirmation_from(k, bytes_text("edge"), 0, &got, &a, &e), e);
    assert_int_equal(got.number, 11);
    ok_call(kept_confirmation_newest(k, bytes_text("other"), &got, &a, &e), e);
    assert_int_equal(got.number, 1);
}

static void a_publication_keeps_its_first_time(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    static const uint8_t list[32] = {9};
    struct kept_published put = {.number = 5, .time_ms = 500, .list = BYTES_OF(list)};
    struct kept_published got = {.number = 77};
    files_remove();
    AUTO(kept) k = kept_opened();
    ok_err(kept_published_from(k, 0, &got, &a, &e), e, ERR_NOT_FOUND, "");
    assert_int_equal(got.number, 77);
    ok_call(kept_published_put(k, &put, &e), e);
    put.time_ms = 900;
    ok_call(kept_published_put(k, &put, &e), e);
    put = (struct kept_published){.number = 8, .time_ms = 800};
    ok_call(kept_published_put(k, &put, &e), e);
    ok_call(kept_published_from(k, 3, &got, &a, &e), e);
    assert_int_equal(got.time_ms, 500);
    ok_bytes(got.list, BYTES_OF(list));
    ok_call(kept_published_from(k, 6, &got, &a, &e), e);
    assert_int_equal(got.time_ms, 800);
    assert_null(got.list.data);
}

static void names_are_listed_in_order(void **state)
{
    (void)state;
    struct err e;
    AUTO(kept) k = NULL;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct kept_names names = {.count = 99};
    static const char *const handles[] = {"h3", "h1", "h2"};
    ok_call(kept_open(&k, path, &e), e);
    for (size_t i = 0; i < 3; i++) {
        struct kept_name name = named(handles[i], "somebody");
        ok_call(kept_name_put(k, &name, &e), e);
    }
    ok_call(kept_name_list(k, BYTES_NONE, 2, &names, &a, &e), e);
    assert_int_equal(names.count, 2);
    ok_text(names.list[0].handle, "h1");
    ok_text(names.list[1].handle, "h2");
    ok_call(kept_name_list(k, names.list[1].handle, 2, &names, &a, &e), e);
    assert_int_equal(names.count, 1);
    ok_text(names.list[0].handle, "h3");
    ok_text(names.list[0].name, "somebody");
    names.count = 99;
    ok_err(kept_name_list(k, BYTES_NONE, KEPT_PAGE_MAX + 1, &names, &a, &e), e, ERR_INTERNAL,
           "page");
    assert_int_equal(names.count, 99);
}

static void a_name_is_put_replaced_and_got(void **state)
{
    (void)state;
    struct err e;
    struct stat st;
    files_remove();
    AUTO(kept) k = kept_opened();
    AUTO_VALUE(arena) a = ARENA(1 << 16);
    struct kept_name got = {0};
    struct kept_name one = named("h1", "first officer");
    struct kept_name two = named("h1", "second officer");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ok_call(kept_name_put(k, &one, &e), e);
    ok_call(kept_name_get(k, bytes_text("h1"), &got, &a, &e), e);
    ok_text(got.name, "first officer");
    ok_text(got.salt, "salt-of-it");
    ok_call(kept_name_put(k, &two, &e), e);
    kept_free(TAKE(k));
    k = kept_opened();
    ok_call(kept_name_get(k, bytes_text("h1"), &got, &a, &e), e);
    ok_text(got.handle, "h1");
    ok_text(got.name, "second officer");
    ok_err(kept_name_get(k, bytes_text("h2"), &got, &a, &e), e, ERR_NOT_FOUND, "h2");
    ok_text(got.name, "second officer");
}

static void an_erased_name_is_nowhere_in_the_files(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(kept) k = kept_opened();
    AUTO_VALUE(arena) a = ARENA(1 << 16);
    struct kept_name got = {0};
    struct kept_name gone = named("h1", "somebody-who-left");
    struct kept_name stays = named("h2", "somebody-who-stays");
    ok_call(kept_name_put(k, &stays, &e), e);
    ok_call(kept_name_put(k, &gone, &e), e);
    assert_true(files_hold("somebody-who-left"));
    ok_call(kept_name_erase(k, bytes_text("h1"), &e), e);
    assert_false(files_hold("somebody-who-left"));
    assert_true(files_hold("somebody-who-stays"));
    ok_err(kept_name_get(k, bytes_text("h1"), &got, &a, &e), e, ERR_NOT_FOUND, "h1");
    ok_call(kept_name_erase(k, bytes_text("h1"), &e), e);
}

static void refuse(struct kept *k, int64_t n, const char *actor, const char *rule)
{
    struct err e;
    struct kept_refusal refusal = {.time_ms = n,
                                   .actor = bytes_text(actor),
                                   .rule = bytes_text(rule),
                                   .message = bytes_text("no")};
    ok_call(kept_refusal_put(k, &refusal, &e), e);
}

static void refusals_are_listed_newest_first_by_actor_and_rule(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(kept) k = kept_opened();
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    for (int64_t n = 0; n < 12; n++)
        refuse(k, n, n % 2 ? "p1" : "p2", n % 3 ? "grant.window" : "duty.approve");
    struct kept_refusals got = {0};
    struct kept_query query = {.before = INT64_MAX, .limit = 5};
    ok_call(kept_refusal_list(k, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 5);
    assert_int_equal(got.list[0].time_ms, 11);
    assert_true(got.list[0].id > got.list[1].id);
    query.before = got.list[4].id;
    ok_call(kept_refusal_list(k, &query, &got, &a, &e), e);
    assert_int_equal(got.list[0].time_ms, 6);

    query = (struct kept_query){.actor = bytes_text("p1"),
                                .rule = bytes_text("duty.approve"),
                                .before = INT64_MAX,
                                .limit = 100};
    ok_call(kept_refusal_list(k, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.list[0].time_ms, 9);
    assert_int_equal(got.list[1].time_ms, 3);
    ok_text(got.list[1].message, "no");
    query.limit = 0;
    ok_err(kept_refusal_list(k, &query, &got, &a, &e), e, ERR_LIMIT, "rows");
    assert_int_equal(got.count, 2);
}

static void a_refusal_of_nobody_and_by_no_rule_is_kept_as_empty(void **state)
{
    (void)state;
    struct err e;
    files_remove();
    AUTO(kept) k = kept_opened();
    AUTO_VALUE(arena) a = ARENA(1 << 16);
    struct kept_refusal refusal = {.time_ms = 5};
    struct kept_refusals got = {0};
    struct kept_query query = {.before = INT64_MAX, .limit = 1};
    ok_call(kept_refusal_put(k, &refusal, &e), e);
    ok_call(kept_refusal_list(k, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 1);
    ok_text(got.list[0].actor, "");
    ok_text(got.list[0].rule, "");
}

static int64_t refusals_count(struct database *db)
{
    struct err e;
    int64_t count = -1;
    ok_call(database_integer(db, "SELECT count(*) FROM refusals", &count, &e), e);
    return count;
}

static void the_oldest_refusals_make_room(void **state)
{
    (void)state;
    static const struct database_kind kind = {.what = "kept", .remedy = ""};
    struct err e;
    struct database db = {0};
    files_remove();
    AUTO(kept) k = kept_opened();
    AUTO_VALUE(arena) a = ARENA(1 << 16);
    ok_call(database_open(&db, &kind, path, DATABASE_WRITE, &e), e);
    ok_call(database_run(&db,
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                         "100000) INSERT INTO refusals (time_ms, actor, rule, message) "
                         "SELECT i, 'p', 'r', 'm' FROM n",
                         &e),
            e);
    assert_int_equal(refusals_count(&db), KEPT_REFUSALS_MAX);
    refuse(k, 200000, "p", "r");
    refuse(k, 200001, "p", "r");
    assert_int_equal(refusals_count(&db), KEPT_REFUSALS_MAX);
    database_done(&db);
    struct kept_refusals got = {0};
    struct kept_query query = {.before = 5, .limit = 5};
    ok_call(kept_refusal_list(k, &query, &got, &a, &e), e);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.list[1].time_ms, 3);
}

/* Puts name after name until it is killed; tells each one that is kept. */
static _Noreturn void writer_run(int to)
{
    struct err e;
    AUTO(kept) k = NULL;
    if (!kept_open(&k, path, &e))
        _exit(3);
    for (int n = 0;; n++) {
        char handle[16];
        (void)snprintf(handle, sizeof handle, "h%d", n);
        struct kept_name name = named(handle, "x");
        if (!kept_name_put(k, &name, &e) || write(to, &n, sizeof n) != sizeof n)
            _exit(4);
    }
}

static void what_was_put_survives_kill_9(void **state)
{
    (void)state;
    struct err e;
    for (int i = 0; i < 20; i++) {
        int fds[2];
        files_remove();
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0)
            writer_run(fds[1]);
        close(fds[1]);
        struct timespec pause = {.tv_nsec = 1000000 + i * 700000};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        AUTO(kept) k = kept_opened();
        int n = 0;
        while (read(fds[0], &n, sizeof n) == sizeof n) {
            char handle[16];
            AUTO_VALUE(arena) a = ARENA(1 << 16);
            struct kept_name got = {0};
            (void)snprintf(handle, sizeof handle, "h%d", n);
            ok_call(kept_name_get(k, bytes_text(handle), &got, &a, &e), e);
        }
        close(fds[0]);
    }
}

static void a_damaged_file_is_to_be_restored(void **state)
{
    (void)state;
    struct err e;
    AUTO(kept) k = NULL;
    files_remove();
    ok_call(file_replace_view(path, bytes_text("this is no database, but long enough to be read"),
                              0600, &e),
            e);
    ok_err(kept_open(&k, path, &e), e, ERR_DAMAGED, path);
    assert_non_null(strstr(e.hint, "backup"));
    assert_null(k);
}

static int folder_make(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(path, sizeof path, "%s/kept", folder) < 0;
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
        cmocka_unit_test(names_are_listed_in_order),
        cmocka_unit_test(confirmations_are_kept_with_the_first_and_the_last_time),
        cmocka_unit_test(an_endpoint_has_so_many_confirmations_and_the_oldest_go),
        cmocka_unit_test(a_publication_keeps_its_first_time),
        cmocka_unit_test(a_name_is_put_replaced_and_got),
        cmocka_unit_test(an_erased_name_is_nowhere_in_the_files),
        cmocka_unit_test(refusals_are_listed_newest_first_by_actor_and_rule),
        cmocka_unit_test(a_refusal_of_nobody_and_by_no_rule_is_kept_as_empty),
        cmocka_unit_test(the_oldest_refusals_make_room),
        cmocka_unit_test(what_was_put_survives_kill_9),
        cmocka_unit_test(a_damaged_file_is_to_be_restored),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
