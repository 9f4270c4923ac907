/* What an endpoint holds, with clocks and logs that the test makes. */
#include "unit/proof/distrust_sample.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "guard/held.h"
#include "unit/proof/memory_log.h"

#define ORIGIN "sealward.example/log"
#define HOUR INT64_C(3600000)
enum { SEED = 1, LOG_SIZE = 600 };

static struct world {
    char path[64];
    struct list_signer signer;
    struct memory_log log;
    struct folder *folder;
} w;

static bool tile_read(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    struct path_source source = memory_log_source(context);
    return tile_write(ret, t, &source, e);
}

static const struct history_tiles tiles = {.read = tile_read, .context = &w.log};

static void folder_begin(void)
{
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    struct authority a = {.origin = bytes_text(ORIGIN), .base_url = bytes_text("https://a")};
    struct err e;
    memcpy(a.id, hierarchy_authority, sizeof a.id);
    memory_log_key(&a.log_key, ORIGIN, SEED);
    authority_write(&authority, &a);
    struct folder_plan plan = {
        .path = w.path,
        .settings = {.endpoint = bytes_text("edge-7"),
                     .class = bytes_text("kiosk"),
                     .url = bytes_text("https://a"),
                     .rules = {.stale = STALE_REFUSE, .clock_error = 300, .silence = 86400}},
        .authority = buf_bytes(&authority),
        .root = w.signer.h.certs[ROOT].der};
    ok_call(folder_make(&plan, &spki, &e), e);
    ok_call(folder_open(&w.folder, w.path, &e), e);
}

static int world_make(void **state)
{
    (void)state;
    (void)snprintf(w.path, sizeof w.path, "/tmp/sealward-held-XXXXXX");
    assert_non_null(mkdtemp(w.path));
    list_signer_make(&w.signer);
    memory_log_init(&w.log, LOG_SIZE);
    folder_begin();
    return 0;
}

static bool tree_remove(void *context, const char *name, struct err *e)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)context, name);
    return file_remove(path, e) ||
           (file_list(path, 100, tree_remove, path, e) && file_remove(path, e));
}

static int world_end(void **state)
{
    (void)state;
    struct err e;
    folder_free(w.folder);
    w.folder = NULL;
    list_signer_done(&w.signer);
    ok_call(file_list(w.path, 100, tree_remove, w.path, &e), e);
    ok_call(file_remove(w.path, &e), e);
    return 0;
}

static struct held_moment moment(int64_t wall, int64_t boot)
{
    return (struct held_moment){.wall = SAMPLE_ISSUED + wall, .boot = boot};
}

static struct held *opened(enum held_access access, int64_t wall, int64_t boot)
{
    struct held *h = NULL;
    struct held_moment at = moment(wall, boot);
    struct err e;
    ok_call(held_new(&h, w.folder, access, &at, &e), e);
    return h;
}

static bool see(struct held *h, uint64_t size, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    memory_log_checkpoint(&note, &w.log, size, ORIGIN, SEED);
    return held_see(h, buf_bytes(&note), &tiles, e);
}

/* A list of that number, issued so long after the sample's, with the log's head of 300 entries. */
static void list_number(struct buf *ret, uint64_t number, int64_t issued)
{
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    plan.head.number = number;
    plan.head.issued += issued;
    plan.head.expires += issued;
    plan.head.size = 300;
    memory_log_root(&w.log, 0, 300, plan.head.root);
    list_make(ret, &plan, &w.signer);
}

static bool take(struct held *h, uint64_t number, int64_t issued, int64_t wall, int64_t boot,
                 struct err *e)
{
    AUTO_VALUE(buf) list = BUF(0);
    struct held_moment at = moment(wall, boot);
    list_number(&list, number, issued);
    return held_take(h, buf_bytes(&list), &tiles, &at, e);
}

/* Holds list 7 of now. */
static struct held *holding_list_7(void)
{
    struct held *h = opened(HELD_WRITE, 0, 1000);
    struct err e;
    ok_call(see(h, 300, &e), e);
    ok_call(take(h, 7, 0, 0, 1000, &e), e);
    return h;
}

static int64_t now(const struct held *h, int64_t wall, int64_t boot)
{
    struct held_moment at = moment(wall, boot);
    return held_now(h, &at) - SAMPLE_ISSUED;
}

static void keep_seen(struct held *h, int64_t wall, int64_t boot)
{
    struct held_moment at = moment(wall, boot);
    struct err e;
    ok_call(held_keep_seen(h, &at, &e), e);
}

static void what_is_taken_is_there_for_another_process(void **state)
{
    (void)state;
    AUTO(held) h = holding_list_7();
    AUTO(held) reader = opened(HELD_READ, 0, 0);
    assert_int_equal(held_number(reader), 7);
    ok_bytes(held_list(reader), held_list(h));
}

