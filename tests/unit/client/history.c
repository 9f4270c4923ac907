/* Two logs in memory that part at their third entry, and the tiles of whichever is asked for. */
#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "client/history.h"
#include "unit/proof/memory_log.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ORIGIN "sealward.example/log"
enum { SEED = 1, LOG_SIZE = 600 };

struct world {
    struct memory_log log;
    struct memory_log forked;
    struct memory_log *shown; /* whose tiles are given */
    bool gone;                /* no tiles at all */
    bool damaged;             /* each of them */
    unsigned tiles;           /* read so far */
    struct authority authority;
    char folder[64];
};

static bool tile_read(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    struct world *w = context;
    struct path_source source = memory_log_source(w->shown);
    w->tiles++;
    if (w->gone)
        return err_set(e, ERR_NOT_FOUND, "no tiles");
    if (!tile_write(ret, t, &source, e))
        return false;
    if (w->damaged)
        ret->data[0] ^= 1;
    return true;
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    memory_log_init(&w->log, LOG_SIZE);
    memory_log_init(&w->forked, LOG_SIZE);
    for (size_t i = 2; i < LOG_SIZE; i++)
        w->forked.leaves[i][0] ^= 1;
    w->shown = &w->log;
    memcpy(w->authority.id, w->log.leaves[0], TREE_HASH);
    w->authority.origin = bytes_text(ORIGIN);
    w->authority.base_url = bytes_text("https://sealward.example");
    memory_log_key(&w->authority.log_key, ORIGIN, SEED);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/sealward-history-XXXXXX");
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

static void inner_folder(char ret[256], const struct world *w)
{
    int size = snprintf(ret, 256, "%s/", w->folder);
    for (size_t i = 0; i < 8; i++)
        size += snprintf(ret + size, 256 - (size_t)size, "%02x", w->authority.id[i]);
}

static int world_end(void **state)
{
    struct world *w = *state;
    struct err e;
    char inner[256];
    inner_folder(inner, w);
    if (file_list(inner, 100, each_remove, inner, &e))
        assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
    return 0;
}

static bool see(struct history *h, struct world *w, struct memory_log *log, uint64_t size,
                uint8_t seed, struct checkpoint *ret, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct history_tiles tiles = {.read = tile_read, .context = w};
    w->shown = log;
    w->tiles = 0;
    memory_log_checkpoint(&note, log, size, ORIGIN, seed);
    return history_see(h, ret, buf_bytes(&note), &tiles, e);
}

static void the_newest_is_kept_over_processes(void **state)
{
    struct world *w = *state;
    AUTO(history) first = NULL;
    AUTO(history) second = NULL;
    struct checkpoint c;
    struct err e;
    ok_call(history_new(&first, w->folder, &w->authority, &e), e);
    assert_false(history_newest(first, &c));
    ok_call(see(first, w, &w->log, 5, SEED, &c, &e), e);
    ok_call(see(first, w, &w->log, 300, SEED, &c, &e), e);
    assert_int_equal(c.size, 300);
    ok_call(history_new(&second, w->folder, &w->authority, &e), e);
    assert_true(history_newest(second, &c));
    assert_int_equal(c.size, 300);
}

static void the_same_head_again_costs_no_tiles(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c;
    struct err e;
    ok_call(history_new(&h, NULL, &w->authority, &e), e);
    ok_call(see(h, w, &w->log, 300, SEED, &c, &e), e);
    ok_call(see(h, w, &w->log, 300, SEED, &c, &e), e);
    assert_int_equal(w->tiles, 0);
}

static void an_older_one_of_the_same_history_is_taken_and_not_kept(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c;
    struct err e;
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    ok_call(see(h, w, &w->log, 300, SEED, &c, &e), e);
    ok_call(see(h, w, &w->log, 7, SEED, &c, &e), e);
    assert_int_equal(c.size, 7);
    assert_true(history_newest(h, &c));
    assert_int_equal(c.size, 300);
}

static void another_history_is_an_alarm(struct world *w, uint64_t before, uint64_t after,
                                        const char *rule)
{
    AUTO(history) h = NULL;
    struct checkpoint c = {.size = 42};
    struct err e;
    bool kept;
    char path[512];
    char inner[256];
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    ok_call(see(h, w, &w->log, before, SEED, &c, &e), e);
    c.size = 42;
    ok_err(see(h, w, &w->forked, after, SEED, &c, &e), e, ERR_AUTH, "ALARM");
    assert_string_equal(e.rule, rule);
    assert_int_equal(c.size, 42);
    inner_folder(inner, w);
    const char *name = strstr(e.message, "conflict-");
    assert_non_null(name);
    (void)snprintf(path, sizeof path, "%s/%s", inner, name);
    ok_call(file_exists(&kept, path, &e), e);
    assert_true(kept);
    assert_true(history_newest(h, &c));
    assert_int_equal(c.size, before);
}

static void a_longer_other_history_is_an_alarm(void **state)
{
    another_history_is_an_alarm(*state, 10, 300, HISTORY_SPLIT);
}

static void a_shorter_other_history_is_an_alarm(void **state)
{
    another_history_is_an_alarm(*state, 300, 10, HISTORY_DOUBT);
}

static void another_root_for_the_same_size_is_an_alarm(void **state)
{
    another_history_is_an_alarm(*state, 10, 10, HISTORY_SPLIT);
}

static void missing_tiles_are_no_alarm_but_no_proof_either(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c = {.size = 42};
    struct err e;
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    ok_call(see(h, w, &w->log, 10, SEED, &c, &e), e);
    w->gone = true;
    c.size = 42;
    ok_err(see(h, w, &w->log, 20, SEED, &c, &e), e, ERR_NOT_FOUND, "does not prove");
    ok_err(see(h, w, &w->log, 5, SEED, &c, &e), e, ERR_NOT_FOUND, "cannot show");
    assert_string_equal(e.rule, HISTORY_BEHIND);
    assert_int_equal(c.size, 42);
    assert_true(history_newest(h, &c));
    assert_int_equal(c.size, 10);
}

static void damaged_tiles_are_no_alarm_but_no_proof_either(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c = {.size = 42};
    struct err e;
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    ok_call(see(h, w, &w->log, 10, SEED, &c, &e), e);
    w->damaged = true;
    ok_err(see(h, w, &w->log, 300, SEED, &c, &e), e, ERR_AUTH, "do not lead to");
    assert_string_equal(e.rule, HISTORY_TILES);
    assert_true(history_newest(h, &c));
    assert_int_equal(c.size, 10);
}

static bool fits(struct history *h, struct world *w, struct memory_log *log, uint64_t size,
                 struct err *e)
{
    struct history_tiles tiles = {.read = tile_read, .context = w};
    struct checkpoint head = {.size = size};
    struct tree tree;
    tree_init(&tree);
    for (uint64_t i = 0; i < size; i++)
        tree_append(&tree, log->leaves[i]);
    tree_root(head.root, &tree);
    return history_fits(h, &head, &tiles, e);
}

static void a_head_without_a_note_is_held_against_the_newest_and_not_kept(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c = {.size = 42};
    struct err e;
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    ok_err(fits(h, w, &w->log, 7, &e), e, ERR_STATE, "no checkpoint");
    ok_call(see(h, w, &w->log, 300, SEED, &c, &e), e);
    ok_call(fits(h, w, &w->log, 300, &e), e);
    ok_call(fits(h, w, &w->log, 7, &e), e);
    ok_call(fits(h, w, &w->log, 400, &e), e);
    ok_err(fits(h, w, &w->forked, 7, &e), e, ERR_AUTH, "ALARM");
    assert_string_equal(e.rule, HISTORY_SPLIT);
    assert_true(history_newest(h, &c));
    assert_int_equal(c.size, 300);
}

static void another_key_or_a_damaged_note_is_refused(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct checkpoint c = {.size = 42};
    struct history_tiles tiles = {.read = tile_read, .context = w};
    struct err e;
    ok_call(history_new(&h, w->folder, &w->authority, &e), e);
    assert_false(see(h, w, &w->log, 10, SEED + 1, &c, &e));
    assert_int_equal(e.code, ERR_AUTH);
    assert_false(history_see(h, &c, bytes_text("no note"), &tiles, &e));
    assert_int_equal(c.size, 42);
    assert_false(history_newest(h, &c));
}

static void a_damaged_file_is_said(void **state)
{
    struct world *w = *state;
    AUTO(history) h = NULL;
    struct err e;
    char path[512];
    char inner[256];
    inner_folder(inner, w);
    (void)snprintf(path, sizeof path, "%s/checkpoint", inner);
    ok_call(file_make_folders(inner, 0700, &e), e);
    ok_call(file_replace(path, bytes_text("nonsense\n"), 0600, &e), e);
    assert_false(history_new(&h, w->folder, &w->authority, &e));
    assert_non_null(strstr(e.message, "checkpoint"));
    assert_null(h);
}

static void what_is_older_never_replaces_what_another_process_has_kept(void **state)
{
    struct world *w = *state;
    AUTO(history) slow = NULL;
    AUTO(history) fast = NULL;
    AUTO(history) later = NULL;
    struct checkpoint c;
    struct err e;
    ok_call(history_new(&slow, w->folder, &w->authority, &e), e);
    ok_call(history_new(&fast, w->folder, &w->authority, &e), e);
    ok_call(see(fast, w, &w->log, 300, SEED, &c, &e), e);
    ok_call(see(slow, w, &w->log, 20, SEED, &c, &e), e);
    ok_call(history_new(&later, w->folder, &w->authority, &e), e);
    assert_true(history_newest(later, &c));
    assert_int_equal(c.size, 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_is_kept_over_processes),
        TEST(the_same_head_again_costs_no_tiles),
        TEST(an_older_one_of_the_same_history_is_taken_and_not_kept),
        TEST(a_longer_other_history_is_an_alarm),
        TEST(a_shorter_other_history_is_an_alarm),
        TEST(another_root_for_the_same_size_is_an_alarm),
        TEST(missing_tiles_are_no_alarm_but_no_proof_either),
        TEST(damaged_tiles_are_no_alarm_but_no_proof_either),
        TEST(a_head_without_a_note_is_held_against_the_newest_and_not_kept),
        TEST(another_key_or_a_damaged_note_is_refused),
        TEST(a_damaged_file_is_said),
        TEST(what_is_older_never_replaces_what_another_process_has_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
