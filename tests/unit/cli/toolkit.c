/* What a signing tool is given. */
#include "unit/ok.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/toolkit.h"

struct world {
    struct arena arena;
    struct bytes chain[2];
    struct list list;
    struct toolkit toolkit;
};

static int world_open(void **state)
{
    struct err e;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->arena = ARENA(1 << 20);
    w->chain[0] = bytes_text("issuing");
    w->chain[1] = bytes_text("root");
    w->list = (struct list){.items = w->chain, .count = 2};
    struct toolkit_plan plan = {.temporary = "/tmp",
                                .module = "/bin/sh", /* anything that is there */
                                .tsa = "http://sealward.test/tsa",
                                .signer = bytes_text("tools"),
                                .certificate = bytes_text("certificate"),
                                .chain = &w->list};
    ok_call(toolkit_make(&w->toolkit, &plan, &w->arena, &e), e);
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;
    bool exists = true;
    struct err e;
    char folder[512];
    (void)snprintf(folder, sizeof folder, "%s", buf_string(&w->toolkit.folder));
    toolkit_done(&w->toolkit);
    ok_call(file_exists(&exists, folder, &e), e);
    assert_false(exists);
    arena_done(&w->arena);
    free(w);
    return 0;
}

static void holds(const char *path, const char *text)
{
    AUTO_VALUE(buf) got = BUF(65536);
    struct file_facts facts;
    struct err e;
    ok_call(file_read(&got, path, FILE_REGULAR, &e), e);
    assert_string_equal(buf_string(&got), text);
    ok_call(file_facts_at(&facts, path, &e), e);
    assert_int_equal(facts.mode, 0600);
}

static void makes_ready_files_in_a_folder_of_the_users_own(void **state)
{
    struct world *w = *state;
    struct file_facts facts;
    struct err e;
    ok_call(file_facts_at(&facts, buf_string(&w->toolkit.folder), &e), e);
    assert_int_equal(facts.mode, 0700);
    holds(w->toolkit.values[TOOLKIT_JAVA], "name = Sealward\nlibrary = /bin/sh\nslot = 1\n");
    holds(w->toolkit.values[TOOLKIT_OPENSSL],
          "openssl_conf = sealward\n[sealward]\nengines = sealward_engines\n[sealward_engines]\n"
          "pkcs11 = sealward_pkcs11\n[sealward_pkcs11]\nengine_id = pkcs11\n"
          "MODULE_PATH = /bin/sh\ninit = 0\n[req]\n"
          "distinguished_name = req_distinguished_name\n[req_distinguished_name]\n");
    holds(w->toolkit.values[TOOLKIT_CERT], "-----BEGIN CERTIFICATE-----\nY2VydGlmaWNhdGU=\n"
                                           "-----END CERTIFICATE-----\n");
    holds(w->toolkit.values[TOOLKIT_CHAIN], "-----BEGIN CERTIFICATE-----\naXNzdWluZw==\n"
                                            "-----END CERTIFICATE-----\n");
    holds(w->toolkit.values[TOOLKIT_ROOT], "-----BEGIN CERTIFICATE-----\ncm9vdA==\n"
                                           "-----END CERTIFICATE-----\n");
}

static void fills_placeholders_and_leaves_other_braces(void **state)
{
    struct world *w = *state;
    static char first[] = "sign";
    static char second[] = "{uri} {tsa}";
    static char third[] = "--x={module}:{key}{token}";
    static char fourth[] = "{}{unknown}{key";
    static char fifth[] = "";
    char *const words[] = {first, second, third, fourth, fifth, NULL};
    char **got;
    struct err e;
    ok_call(toolkit_words(&got, &w->toolkit, words, &w->arena, &e), e);
    assert_string_equal(got[0], "sign");
    assert_string_equal(got[1], "pkcs11:token=sealward;object=tools;type=private "
                                "http://sealward.test/tsa");
    assert_string_equal(got[2], "--x=/bin/sh:toolssealward");
    assert_string_equal(got[3], "{}{unknown}{key");
    assert_string_equal(got[4], "");
    assert_null(got[5]);
}

static const char *variable(char **list, const char *name)
{
    const char *found = NULL;
    size_t size = strlen(name);
    for (size_t i = 0; list[i] != NULL; i++)
        if (strncmp(list[i], name, size) == 0 && list[i][size] == '=') {
            assert_null(found);
            found = list[i] + size + 1;
        }
    return found;
}

static void replaces_variables_and_keeps_the_others(void **state)
{
    struct world *w = *state;
    char **list;
    struct err e;
    assert_int_equal(setenv("SEALWARD_MODULE", "/elsewhere", 1), 0);
    assert_int_equal(setenv("OTHER", "kept", 1), 0);
    ok_call(toolkit_environment(&list, &w->toolkit, &w->arena, &e), e);
    assert_string_equal(variable(list, "SEALWARD_MODULE"), "/bin/sh");
    assert_string_equal(variable(list, "PKCS11_MODULE_PATH"), "/bin/sh");
    assert_string_equal(variable(list, "SEALWARD_KEY_LABEL"), "tools");
    assert_string_equal(variable(list, "SEALWARD_OPENSSL_CONF"),
                        w->toolkit.values[TOOLKIT_OPENSSL]);
    assert_string_equal(variable(list, "OTHER"), "kept");
}

static void a_module_that_is_not_there_is_named(void **state)
{
    const char *untouched = "untouched";
    struct err e;
    (void)state;
    ok_err(toolkit_module(&untouched, "/nowhere/module.so", &e), e, ERR_NOT_FOUND,
           "/nowhere/module.so");
    ok_err(toolkit_module(&untouched, "relative.so", &e), e, ERR_NOT_FOUND, "relative.so");
    assert_string_equal(untouched, "untouched");
    ok_call(toolkit_module(&untouched, "/bin/sh", &e), e);
    assert_string_equal(untouched, "/bin/sh");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(makes_ready_files_in_a_folder_of_the_users_own),
        TEST(fills_placeholders_and_leaves_other_braces),
        TEST(replaces_variables_and_keeps_the_others),
        TEST(a_module_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
