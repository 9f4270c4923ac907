/* What an endpoint holds, with clocks and logs that the test makes. */
#include "world.h"

static struct folder *folder;

static int folder_make_one(void **state)
{
    static const struct endpoint_class rules = {
        .stale = STALE_REFUSE, .clock_error = 300, .silence = 86400};
    (void)world_make(state);
    folder = folder_begin("edge-7", &rules);
    return 0;
}

static int folder_end(void **state)
{
    folder_free(folder);
    return world_end(state);
}

static struct held_moment moment(int64_t wall, int64_t boot)
{
    return (struct held_moment){.wall = HIERARCHY_START + wall, .boot = boot};
}

static struct held *opened(enum held_access access, int64_t wall, int64_t boot)
{
    struct held *h = NULL;
    struct held_moment at = moment(wall, boot);
    struct err e;
    ok_call(held_new(&h, folder, access, &at, &e), e);
    return h;
}

static bool take(struct held *h, uint64_t number, int64_t issued, int64_t wall, int64_t boot,
                 struct err *e)
{
    AUTO_VALUE(buf) list = BUF(0);
    struct held_moment at = moment(wall, boot);
    list_begin(&list, number, issued, 24 * HOUR, false);
    return held_take(h, &list, &tiles, &at, e);
}

/* Holds list 7 of now. */
static struct held *holding_list_7(void)
{
    struct held *h = opened(HELD_WRITE, 0, 1000);
    struct err e;
    ok_call(checkpoint_see(h, LIST_SIZE, &e), e);
    ok_call(take(h, 7, 0, 0, 1000, &e), e);
    return h;
}

static int64_t now(const struct held *h, int64_t wall, int64_t boot)
{
    struct held_moment at = moment(wall, boot);
    return held_now(h, &at) - HIERARCHY_START;
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
    ok_err(held_new(&second, folder, HELD_WRITE, &at, &e), e, ERR_BUSY, "");
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
    list_begin(&list, 8, HOUR, 24 * HOUR, false);
    ok_call(folder_put(folder, FOLDER_LIST, buf_bytes(&list), &e), e);
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
    char path[FOLDER_PATH_MAX + 64];
    ok_call(folder_put(folder, "list.aB3dEf", bytes_text("half"), &e), e);
    ok_call(folder_put(folder, "list.kept", bytes_text("a person's"), &e), e);
    held_free(opened(HELD_WRITE, 0, 0));
    (void)snprintf(path, sizeof path, "%s/list.aB3dEf", folder->path);
    ok_call(file_exists(&there, path, &e), e);
    assert_false(there);
    (void)snprintf(path, sizeof path, "%s/list.kept", folder->path);
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
    assert_int_equal(c.time, HIERARCHY_START + HOUR);
    ok_call(held_keep_confirmed(h, 7, &at, &e), e);
    held_free(TAKE(h));
    h = opened(HELD_READ, 0, 0);
    struct holding holding;
    held_report(&holding, h, &at);
    assert_int_equal(holding.confirmed, 7);
    assert_int_equal(holding.confirmed_at, HIERARCHY_START + HOUR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make_one, folder_end)

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
