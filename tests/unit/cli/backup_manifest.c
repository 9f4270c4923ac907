#include "unit/ok.h"

#include "cli/backup_manifest.h"

#define HASH "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEAD                                                                                       \
    "{\"sealward-backup\":1,\"authority\":\"" HASH "\",\"time\":1,\"entries\":3,\"root\":\"" HASH  \
    "\",\"files\":["
#define FILE_OF(path) "{\"path\":\"" path "\",\"size\":9,\"sha256\":\"" HASH "\"}"

static void refused(const char *text, const char *why)
{
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct backup_manifest m;
    struct backup_manifest poison;
    struct err e;
    memset(&m, 0x5a, sizeof m);
    memset(&poison, 0x5a, sizeof poison);
    ok_err(backup_manifest_read(&m, bytes_text(text), &a, &e), e, ERR_INPUT, why);
    assert_memory_equal(&m, &poison, sizeof m);
}

static void a_manifest_reads_as_it_was_written(void **state)
{
    (void)state;
    static const char text[] =
        HEAD FILE_OF("journal/journal") "," FILE_OF("config/policy.yaml") "]}\n";
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) again = BUF(4096);
    struct backup_manifest m;
    struct err e;
    ok_call(backup_manifest_read(&m, bytes_text(text), &a, &e), e);
    assert_int_equal(m.entries, 3);
    assert_int_equal(m.files.count, 2);
    assert_int_equal(backup_manifest_find(&m, BACKUP_JOURNAL)->size, 9);
    assert_null(backup_manifest_find(&m, BACKUP_KEPT));
    backup_manifest_write(&again, &m);
    ok_text(buf_bytes(&again), text);
}

static void no_file_outside_the_folder_can_be_named(void **state)
{
    (void)state;
    static const char *const paths[] = {
        HEAD FILE_OF("journal/journal") "," FILE_OF("config/../x") "]}\n",
        HEAD FILE_OF("journal/journal") "," FILE_OF("config/.hidden") "]}\n",
        HEAD FILE_OF("journal/journal") "," FILE_OF("/etc/passwd") "]}\n",
        HEAD FILE_OF("journal/journal") "," FILE_OF("config/") "]}\n",
        HEAD FILE_OF("journal/journal") "," FILE_OF("journal/hashes") "]}\n",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        refused(paths[i], "has no file");
}

static void what_is_no_manifest_is_refused(void **state)
{
    (void)state;
    refused("", "newline");
    refused(HEAD FILE_OF("journal/journal") "]}", "newline");
    refused(HEAD FILE_OF("journal/journal") "]} \n", "");
    refused(HEAD FILE_OF("state/kept.db") "]}\n", "no journal");
    refused(HEAD FILE_OF("journal/journal") "," FILE_OF("journal/journal") "]}\n", "twice");
    refused("{\"sealward-backup\":2,\"authority\":\"" HASH
            "\",\"time\":1,\"entries\":3,\"root\":\"" HASH
            "\",\"files\":[" FILE_OF("journal/journal") "]}\n",
            "sealward-backup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_reads_as_it_was_written),
        cmocka_unit_test(no_file_outside_the_folder_can_be_named),
        cmocka_unit_test(what_is_no_manifest_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
