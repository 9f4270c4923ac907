#include "unit/ok.h"

#include "base/file.h"
#include "cli/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Made with python3: "p" + sha256(salt + name).hexdigest()[:16], salt = 32 bytes 00 01 .. 1f. */
#define SALT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HANDLE "pc8429fd185d1729c"
#define ONE "{\"names\":[{\"handle\":\"" HANDLE "\",\"name\":\"officer-1\",\"salt\":\"" SALT "\"}]}"

static void a_handle_is_opened_by_salt_and_name(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    struct names names;
    struct err e;
    ok_call(names_read(&names, bytes_text(ONE "\n"), &arena, &e), e);
    assert_int_equal(names.rows.count, 1);
    ok_text(names_find(&names, bytes_text("officer-1"))->handle, HANDLE);
    ok_text(names_find_handle(&names, bytes_text(HANDLE))->name, "officer-1");
    assert_null(names_find(&names, bytes_text("officer-2")));
}

static void what_does_not_open_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"names\":[{\"handle\":\"" HANDLE "\",\"name\":\"officer-2\",\"salt\":\"" SALT "\"}]}",
        "{\"names\":[{\"handle\":\"p0000000000000000\",\"name\":\"officer-1\",\"salt\":\"" SALT
        "\"}]}",
        "{\"names\":[{\"name\":\"officer-1\",\"handle\":\"" HANDLE "\",\"salt\":\"" SALT "\"}]}",
        "{\"names\": []}",
        "{\"names\":[]}\n\n",
        "{\"names\":[],\"more\":1}",
        "",
    };
    struct names names = {.rows = {.count = 9}};
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 16);
        assert_false(names_read(&names, bytes_text(cases[i]), &arena, &e));
        assert_int_equal(names.rows.count, 9);
    }
}

static void a_new_person_gets_a_salt_of_his_own(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    AUTO_VALUE(buf) text = BUF(NAMES_SIZE_MAX);
    struct names one = {.rows = {.count = 0}};
    struct names two = {.rows = {.count = 0}};
    struct names read;
    struct err e;
    ok_call(names_add(&one, bytes_text("officer-1"), &arena, &e), e);
    ok_call(names_add(&one, bytes_text("officer-2"), &arena, &e), e);
    ok_call(names_add(&two, bytes_text("officer-1"), &arena, &e), e);
    assert_false(bytes_equal(names_find(&one, bytes_text("officer-1"))->handle,
                             names_find(&two, bytes_text("officer-1"))->handle));
    names_write(&text, &one);
    ok_call(names_read(&read, buf_bytes(&text), &arena, &e), e);
    assert_int_equal(read.rows.count, 2);
}

static void handles_in_a_text_are_followed_by_their_names(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    AUTO_VALUE(buf) text = BUF(4096);
    struct names names;
    struct err e;
    ok_call(names_read(&names, bytes_text(ONE), &arena, &e), e);
    names_put_text(&text, bytes_text("p person/" HANDLE " proposes p1; " HANDLE), &names);
    ok_text(buf_bytes(&text),
            "p person/" HANDLE " (officer-1) proposes p1; " HANDLE " (officer-1)");
}

static void the_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    char path[] = "/tmp/sealward-names-XXXXXX";
    struct names names;
    struct names read;
    struct file_facts facts;
    struct err e;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(path);
    ok_call(names_load(&names, path, &arena, &e), e);
    assert_int_equal(names.rows.count, 0);
    ok_call(names_add(&names, bytes_text("officer-1"), &arena, &e), e);
    ok_call(names_save(&names, path, &e), e);
    ok_call(file_facts_at(&facts, path, &e), e);
    assert_int_equal(facts.mode, 0600);
    ok_call(names_load(&read, path, &arena, &e), e);
    assert_int_equal(read.rows.count, 1);
    assert_int_equal(chmod(path, 0644), 0);
    ok_err(names_load(&read, path, &arena, &e), e, ERR_STATE, "others may read it");
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_is_opened_by_salt_and_name),
        cmocka_unit_test(what_does_not_open_is_refused),
        cmocka_unit_test(a_new_person_gets_a_salt_of_his_own),
        cmocka_unit_test(handles_in_a_text_are_followed_by_their_names),
        cmocka_unit_test(the_file_is_for_its_owner_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
