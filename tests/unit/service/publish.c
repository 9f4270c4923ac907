/* The public files, over a log whose hashes come from elsewhere (unit/proof/memory_log.h). */
#include "unit/ok.h"

#include "base/file.h"
#include "proof/bundle.h"
#include "proof/receipt.h"
#include "proof/tile.h"
#include "service/publish.h"
#include "unit/proof/memory_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ORIGIN "sign.example/log"
enum { SEED = 5 };

static char folder[32];
static struct memory_log whole;
static struct note_key key;
static int64_t now;

static int setup(void **state)
{
    struct err e;
    struct publish *p = NULL;
    (void)snprintf(folder, sizeof folder, "publish-test.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    memory_log_init(&whole, 1000);
    memory_log_key(&key, ORIGIN, SEED);
    if (!publish_open(&p, folder, &e))
        return -1;
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    char command[64];
    publish_free(*state);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void add(struct publish *p, uint64_t from, uint64_t to)
{
    struct err e;
    for (uint64_t i = from; i < to; i++)
        ok_call(publish_add(p, memory_log_entry(i), &e), e);
}

static void offer(struct publish *p, uint64_t size)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct err e;
    memory_log_checkpoint(&note, &whole, size, ORIGIN, SEED);
    ok_call(publish_offer(p, buf_bytes(&note), &key, &e), e);
}

static void step(struct publish *p)
{
    struct err e;
    now += 1000;
    ok_call(publish_step(p, now, &e), e);
}

static bool there(const char *name)
{
    char path[128];
    bool found = false;
    struct err e;
    (void)snprintf(path, sizeof path, "%s/log/%s", folder, name);
    ok_call(file_exists(&found, path, &e), e);
    return found;
}

static void load(struct buf *b, const char *name)
{
    char path[128];
    struct err e;
    (void)snprintf(path, sizeof path, "%s/log/%s", folder, name);
    ok_call(file_read(b, path, FILE_REGULAR, &e), e);
}

/* Every tile and bundle of a log of that size holds what it must. */
static void files_check(uint64_t size)
{
    struct tile_growth growth = tile_growth_make(0, size);
    struct tile t;
    struct path_source nodes = memory_log_source(&whole);
    while (tile_growth_next(&growth, &t)) {
        AUTO_VALUE(buf) name = BUF(TILE_PATH_MAX);
        AUTO_VALUE(buf) found = BUF(BUNDLE_BYTES_MAX);
        AUTO_VALUE(buf) want = BUF(BUNDLE_BYTES_MAX);
        struct err e;
        tile_path(&name, &t);
        load(&found, buf_string(&name));
        if (t.kind == TILE_HASHES)
            ok_call(tile_write(&want, &t, &nodes, &e), e);
        for (uint64_t i = 0; t.kind == TILE_ENTRIES && i < t.width; i++)
            bundle_put(&want, memory_log_entry(t.index * TILE_WIDTH + i));
        ok_bytes(buf_bytes(&found), buf_bytes(&want));
    }
}

static void what_a_checkpoint_covers_is_there_before_it(void **state)
{
    struct publish *p = *state;
    static const uint64_t sizes[] = {1, 2, 5, 255, 256, 257, 300, 511, 512, 513, 1000};
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
        AUTO_VALUE(buf) file = BUF(LIMIT_NOTE);
        struct err e;
        add(p, size, sizes[i]);
        size = sizes[i];
        offer(p, size);
        step(p);
        assert_int_equal(publish_size(p), size);
        files_check(size);
        ok_call(publish_newest(p, &note, &e), e);
        load(&file, "checkpoint");
        ok_bytes(buf_bytes(&file), buf_bytes(&note));
    }
}

static void entries_wait_for_their_checkpoint(void **state)
{
    struct publish *p = *state;
    add(p, 0, 600);
    step(p);
    assert_false(there("checkpoint"));
    assert_false(there("tile/entries/000"));
    offer(p, 400);
    step(p);
    assert_int_equal(publish_size(p), 400);
    files_check(400);
    assert_false(there("tile/entries/001"));
    /* And a checkpoint for its entries. */
    offer(p, 700);
    step(p);
    assert_int_equal(publish_size(p), 400);
    assert_true(there("tile/entries/001"));
    add(p, 600, 700);
    step(p);
    assert_int_equal(publish_size(p), 700);
    files_check(700);
}

static void publications_keep_a_distance(void **state)
{
    struct publish *p = *state;
    struct err e;
    add(p, 0, 3);
    offer(p, 2);
    step(p);
    assert_int_equal(publish_due(p), INT64_MAX);
    offer(p, 3);
    ok_call(publish_step(p, now + 10, &e), e);
    assert_int_equal(publish_size(p), 2);
    assert_int_equal(publish_due(p), now + 100);
    ok_call(publish_step(p, now + 100, &e), e);
    assert_int_equal(publish_size(p), 3);
}

static void partial_tiles_go_one_tile_late(void **state)
{
    struct publish *p = *state;
    add(p, 0, 1000);
    offer(p, 10);
    step(p);
    offer(p, 300);
    step(p);
    assert_true(there("tile/0/000.p/10"));
    assert_true(there("tile/entries/000.p/10"));
    offer(p, 512);
    step(p);
    assert_false(there("tile/0/000.p"));
    assert_false(there("tile/entries/000.p"));
    assert_true(there("tile/0/001.p/44"));
}

