/* The daemon's copy of the state. */
#include "record.h"

#include "rules/view.h"

static struct record record;

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

static struct replica *replica_at(size_t size)
{
    struct replica *r = NULL;
    struct err e;
    ok_call(replica_new(&r, &e), e);
    record_replay(&record, r, 0, size);
    return r;
}

static bool policy(struct buf *b, const struct rules_state *s, const void *context, struct err *e)
{
    (void)context;
    return view_policy(b, s, e);
}

static void reads_wait_until_everything_is_read(void **state)
{
    (void)state;
    struct err e;
    AUTO(replica) r = replica_at(5);
    AUTO_VALUE(buf) b = BUF(REPLICA_VIEW_MAX);
    replica_expect(r, 20);
    ok_err(replica_ready(r, &e), e, ERR_STATE, "5 of 20 entries");
    ok_err(replica_show(r, &b, policy, NULL, &e), e, ERR_STATE, "5 of 20");
    ok_err(replica_findings(r, &b, &e), e, ERR_STATE, "5 of 20");
    replica_set_ready(r);
    ok_call(replica_ready(r, &e), e);
    buf_reset(&b);
    ok_call(replica_show(r, &b, policy, NULL, &e), e);
    assert_true(has(&b, "{\"objects\":["));
    assert_int_equal(replica_size(r), 5);
}

static void head_and_key_are_the_records(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) arena = ARENA(8192);
    struct rules_head head;
    struct note_key key;
    AUTO(replica) r = replica_at(0);
    ok_err(replica_log_key(&key, r, &e), e, ERR_STATE, "no genesis");
    record_replay(&record, r, 0, record.world.count);
    ok_call(replica_head(&head, r, &arena, &e), e);
    assert_string_equal(head.origin, WORLD_ORIGIN);
    assert_memory_equal(head.root, record.world.head.root, 32);
    ok_call(replica_log_key(&key, r, &e), e);
    ok_text(note_key_name(&key), WORLD_ORIGIN);
    assert_memory_equal(key.key, head.log_key, 32);
}

static void a_difference_shows(void **state)
{
    (void)state;
    struct err e;
    uint8_t digest[32];
    uint8_t root[32];
    AUTO(replica) r = replica_at(record.world.count);
    ok_call(rules_digest(record.world.state, digest, &e), e);
    memcpy(root, record.world.head.root, sizeof root);
    ok_call(replica_compare(r, root, digest, &e), e);
    digest[0] ^= 1;
    ok_err(replica_compare(r, root, digest, &e), e, ERR_DAMAGED, "another digest");
    root[0] ^= 1;
    ok_err(replica_compare(r, root, digest, &e), e, ERR_DAMAGED, "another root");
}

static void what_does_not_follow_is_refused(void **state)
{
    (void)state;
    struct err e;
    struct entry entry = {.index = 77};
    AUTO(replica) r = replica_at(5);
    AUTO_VALUE(outcome) out;
    outcome_init(&out);
    ok_err(replica_apply(r, record.world.entries[7], &entry, &out, &e), e, ERR_REFUSED, "entry 7");
    ok_err(replica_apply(r, bytes_text("nonsense"), &entry, &out, &e), e, ERR_INPUT, "");
    assert_int_equal(entry.index, 77);
    assert_int_equal(replica_size(r), 5);
    record_replay(&record, r, 5, record.world.count);
}

static void a_stopped_replica_says_why(void **state)
{
    (void)state;
    struct err e;
    struct err why;
    AUTO(replica) r = replica_at(5);
    replica_set_ready(r);
    (void)err_set(&why, ERR_DAMAGED, "the keeper lies");
    replica_stop(r, &why);
    ok_err(replica_ready(r, &e), e, ERR_STATE, "differs from the keeper: the keeper lies");
}

static void a_reset_begins_again(void **state)
{
    (void)state;
    struct err e;
    AUTO(replica) r = replica_at(5);
    replica_set_ready(r);
    ok_call(replica_reset(r, &e), e);
    assert_int_equal(replica_size(r), 0);
    ok_err(replica_ready(r, &e), e, ERR_STATE, "still reading");
    record_replay(&record, r, 0, record.world.count);
}

static void findings_come_newest_first(void **state)
{
    (void)state;
    struct err e;
    struct record own;
    AUTO(replica) r = NULL;
    AUTO_VALUE(buf) b = BUF(REPLICA_VIEW_MAX);
    struct start_finding found[] = {
        {.kind = bytes_text("unknown-key"), .id = bytes_text("a key"), .note = bytes_text("one")},
        {.kind = bytes_text("missing-key"),
         .id = bytes_text("another"),
         .note = bytes_text("two")}};
    struct list list = {.items = found, .count = 2};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    record_make(&own);
    ok_call(rules_start_body(&body, own.world.state, bytes_text("1"), &list, &e), e);
    accepted(&own.world, world_enter(&own.world, "start", buf_bytes(&body)));
    ok_call(replica_new(&r, &e), e);
    record_replay(&own, r, 0, own.world.count);
    replica_set_ready(r);
    ok_call(replica_findings(r, &b, &e), e);
    assert_true(has(&b, "\"kind\":\"token.reconcile\""));
    assert_true(has(&b, "unknown-key: one") && has(&b, "missing-key: two"));
    record_end(&own);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_wait_until_everything_is_read),
        cmocka_unit_test(head_and_key_are_the_records),
        cmocka_unit_test(a_difference_shows),
        cmocka_unit_test(what_does_not_follow_is_refused),
        cmocka_unit_test(a_stopped_replica_says_why),
        cmocka_unit_test(a_reset_begins_again),
        cmocka_unit_test(findings_come_newest_first),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
