#include "unit/ok.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each test works in a fresh folder, which is the current one. */
static int enter_folder(void **state)
{
    static char folder[64];
    (void)snprintf(folder, sizeof folder, "/tmp/sealward-file-test.XXXXXX");
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        return -1;
    }
    *state = folder;
    return 0;
}

static bool remove_one(void *context, const char *name, struct err *e)
{
    (void)context;
    struct file_facts facts = {0};
    if (!file_facts_at(&facts, name, e)) {
        return file_remove(name, e); /* a dangling link */
    }
    if (facts.folder) {
        return chdir(name) == 0 && file_list(".", 100, remove_one, NULL, e) && chdir("..") == 0 &&
               file_remove(name, e);
    }
    return file_remove(name, e);
}

static int leave_folder(void **state)
{
    struct err e = {0};
    bool ok =
        file_list(".", 100, remove_one, NULL, &e) && chdir("/") == 0 && file_remove(*state, &e);
    return ok ? 0 : -1;
}

static void put(const char *path, const char *text)
{
    struct err e = {0};
    ok_call(file_replace(path, bytes_text(text), 0644, &e), e);
}

static void replaced_file_is_read_back_whole(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO_VALUE(buf) text = BUF(100);
    put("f", "first");
    put("f", "second and longer");
    ok_call(file_read(&text, "f", FILE_REGULAR, &e), e);
    ok_text(buf_bytes(&text), "second and longer");
}

static void replacing_leaves_no_temporary_file_and_sets_the_mode_exactly(void **state)
{
    (void)state;
    struct err e = {0};
    struct file_facts facts = {0};
    mode_t before = umask(077);
    ok_call(file_replace("f", bytes_text("x"), 0644, &e), e);
    ok_call(file_replace_view("f", bytes_text("xy"), 0640, &e), e);
    umask(before);
    ok_call(file_facts_at(&facts, "f", &e), e);
    assert_int_equal(facts.mode, 0640);
    assert_int_equal(facts.size, 2);
    assert_true(facts.regular);
    size_t names = 1; /* the list holds no more than the one */
    ok_call(file_list(".", names, remove_one, NULL, &e), e);
}

static void replacing_in_a_missing_folder_fails_and_names_the_path(void **state)
{
    (void)state;
    struct err e = {0};
    ok_err(file_replace("gone/f", bytes_text("x"), 0644, &e), e, ERR_NOT_FOUND, "gone/f");
}

