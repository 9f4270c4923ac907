/* Calls that wait. */
#include "record.h"

#include "base/clock.h"
#include "service/waiters.h"

static struct record record;
static struct metrics metrics;
static struct bell bell;

static int group_setup(void **state)
{
    (void)state;
    struct err e;
    record_make(&record);
    return bell_init(&bell, &e) ? 0 : -1;
}

static int group_teardown(void **state)
{
    (void)state;
    bell_done(&bell);
    record_end(&record);
    return 0;
}

struct fixture {
    struct replica *replica;
    struct waiters *waiters;
};

static int setup(void **state)
{
    static struct fixture f;
    struct err e;
    ok_call(replica_new(&f.replica, &e), e);
    record_replay(&record, f.replica, 0, record.world.count);
    replica_set_ready(f.replica);
    ok_call(waiters_new(&f.waiters, f.replica, &bell, &metrics, &e), e);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    waiters_free(f->waiters);
    replica_free(f->replica);
    return 0;
}

static void count(void *context)
{
    int *times = context;
    ++*times;
}

static struct wait wait_of(enum wait_kind kind, int64_t index, int *times)
{
    return (struct wait){.kind = kind,
                         .index = index,
                         .deadline_ms = clock_monotonic_ms() + 60000,
                         .wake = count,
                         .context = times};
}

static void tick(struct waiters *w)
{
    int64_t next;
    waiters_tick(w, &next);
}

static void each_is_woken_by_its_own(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int applied = 0;
    int published = 0;
    struct wait a = wait_of(WAIT_APPLIED, 5, &applied);
    struct wait p = wait_of(WAIT_PUBLISHED, 5, &published);
    waiters_move(f->waiters, 5, 3);
    ok_call(waiters_add(f->waiters, &a, &e), e);
    ok_call(waiters_add(f->waiters, &p, &e), e);
    tick(f->waiters);
    assert_int_equal(applied + published, 0);
    waiters_move(f->waiters, 6, 5);
    tick(f->waiters);
    assert_int_equal(applied, 1);
    assert_int_equal(published, 0);
    waiters_move(f->waiters, 6, 6);
    tick(f->waiters);
    tick(f->waiters);
    assert_int_equal(applied, 1);
    assert_int_equal(published, 1);
}

static void what_is_over_is_woken_at_once(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int times = 0;
    struct wait w = wait_of(WAIT_APPLIED, 5, &times);
    waiters_move(f->waiters, 6, 0);
    ok_call(waiters_add(f->waiters, &w, &e), e);
    assert_int_equal(times, 1);
    tick(f->waiters);
    assert_int_equal(times, 1);
}

static void deadlines_wake(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int times = 0;
    int64_t next = 0;
    struct wait w = wait_of(WAIT_PUBLISHED, 5, &times);
    w.deadline_ms = clock_monotonic_ms() + 30;
    ok_call(waiters_add(f->waiters, &w, &e), e);
    waiters_tick(f->waiters, &next);
    assert_int_equal(times, 0);
    assert_true(next <= clock_monotonic_ms() + 100);
    (void)!clock_sleep_until(clock_monotonic_ms() + 40);
    waiters_tick(f->waiters, &next);
    assert_int_equal(times, 1);
}

static void a_subject_wakes_when_it_moves(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int times = 0;
    struct entry entry;
    struct wait w = wait_of(WAIT_SUBJECT, 0, &times);
    memcpy(w.leaf, record.proposal, sizeof w.leaf);
    ok_call(waiters_see(w.seen, f->replica, record.proposal, &e), e);
    assert_string_equal(w.seen, "waiting-0");
    ok_call(waiters_add(f->waiters, &w, &e), e);
    waiters_move(f->waiters, 1, 0);
    tick(f->waiters);
    assert_int_equal(times, 0);
    size_t before = record.world.count;
    accepted(&record.world, world_approve(&record.world, OFFICER_1, record.proposal));
    AUTO_VALUE(outcome) out;
    outcome_init(&out);
    ok_call(replica_apply(f->replica, record.world.entries[before], &entry, &out, &e), e);
    (void)!clock_sleep_until(clock_monotonic_ms() + 60);
    waiters_move(f->waiters, 2, 0);
    tick(f->waiters);
    assert_int_equal(times, 1);
    /* Who has seen an older state need not wait. */
    ok_call(waiters_add(f->waiters, &w, &e), e);
    assert_int_equal(times, 2);
}

static void a_subject_that_nobody_knows_is_not_awaited(void **state)
{
    struct fixture *f = *state;
    struct err e;
    char seen[WAIT_SEEN_SIZE] = "untouched";
    static const uint8_t unknown[32];
    ok_err(waiters_see(seen, f->replica, unknown, &e), e, ERR_NOT_FOUND, "");
    assert_string_equal(seen, "untouched");
}

static void the_end_wakes_all_and_takes_no_more(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int times = 0;
    struct wait w = wait_of(WAIT_APPLIED, 5, &times);
    for (int i = 0; i < 10; i++)
        ok_call(waiters_add(f->waiters, &w, &e), e);
    waiters_end(f->waiters);
    assert_int_equal(times, 10);
    ok_err(waiters_add(f->waiters, &w, &e), e, ERR_STATE, "shutting down");
    assert_int_equal(times, 10);
}

static void there_is_an_end_to_waiting_calls(void **state)
{
    struct fixture *f = *state;
    struct err e;
    int times = 0;
    struct wait w = wait_of(WAIT_APPLIED, 5, &times);
    for (int i = 0; i < WAITERS_MAX; i++)
        ok_call(waiters_add(f->waiters, &w, &e), e);
    ok_err(waiters_add(f->waiters, &w, &e), e, ERR_BUSY, "wait already");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_woken_by_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_over_is_woken_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(deadlines_wake, setup, teardown),
        cmocka_unit_test_setup_teardown(a_subject_that_nobody_knows_is_not_awaited, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_end_wakes_all_and_takes_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_an_end_to_waiting_calls, setup, teardown),
        /* Moves the record itself, so it comes last. */
        cmocka_unit_test_setup_teardown(a_subject_wakes_when_it_moves, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
