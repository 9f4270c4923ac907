/* Two processes that use one folder at once, while the log shows each of them another history. */
#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "client/history.h"
#include "unit/proof/memory_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ORIGIN "sealward.example/log"
enum { SEED = 1, LOG_SIZE = 600 };

struct world {
    struct memory_log log;
    struct memory_log forked; /* another from the third entry on */
    struct authority authority;
    char folder[64];
};

static bool tile_read(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    struct path_source source = memory_log_source(context);
    return tile_write(ret, t, &source, e);
}

static bool see(struct history *h, struct memory_log *log, uint64_t size, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct history_tiles tiles = {.read = tile_read, .context = log};
    struct checkpoint c;
    memory_log_checkpoint(&note, log, size, ORIGIN, SEED);
    return history_see(h, &c, buf_bytes(&note), &tiles, e);
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    memory_log_init(&w->log, LOG_SIZE);
    memory_log_init(&w->forked, LOG_SIZE);
    for (size_t i = 2; i < LOG_SIZE; i++)
        w->forked.leaves[i][0] ^= 1;
    memcpy(w->authority.id, w->log.leaves[0], TREE_HASH);
    w->authority.origin = bytes_text(ORIGIN);
    w->authority.base_url = bytes_text("https://sealward.example");
    memory_log_key(&w->authority.log_key, ORIGIN, SEED);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/sealward-race-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    *state = w;
    return 0;
}

static bool each_remove(void *context, const char *name, struct err *e)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)context, name);
    return file_remove(path, e);
}

static int world_end(void **state)
{
    struct world *w = *state;
    struct err e;
    char inner[256];
    int size = snprintf(inner, sizeof inner, "%s/", w->folder);
    for (size_t i = 0; i < 8; i++)
        size += snprintf(inner + size, sizeof inner - (size_t)size, "%02x", w->authority.id[i]);
    ok_call(file_list(inner, 100, each_remove, inner, &e), e);
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
    return 0;
}

static void both_begin(struct history **first, struct history **second, struct world *w)
{
    struct err e;
    ok_call(history_new(first, w->folder, &w->authority, &e), e);
    ok_call(see(*first, &w->log, 2, &e), e);
    ok_call(history_new(second, w->folder, &w->authority, &e), e);
}

static void what_one_has_seen_the_other_is_held_against(void **state)
{
    struct world *w = *state;
    AUTO(history) first = NULL;
    AUTO(history) second = NULL;
    struct err e;
    both_begin(&first, &second, w);
    ok_call(see(first, &w->log, 300, &e), e);
    ok_err(see(second, &w->forked, 400, &e), e, ERR_AUTH, "ALARM");
    assert_string_equal(e.rule, HISTORY_DOUBT);
    ok_err(see(second, &w->forked, 200, &e), e, ERR_AUTH, "ALARM");
}

static void both_go_on_in_one_history(void **state)
{
    struct world *w = *state;
    AUTO(history) first = NULL;
    AUTO(history) second = NULL;
    struct checkpoint c;
    struct err e;
    both_begin(&first, &second, w);
    ok_call(see(first, &w->log, 300, &e), e);
    ok_call(see(second, &w->log, 250, &e), e);
    assert_true(history_newest(second, &c));
    assert_int_equal(c.size, 300);
    ok_call(see(second, &w->log, 500, &e), e);
    ok_call(see(first, &w->log, 300, &e), e);
    assert_true(history_newest(first, &c));
    assert_int_equal(c.size, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_one_has_seen_the_other_is_held_against, world_make,
                                        world_end),
        cmocka_unit_test_setup_teardown(both_go_on_in_one_history, world_make, world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
