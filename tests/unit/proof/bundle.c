#include "unit/ok.h"

#include "memory_log.h"
#include "proof/bundle.h"

static struct memory_log log_;

static void bundle_fill(struct buf *b, uint64_t first, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        bundle_put(b, memory_log_entry(first + i));
    }
    assert_false(b->failed);
}

static void a_bundle_is_lengths_and_entries(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(BUNDLE_BYTES_MAX);
    bundle_put(&b, bytes_text("a"));
    bundle_put(&b, bytes_text("bcd"));
    ok_bytes(buf_bytes(&b), bytes_make("\0\1a\0\3bcd", 8));
}

static void a_full_bundle_is_read_and_holds_against_its_tile(void **state)
{
    (void)state;
    struct bundle bundle;
    struct err e;
    AUTO_VALUE(buf) b = BUF(BUNDLE_BYTES_MAX);
    bundle_fill(&b, 256, TILE_WIDTH);
    ok_call(bundle_read(&bundle, buf_bytes(&b), TILE_WIDTH, &e), e);
    assert_int_equal(bundle.count, TILE_WIDTH);
    ok_text(bundle.entries[0], "entry 256");
    ok_text(bundle.entries[255], "entry 511");
    ok_call(bundle_check(&bundle, bytes_make(log_.leaves[256], TILE_BYTES), 256, &e), e);
}

static void an_entry_that_is_not_the_hashed_one_is_named(void **state)
{
    (void)state;
    struct bundle bundle;
    struct err e;
    AUTO_VALUE(buf) b = BUF(BUNDLE_BYTES_MAX);
    bundle_fill(&b, 256, 10);
    b.data[3 * 11 + 2] ^= 1;
    ok_call(bundle_read(&bundle, buf_bytes(&b), 10, &e), e);
    ok_err(bundle_check(&bundle, bytes_make(log_.leaves[256], 10 * TREE_HASH), 256, &e), e,
           ERR_DAMAGED, "entry 259 ");
    ok_err(bundle_check(&bundle, bytes_make(log_.leaves[256], 9 * TREE_HASH), 256, &e), e,
           ERR_DAMAGED, "288 bytes");
}

static void anything_but_exactly_the_width_is_refused(void **state)
{
    (void)state;
    struct bundle bundle;
    static struct bundle poisoned;
    struct err e;
    AUTO_VALUE(buf) b = BUF(BUNDLE_BYTES_MAX);
    memset(&poisoned, 0xa5, sizeof poisoned);
    bundle = poisoned;
    bundle_fill(&b, 0, 4);
    struct bytes whole = buf_bytes(&b);
    ok_err(bundle_read(&bundle, whole, 3, &e), e, ERR_INPUT, "bundle");
    ok_err(bundle_read(&bundle, whole, 5, &e), e, ERR_INPUT, "bundle");
    ok_err(bundle_read(&bundle, bytes_make(whole.data, whole.size - 1), 4, &e), e, ERR_INPUT,
           "bundle");
    ok_err(bundle_read(&bundle, whole, 0, &e), e, ERR_INPUT, "0 entries");
    ok_err(bundle_read(&bundle, whole, 257, &e), e, ERR_INPUT, "257 entries");
    ok_err(bundle_read(&bundle, bytes_make("\0\1a\0\0", 5), 2, &e), e, ERR_INPUT,
           "entry 1 of the bundle is empty");
    assert_memory_equal(&bundle, &poisoned, sizeof bundle);
}

static void an_entry_that_does_not_fit_fails_the_buffer(void **state)
{
    (void)state;
    static const uint8_t large[LIMIT_ENTRY + 1];
    AUTO_VALUE(buf) b = BUF(BUNDLE_BYTES_MAX);
    bundle_put(&b, bytes_make(large, LIMIT_ENTRY));
    assert_false(b.failed);
    bundle_put(&b, BYTES_OF(large));
    assert_true(b.failed);
    buf_reset(&b);
    bundle_put(&b, BYTES_NONE);
    assert_true(b.failed);
}

int main(void)
{
    memory_log_init(&log_, 600);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_lengths_and_entries),
        cmocka_unit_test(a_full_bundle_is_read_and_holds_against_its_tile),
        cmocka_unit_test(an_entry_that_is_not_the_hashed_one_is_named),
        cmocka_unit_test(anything_but_exactly_the_width_is_refused),
        cmocka_unit_test(an_entry_that_does_not_fit_fails_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