static void one_process_writes(void **state)
{
    (void)state;
    AUTO(held) first = opened(HELD_WRITE, 0, 0);
    struct held *second = NULL;
    struct held_moment at = moment(0, 0);
    struct err e;
    assert_non_null(first);
    ok_err(held_new(&second, w.folder, HELD_WRITE, &at, &e), e, ERR_BUSY, "");
    assert_null(second);
}

static void a_clock_set_back_does_not_count(void **state)
{
    (void)state;
    AUTO(held) h = holding_list_7();
    assert_int_equal(now(h, -HOUR, 1000), 0);
    assert_int_equal(now(h, HOUR, 1000), HOUR);
    keep_seen(h, 5 * HOUR, 1000);
    assert_int_equal(now(h, HOUR, 1000), 5 * HOUR);
    held_free(TAKE(h));
    h = opened(HELD_WRITE, -400 * 24 * HOUR, 50);
    assert_int_equal(now(h, -400 * 24 * HOUR, 50), 5 * HOUR);
}

static void the_time_passes_with_the_boot_clock(void **state)
{
    (void)state;
    AUTO(held) h = holding_list_7();
    assert_int_equal(now(h, -HOUR, 1000 + 3 * HOUR), 3 * HOUR);
    keep_seen(h, -HOUR, 1000 + 3 * HOUR);
    assert_int_equal(now(h, -HOUR, 1000 + 4 * HOUR), 4 * HOUR);
}

static void a_newer_list_gets_over_a_clock_that_was_far_ahead(void **state)
{
    (void)state;
    AUTO(held) h = holding_list_7();
    struct err e;
    keep_seen(h, 3000 * 24 * HOUR, 1000);
    assert_int_equal(now(h, HOUR, 1000), 3000 * 24 * HOUR);
    ok_call(take(h, 8, HOUR, 2 * HOUR, 1000, &e), e);
    assert_int_equal(now(h, 2 * HOUR, 1000), 2 * HOUR);
}

static void a_list_without_its_standing_is_the_newer_state(void **state)
{
    (void)state;
    AUTO(held) h = holding_list_7();
    AUTO_VALUE(buf) list = BUF(0);
    struct err e;
    held_free(TAKE(h));
    list_number(&list, 8, HOUR);
    ok_call(folder_put(w.folder, FOLDER_LIST, buf_bytes(&list), &e), e);
    h = opened(HELD_WRITE, 0, 0);
    assert_int_equal(held_number(h), 8);
    assert_int_equal(now(h, 0, 0), HOUR);
    ok_err(take(h, 7, 0, 0, 0, &e), e, ERR_REFUSED, "not newer");
}

static void what_a_kill_left_behind_is_removed(void **state)
{
    (void)state;
    struct err e;
    bool there = true;
    char path[128];
    ok_call(folder_put(w.folder, "list.aB3dEf", bytes_text("half"), &e), e);
    ok_call(folder_put(w.folder, "list.kept", bytes_text("a person's"), &e), e);
    held_free(opened(HELD_WRITE, 0, 0));
    (void)snprintf(path, sizeof path, "%s/list.aB3dEf", w.path);
    ok_call(file_exists(&there, path, &e), e);
    assert_false(there);
    (void)snprintf(path, sizeof path, "%s/list.kept", w.path);
    ok_call(file_exists(&there, path, &e), e);
    assert_true(there);
}

static void what_is_confirmed_is_what_is_held(void **state)
{
    (void)state;
    AUTO(held) h = opened(HELD_WRITE, 0, 0);
    struct held_moment at = moment(HOUR, 0);
    struct confirmation c = {.number = -7};
    struct err e;
    ok_err(held_confirmation(&c, h, &at, &e), e, ERR_STATE, "nothing to confirm");
    assert_int_equal(c.number, -7);
    held_free(TAKE(h));
    h = holding_list_7();
    ok_call(held_confirmation(&c, h, &at, &e), e);
    assert_int_equal(c.number, 7);
    assert_int_equal(c.size, 300);
    assert_int_equal(c.time, SAMPLE_ISSUED + HOUR);
    ok_call(held_keep_confirmed(h, 7, &at, &e), e);
    held_free(TAKE(h));
    h = opened(HELD_READ, 0, 0);
    struct holding holding;
    held_report(&holding, h, &at);
    assert_int_equal(holding.confirmed, 7);
    assert_int_equal(holding.confirmed_at, SAMPLE_ISSUED + HOUR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_taken_is_there_for_another_process),
        TEST(one_process_writes),
        TEST(a_clock_set_back_does_not_count),
        TEST(the_time_passes_with_the_boot_clock),
        TEST(a_newer_list_gets_over_a_clock_that_was_far_ahead),
        TEST(a_list_without_its_standing_is_the_newer_state),
        TEST(what_a_kill_left_behind_is_removed),
        TEST(what_is_confirmed_is_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
