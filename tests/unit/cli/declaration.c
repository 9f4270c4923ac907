/* What is to be signed, as the command line names it. */
#include "unit/ok.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/declaration.h"

static struct buf folder;
static struct bytes pe_cms[] = {{(const uint8_t *)"pe", 2}, {(const uint8_t *)"cms", 3}};
static const struct list formats = {.items = pe_cms, .count = 2};

static int folder_make(void **state)
{
    struct err e;
    (void)state;
    folder = BUF(512);
    ok_call(file_make_private_folder(&folder, "/tmp", "sealward-unit", &e), e);
    assert_int_equal(chdir(buf_string(&folder)), 0);
    ok_call(file_replace_view("a.txt", bytes_text("text\n"), 0600, &e), e);
    ok_call(file_replace_view("odd:cms=b", bytes_text("odd\n"), 0600, &e), e);
    return 0;
}

static int folder_remove(void **state)
{
    struct err e;
    (void)state;
    ok_call(file_remove("a.txt", &e), e);
    ok_call(file_remove("odd:cms=b", &e), e);
    assert_int_equal(chdir("/"), 0);
    ok_call(file_remove(buf_string(&folder), &e), e);
    buf_done(&folder);
    return 0;
}

static void splits(const char *text, const char *file, const char *format, const char *name)
{
    AUTO_VALUE(arena) arena = ARENA(4096);
    struct declaration_text parts;
    struct err e;
    ok_call(declaration_split(&parts, text, &arena, &e), e);
    assert_string_equal(parts.file, file);
    assert_int_equal(parts.format.data != NULL, format != NULL);
    assert_int_equal(parts.name.data != NULL, name != NULL);
    if (format != NULL)
        ok_text(parts.format, format);
    if (name != NULL)
        ok_text(parts.name, name);
}

static void takes_file_format_and_name_apart(void **state)
{
    (void)state;
    splits("a.txt", "a.txt", NULL, NULL);
    splits("a.txt:cms", "a.txt", "cms", NULL);
    splits("a.txt=dist/a", "a.txt", NULL, "dist/a");
    splits("a.txt:cms=dist/a", "a.txt", "cms", "dist/a");
    splits("c:odd", "c:odd", NULL, NULL);
    splits("c:odd:raw", "c:odd", "raw", NULL);
}

static void a_file_of_that_very_name_is_nothing_else(void **state)
{
    (void)state;
    splits("odd:cms=b", "odd:cms=b", NULL, NULL);
}

static void reads(const char *text, const char *format, const char *name)
{
    AUTO_VALUE(arena) arena = ARENA(65536);
    struct declaration_text parts;
    struct declaration declaration;
    struct err e;
    char hex[2 * DIGEST_MAX + 1];
    ok_call(declaration_split(&parts, text, &arena, &e), e);
    ok_call(declaration_make(&declaration, &parts, &formats, DIGEST_SHA256, &arena, &e), e);
    ok_text(declaration.artifact.format, format);
    ok_text(declaration.artifact.name, name);
    ok_text(declaration.artifact.algorithm, "sha256");
    /* printf 'text\n' | sha256sum */
    assert_string_equal(hex_string(hex, declaration.artifact.digest),
                        "b9e68e1bea3e5b19ca6b2f98b73a54b73daafaa250484902e09982e07a12e733");
}

static void finds_the_format_and_takes_the_files_name(void **state)
{
    (void)state;
    reads("a.txt", "cms", "a.txt");
    reads("./a.txt", "cms", "a.txt");
    reads("./a.txt=dist/b.txt", "cms", "dist/b.txt");
}

static void fails(const char *text, enum err_code code, const char *message)
{
    AUTO_VALUE(arena) arena = ARENA(65536);
    struct declaration_text parts;
    struct declaration untouched = {.file = NULL};
    struct err e;
    ok_call(declaration_split(&parts, text, &arena, &e), e);
    ok_err(declaration_make(&untouched, &parts, &formats, DIGEST_SHA256, &arena, &e), e, code,
           message);
    assert_null(untouched.file);
}

static void says_what_cannot_be_signed(void **state)
{
    (void)state;
    fails("a.txt:raw", ERR_INPUT, "does not sign format");
    fails("a.txt:pe", ERR_INPUT, "a.txt");
    fails("absent", ERR_NOT_FOUND, "absent");
    fails("/", ERR_INPUT, "folder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_file_format_and_name_apart),
        cmocka_unit_test(a_file_of_that_very_name_is_nothing_else),
        cmocka_unit_test(finds_the_format_and_takes_the_files_name),
        cmocka_unit_test(says_what_cannot_be_signed),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
