/*
 * Records a log for replay.c, once for each rules version: `replay-record STORY ENTRIES VERDICTS`
 * writes the two files. Stories: "1" of rules version 1, "2" (trust that ends) and "2-lives" of
 * version 2. Not run by the suite: a log that has been recorded never changes again.
 */
#include "log.h"
#include "unit/rules/world_living.h"
#include "unit/rules/world_revoking.h"

#include "base/file.h"

static const char *const *names;

static void a_log_is_recorded(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) entries = BUF(1 << 24);
    AUTO_VALUE(buf) verdicts = BUF(1 << 24);
    AUTO(rules_state) fresh = NULL;
    struct err e;
    if (strcmp(names[0], "1") == 0)
        world_story(&w);
    else if (strcmp(names[0], "2-lives") == 0)
        world_living_story(&w);
    else
        world_revoking_story(&w);
    ok_call(rules_new(&fresh, &e), e);
    for (size_t i = 0; i < w.count; i++) {
        buf_put(&entries, w.entries[i]);
        buf_put_u8(&entries, '\n');
        log_enter(&verdicts, fresh, w.entries[i], RULES_JUDGE);
    }
    ok_call(file_replace(names[1], buf_bytes(&entries), 0644, &e), e);
    ok_call(file_replace(names[2], buf_bytes(&verdicts), 0644, &e), e);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_log_is_recorded)};
    if (argc != 4)
        return 2;
    names = (const char *const *)argv + 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