static void failed_replacing_keeps_the_old_file(void **state)
{
    (void)state;
    struct err e = {0};
    put("f", "old");
    pid_t child = fork();
    if (child == 0) {
        /* Files of this child end after 4 bytes: a full disk, as far as it can tell. */
        const struct rlimit limit = {.rlim_cur = 4, .rlim_max = 4};
        signal(SIGXFSZ, SIG_IGN);
        bool bad = setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
                   file_replace("f", bytes_text("new and longer"), 0644, &e) || e.code != ERR_IO;
        _exit(bad);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    AUTO_VALUE(buf) text = BUF(100);
    ok_call(file_read(&text, "f", FILE_REGULAR, &e), e);
    ok_text(buf_bytes(&text), "old");
    ok_call(file_list(".", 1, remove_one, NULL, &e), e);
}

static void reading_more_than_the_limit_is_refused_and_leaves_the_buffer(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO_VALUE(buf) text = BUF(10);
    put("ten", "0123456789");
    put("eleven", "0123456789A");
    buf_put_text(&text, "");
    ok_err(file_read(&text, "eleven", FILE_REGULAR, &e), e, ERR_LIMIT, "eleven");
    assert_int_equal(text.size, 0);
    assert_false(text.failed);
    ok_call(file_read(&text, "ten", FILE_REGULAR, &e), e);
    ok_text(buf_bytes(&text), "0123456789");
}

static void reading_appends_to_what_is_there(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO_VALUE(buf) text = BUF(10);
    put("f", "cdef");
    buf_put_text(&text, "ab");
    ok_call(file_read(&text, "f", FILE_REGULAR, &e), e);
    ok_text(buf_bytes(&text), "abcdef");
    ok_err(file_read(&text, "absent", FILE_REGULAR, &e), e, ERR_NOT_FOUND, "absent");
    ok_text(buf_bytes(&text), "abcdef");
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = NULL;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    ok_err(file_open(&f, "pipe", FILE_READ, FILE_REGULAR, 0, &e), e, ERR_INPUT, "pipe");
    ok_err(file_open(&f, "folder", FILE_READ, FILE_ANY, 0, &e), e, ERR_INPUT, "folder");
    ok_err(file_open(&f, "/dev/null", FILE_READ, FILE_REGULAR, 0, &e), e, ERR_INPUT, "/dev/null");
    assert_null(f);
    ok_call(file_open(&f, "/dev/null", FILE_READ_WRITE, FILE_ANY, 0, &e), e);
}

static void create_refuses_what_exists_even_a_dangling_link(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = NULL;
    put("f", "x");
    assert_int_equal(symlink("nowhere", "link"), 0);
    ok_err(file_open(&f, "f", FILE_CREATE, FILE_REGULAR, 0600, &e), e, ERR_CONFLICT, "f");
    ok_err(file_open(&f, "link", FILE_CREATE, FILE_REGULAR, 0600, &e), e, ERR_CONFLICT, "link");
    ok_err(file_open(&f, "absent", FILE_READ_WRITE, FILE_REGULAR, 0, &e), e, ERR_NOT_FOUND,
           "absent");
    assert_null(f);
    ok_call(file_open(&f, "new", FILE_CREATE, FILE_REGULAR, 0600, &e), e);
    assert_int_equal(fcntl(file_descriptor(f), F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(file_descriptor(f), F_GETFL) & O_NONBLOCK, 0);
}

static void ranges_are_written_and_read_exactly(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = NULL;
    uint8_t got[6] = {0};
    ok_call(file_open(&f, "f", FILE_OPEN, FILE_REGULAR, 0600, &e), e);
    ok_call(file_preallocate(f, 8192, &e), e);
    ok_call(file_pwrite(f, 4000, bytes_text("seals!"), &e), e);
    ok_call(file_sync(f, &e), e);
    ok_call(file_pread(f, 4000, got, sizeof got, &e), e);
    ok_text(BYTES_OF(got), "seals!");
    struct file_facts facts = {0};
    ok_call(file_facts(&facts, f, &e), e);
    assert_int_equal(facts.size, 8192);
    /* Reserving less than is there changes nothing. */
    ok_call(file_preallocate(f, 100, &e), e);
    ok_call(file_facts(&facts, f, &e), e);
    assert_int_equal(facts.size, 8192);
}

static void reading_beyond_the_end_is_damage_and_says_where(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = NULL;
    uint8_t got[8] = {0};
    put("f", "0123456789");
    ok_call(file_open(&f, "f", FILE_READ_WRITE, FILE_REGULAR, 0, &e), e);
    ok_err(file_pread(f, 5, got, sizeof got, &e), e, ERR_DAMAGED, "f ends at byte 10, expected 13");
    ok_call(file_truncate(f, 4, &e), e);
    ok_err(file_pread(f, 4, got, 1, &e), e, ERR_DAMAGED, "ends at byte 4");
    ok_err(file_pread(f, UINT64_MAX, got, 1, &e), e, ERR_LIMIT, "out of range");
    ok_err(file_pwrite(f, INT64_MAX, bytes_text("x"), &e), e, ERR_LIMIT, "out of range");
}

static void full_device_is_an_error_not_a_short_write(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = NULL;
    ok_call(file_open(&f, "/dev/full", FILE_READ_WRITE, FILE_ANY, 0, &e), e);
    ok_err(file_pwrite(f, 0, bytes_text("x"), &e), e, ERR_IO, "cannot write /dev/full");
    assert_string_equal(e.cause, "No space left on device");
    ok_err(file_write_descriptor(file_descriptor(f), bytes_text("x"), "output", &e), e, ERR_IO,
           "cannot write output");
}

static void short_writes_to_a_pipe_are_continued(void **state)
{
    (void)state;
    struct err e = {0};
    int ends[2];
    static uint8_t large[300000];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        _exit(!file_write_descriptor(ends[1], BYTES_OF(large), "pipe", &e));
    }
    close(ends[1]);
    AUTO_VALUE(buf) all = BUF(sizeof large);
    ok_call(file_read_descriptor(&all, ends[0], "pipe", &e), e);
    assert_int_equal(all.size, sizeof large);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void second_locker_is_told_that_the_file_is_in_use(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) first = NULL;
    AUTO(file) second = NULL;
    ok_call(file_open(&first, "f", FILE_OPEN, FILE_REGULAR, 0600, &e), e);
    ok_call(file_open(&second, "f", FILE_OPEN, FILE_REGULAR, 0600, &e), e);
    ok_call(file_lock(first, &e), e);
    ok_err(file_lock(second, &e), e, ERR_BUSY, "f is in use by another process");
    file_free(TAKE(first));
    ok_call(file_lock(second, &e), e);
}

static void folders_are_made_with_their_mode_and_kept_when_there(void **state)
{
    (void)state;
    struct err e = {0};
    struct file_facts facts = {0};
    mode_t before = umask(077);
    ok_call(file_make_folders("a/b//c/", 0755, &e), e);
    ok_call(file_make_folders("a/b", 0700, &e), e);
    ok_call(file_make_folders_above("a/d/e", 0750, &e), e);
    ok_call(file_make_folders_above("e", 0750, &e), e);
    umask(before);
    ok_call(file_facts_at(&facts, "a/b", &e), e);
    assert_int_equal(facts.mode, 0755);
    assert_true(facts.folder);
    ok_call(file_facts_at(&facts, "a/d", &e), e);
    assert_int_equal(facts.mode, 0750);
    put("f", "x");
    ok_err(file_make_folders("f", 0755, &e), e, ERR_CONFLICT, "f stands where a folder is needed");
    ok_err(file_make_folders("", 0755, &e), e, ERR_INPUT, "cannot be a folder");
}

static bool note_name(void *context, const char *name, struct err *e)
{
    struct buf *all = context;
    buf_printf(all, "%s ", name);
    return strcmp(name, "stop") != 0 || err_set(e, ERR_STATE, "stopped");
}

static void names_are_listed_in_byte_order(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO_VALUE(buf) all = BUF(2000);
    put("b", "");
    put("B", "");
    put("a", "");
    put("a0", "");
    ok_call(file_list(".", 4, note_name, &all, &e), e);
    assert_string_equal(buf_string(&all), "B a a0 b ");
    ok_err(file_list(".", 3, note_name, &all, &e), e, ERR_LIMIT, "more than 3 names");
    assert_string_equal(buf_string(&all), "B a a0 b ");
    put("stop", "");
    ok_err(file_list(".", 100, note_name, &all, &e), e, ERR_STATE, "stopped");
    ok_err(file_list("absent", 9, note_name, &all, &e), e, ERR_NOT_FOUND, "absent");
}

static void many_names_are_listed(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO_VALUE(buf) all = BUF(2000);
    for (int i = 0; i < 150; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%03d", i);
        ok_call(file_replace_view(name, BYTES_NONE, 0600, &e), e);
    }
    ok_call(file_list(".", 150, note_name, &all, &e), e);
    assert_int_equal(all.size, 150 * 5);
    ok_call(file_list(".", 150, remove_one, NULL, &e), e);
}

static void existence_and_removal(void **state)
{
    (void)state;
    struct err e = {0};
    bool there = false;
    put("f", "x");
    assert_int_equal(symlink("nowhere", "link"), 0);
    ok_call(file_exists(&there, "f", &e), e);
    assert_true(there);
    ok_call(file_exists(&there, "link", &e), e);
    assert_true(there);
    ok_call(file_exists(&there, "f/below", &e), e);
    assert_false(there);
    ok_call(file_remove("f", &e), e);
    ok_err(file_remove("f", &e), e, ERR_NOT_FOUND, "cannot remove f");
}

#define in_folder(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(replaced_file_is_read_back_whole),
        in_folder(replacing_leaves_no_temporary_file_and_sets_the_mode_exactly),
        in_folder(replacing_in_a_missing_folder_fails_and_names_the_path),
        in_folder(failed_replacing_keeps_the_old_file),
        in_folder(reading_more_than_the_limit_is_refused_and_leaves_the_buffer),
        in_folder(reading_appends_to_what_is_there),
        in_folder(what_is_no_regular_file_is_refused_without_waiting),
        in_folder(create_refuses_what_exists_even_a_dangling_link),
        in_folder(ranges_are_written_and_read_exactly),
        in_folder(reading_beyond_the_end_is_damage_and_says_where),
        in_folder(full_device_is_an_error_not_a_short_write),
        in_folder(short_writes_to_a_pipe_are_continued),
        in_folder(second_locker_is_told_that_the_file_is_in_use),
        in_folder(folders_are_made_with_their_mode_and_kept_when_there),
        in_folder(names_are_listed_in_byte_order),
        in_folder(many_names_are_listed),
        in_folder(existence_and_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