static void an_old_checkpoint_is_nothing_new(void **state)
{
    struct publish *p = *state;
    add(p, 0, 10);
    offer(p, 10);
    step(p);
    offer(p, 4);
    step(p);
    assert_int_equal(publish_size(p), 10);
    assert_int_equal(publish_offered(p), 10);
}

static void what_the_log_did_not_sign_is_refused(void **state)
{
    struct publish *p = *state;
    struct err e;
    AUTO_VALUE(buf) other_key = BUF(LIMIT_NOTE);
    AUTO_VALUE(buf) other_log = BUF(LIMIT_NOTE);
    memory_log_checkpoint(&other_key, &whole, 5, ORIGIN, SEED + 1);
    memory_log_checkpoint(&other_log, &whole, 5, "other.example/log", SEED);
    ok_err(publish_offer(p, buf_bytes(&other_key), &key, &e), e, ERR_AUTH,
           "the keeper's checkpoint");
    ok_err(publish_offer(p, buf_bytes(&other_log), &key, &e), e, ERR_AUTH,
           "the keeper's checkpoint");
    ok_err(publish_offer(p, bytes_text("nonsense"), &key, &e), e, ERR_INPUT,
           "the keeper's checkpoint");
    assert_int_equal(publish_offered(p), 0);
}

static void another_root_is_damage_and_is_not_published(void **state)
{
    struct publish *p = *state;
    struct err e;
    add(p, 0, 4);
    ok_call(publish_add(p, bytes_text("another entry"), &e), e);
    offer(p, 5);
    ok_err(publish_step(p, now, &e), e, ERR_DAMAGED, "another root");
    assert_false(there("checkpoint"));
}

static void a_start_puts_right_what_is_wrong(void **state)
{
    struct publish *p = *state;
    struct err e;
    struct publish *again = NULL;
    char path[128];
    add(p, 0, 600);
    offer(p, 600);
    step(p);
    (void)snprintf(path, sizeof path, "%s/log/tile/0/001", folder);
    ok_call(file_replace_view(path, bytes_text("edited"), 0644, &e), e);
    (void)snprintf(path, sizeof path, "%s/log/tile/entries/000", folder);
    ok_call(file_remove(path, &e), e);
    ok_call(publish_open(&again, folder, &e), e);
    add(again, 0, 600);
    assert_int_equal(publish_size(again), 0);
    offer(again, 600);
    assert_int_equal(publish_promised(again), 600);
    step(again);
    files_check(600);
    publish_free(again);
}

static void the_published_checkpoint_must_fit(void **state)
{
    struct publish *p = *state;
    struct err e;
    struct publish *again = NULL;
    add(p, 0, 20);
    offer(p, 20);
    step(p);
    ok_call(publish_open(&again, folder, &e), e);
    add(again, 0, 19);
    ok_call(publish_add(again, bytes_text("another entry"), &e), e);
    add(again, 20, 30);
    offer(again, 30);
    ok_err(publish_step(again, now, &e), e, ERR_DAMAGED, "the published checkpoint of 20 entries");
    publish_free(again);
    /* Nothing smaller than it is ever put in its place. */
    ok_call(publish_open(&again, folder, &e), e);
    add(again, 0, 20);
    offer(again, 10);
    step(again);
    assert_int_equal(publish_size(again), 0);
    offer(again, 20);
    step(again);
    assert_int_equal(publish_size(again), 20);
    publish_free(again);
}

static void receipts_hold(void **state)
{
    struct publish *p = *state;
    struct err e;
    add(p, 0, 1000);
    offer(p, 900);
    step(p);
    for (uint64_t i = 0; i < 900; i += 37) {
        AUTO_VALUE(buf) text = BUF(RECEIPT_BYTES_MAX);
        AUTO_VALUE(arena) arena = ARENA(1 << 20);
        struct authority authority = {.origin = bytes_text(ORIGIN), .log_key = key};
        struct checkpoint c;
        struct receipt r;
        uint8_t leaf[TREE_HASH];
        ok_call(publish_receipt(p, (int64_t)i, memory_log_entry(i), &text, &e), e);
        ok_call(receipt_parse(&r, buf_bytes(&text), &arena, &e), e);
        ok_call(receipt_verify(&r, &authority, &c, leaf, &e), e);
        assert_int_equal(c.size, 900);
        assert_int_equal(r.index, i);
    }
    AUTO_VALUE(buf) text = BUF(RECEIPT_BYTES_MAX);
    ok_err(publish_receipt(p, 900, memory_log_entry(900), &text, &e), e, ERR_STATE, "covers");
    ok_err(publish_receipt(p, 5, bytes_text("another"), &text, &e), e, ERR_DAMAGED, "do not prove");
    assert_int_equal(text.size, 0);
}

static void a_folder_that_cannot_be_is_an_error(void **state)
{
    (void)state;
    struct err e;
    struct publish *none = NULL;
    ok_err(publish_open(&none, "/dev/null/x", &e), e, ERR_CONFLICT, "/dev/null");
    assert_null(none);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_checkpoint_covers_is_there_before_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(entries_wait_for_their_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(publications_keep_a_distance, setup, teardown),
        cmocka_unit_test_setup_teardown(partial_tiles_go_one_tile_late, setup, teardown),
        cmocka_unit_test_setup_teardown(an_old_checkpoint_is_nothing_new, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_log_did_not_sign_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_root_is_damage_and_is_not_published, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_start_puts_right_what_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(the_published_checkpoint_must_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(receipts_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_is_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
