/* Names and refusals. */
#include "record.h"

#include "service/unrecorded.h"

static struct record record;
static char folder[32];
static char path[64];
static struct metrics metrics;

struct fixture {
    struct replica *replica;
    struct unrecorded *unrecorded;
};

static int group_setup(void **state)
{
    (void)state;
    record_make(&record);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    record_end(&record);
    return 0;
}

static int setup(void **state)
{
    static struct fixture f;
    struct err e;
    folder_make(folder, sizeof folder);
    (void)snprintf(path, sizeof path, "%s/kept.db", folder);
    memset(&metrics, 0, sizeof metrics);
    ok_call(replica_new(&f.replica, &e), e);
    record_replay(&record, f.replica, 0, record.world.count);
    replica_set_ready(f.replica);
    ok_call(unrecorded_open(&f.unrecorded, path, f.replica, &metrics, &e), e);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unrecorded_free(f->unrecorded);
    replica_free(f->replica);
    folder_remove(folder);
    return 0;
}

/* SHA-256("officer-" || "1") is what the world's policy has. */
static const char officer_1[] = "{\"name\":\"1\",\"salt\":\"b2ZmaWNlci0=\"}";
static const char officer_2[] = "{\"name\":\"2\",\"salt\":\"b2ZmaWNlci0=\"}";

static void a_name_is_taken_only_if_it_opens_its_hash(void **state)
{
    struct fixture *f = *state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(65536);
    ok_err(
        unrecorded_put_name(f->unrecorded, bytes_text("officer-2"), bytes_text(officer_1), &b, &e),
        e, ERR_REFUSED, "do not open the hash");
    assert_string_equal(e.rule, "name.hash");
    ok_err(unrecorded_put_name(f->unrecorded, bytes_text("nobody"), bytes_text(officer_1), &b, &e),
           e, ERR_NOT_FOUND, "nobody");
    ok_err(unrecorded_put_name(f->unrecorded, bytes_text("officer-1"), bytes_text("{}"), &b, &e), e,
           ERR_INPUT, "name");
    ok_err(unrecorded_name(f->unrecorded, bytes_text("officer-1"), &b, &e), e, ERR_NOT_FOUND, "");
    assert_int_equal(b.size, 0);
    ok_call(
        unrecorded_put_name(f->unrecorded, bytes_text("officer-1"), bytes_text(officer_1), &b, &e),
        e);
    ok_text(buf_bytes(&b), "{\"handle\":\"officer-1\",\"name\":\"1\",\"salt\":\"b2ZmaWNlci0=\"}");
}

static void names_are_listed_in_pages(void **state)
{
    struct fixture *f = *state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(65536);
    ok_call(
        unrecorded_put_name(f->unrecorded, bytes_text("officer-2"), bytes_text(officer_2), &b, &e),
        e);
    ok_call(
        unrecorded_put_name(f->unrecorded, bytes_text("officer-1"), bytes_text(officer_1), &b, &e),
        e);
    buf_reset(&b);
    ok_call(unrecorded_names(f->unrecorded, BYTES_NONE, 1, &b, &e), e);
    assert_true(has(&b, "\"officer-1\"") && !has(&b, "\"officer-2\""));
    buf_reset(&b);
    ok_call(unrecorded_names(f->unrecorded, bytes_text("officer-1"), 10, &b, &e), e);
    assert_true(has(&b, "\"officer-2\"") && !has(&b, "\"officer-1\""));
    buf_reset(&b);
    ok_call(unrecorded_name(f->unrecorded, bytes_text("officer-2"), &b, &e), e);
    assert_true(has(&b, "\"officer-2\""));
}

static void refusals_are_written_and_listed_newest_first(void **state)
{
    struct fixture *f = *state;
    struct err e;
    struct err why;
    bool more = false;
    AUTO_VALUE(buf) b = BUF(65536);
    (void)err_refuse(&why, "duty.same", "no \"one\" approves himself");
    unrecorded_refuse(f->unrecorded, bytes_text("person/officer-1"), &why);
    (void)err_set(&why, ERR_AUTH, "a signature that does not hold");
    unrecorded_refuse(f->unrecorded, BYTES_NONE, &why);
    ok_call(unrecorded_write(f->unrecorded, &more, &e), e);
    assert_false(more);
    ok_call(unrecorded_refusals(f->unrecorded, INT64_MAX, 10, &b, &e), e);
    const char *text = buf_string(&b);
    const char *first = strstr(text, "a signature that does not hold");
    const char *second = strstr(text, "no \\\"one\\\" approves himself");
    assert_true(first != NULL && second != NULL && first < second);
    assert_true(has(&b, "\"actor\":\"person/officer-1\",\"rule\":\"duty.same\""));
}

static void a_flood_of_refusals_is_counted(void **state)
{
    struct fixture *f = *state;
    struct err e;
    struct err why;
    bool more = true;
    int rounds = 0;
    (void)err_refuse(&why, "rule", "message");
    for (int i = 0; i < 300; i++)
        unrecorded_refuse(f->unrecorded, BYTES_NONE, &why);
    assert_int_equal(metrics.values[METRIC_REFUSALS_DROPPED], 300 - 256);
    for (; more; rounds++)
        ok_call(unrecorded_write(f->unrecorded, &more, &e), e);
    assert_true(rounds >= 256 / 16);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_taken_only_if_it_opens_its_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_listed_in_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_are_written_and_listed_newest_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_flood_of_refusals_is_counted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
