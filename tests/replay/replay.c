/*
 * Logs recorded under each version of the rules give the same verdicts in every build: the files
 * are never made again, so whatever changes a verdict, the state's texts or its digest is seen.
 */
#include "log.h"

#include <stdio.h>

#include "base/file.h"

static void file_get(struct buf *ret, const char *name)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", SEALWARD_LOGS, name) < sizeof path);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

static void replay(const char *entries_name, const char *verdicts_name,
                   enum rules_evidence evidence)
{
    AUTO_VALUE(buf) entries = BUF(1 << 24);
    AUTO_VALUE(buf) verdicts = BUF(1 << 24);
    AUTO(rules_state) s = NULL;
    struct bytes entry;
    struct bytes want;
    struct err e;
    size_t count = 0;
    file_get(&entries, entries_name);
    file_get(&verdicts, verdicts_name);
    ok_call(rules_new(&s, &e), e);
    struct bytes rest = buf_bytes(&entries);
    struct bytes wanted = buf_bytes(&verdicts);
    for (; log_line(&entry, &rest); count++) {
        AUTO_VALUE(buf) got = BUF(256);
        assert_true(log_line(&want, &wanted));
        log_enter(&got, s, entry, evidence);
        if (!bytes_equal(bytes_make(got.data, got.size - 1), want))
            fail_msg("entry %zu: %.*s, recorded was %.*s", count, BYTES_PRINT(buf_bytes(&got)),
                     BYTES_PRINT(want));
    }
    assert_int_equal(rest.size, 0);
    assert_int_equal(wanted.size, 0);
    assert_true(count > 50);
}

static void version_1_judges_as_it_did(void **state)
{
    (void)state;
    replay("rules-1.entries", "rules-1.verdicts", RULES_JUDGE);
}

static void version_1_judged_once_is_the_same(void **state)
{
    (void)state;
    replay("rules-1.entries", "rules-1.verdicts", RULES_JUDGED);
}

static void version_2_judges_the_end_of_trust_as_it_did(void **state)
{
    (void)state;
    replay("rules-2.entries", "rules-2.verdicts", RULES_JUDGE);
    replay("rules-2.entries", "rules-2.verdicts", RULES_JUDGED);
}

static void version_2_judges_lives_as_it_did(void **state)
{
    (void)state;
    replay("rules-2-lives.entries", "rules-2-lives.verdicts", RULES_JUDGE);
    replay("rules-2-lives.entries", "rules-2-lives.verdicts", RULES_JUDGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_1_judges_as_it_did),
        cmocka_unit_test(version_1_judged_once_is_the_same),
        cmocka_unit_test(version_2_judges_the_end_of_trust_as_it_did),
        cmocka_unit_test(version_2_judges_lives_as_it_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
