#include "unit/ok.h"

#include "base/buf.h"
#include "proof/journal_batch.h"

static const uint8_t one[] = {0, 0, 0, 2, 'h', 'i', 0, 0, 0, 1, '!'};

static void batch_make(struct buf *out, struct bytes checkpoint)
{
    struct err e;
    struct journal_batch b = {
        .first = 7, .count = 2, .checkpoint = checkpoint, .payload = BYTES_OF(one)};
    memset(b.before, 0x55, sizeof b.before);
    ok_call(journal_batch_write(out, &b, &e), e);
}

static void a_batch_reads_as_it_was_written(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) out = BUF(4096);
    struct journal_batch b = {0};
    size_t size = 0;
    batch_make(&out, bytes_text("note\n"));
    ok_call(journal_batch_size(&size, bytes_make(out.data, JOURNAL_HEAD_SIZE), &e), e);
    assert_int_equal(size, out.size);
    ok_call(journal_batch_read(&b, buf_bytes(&out), &e), e);
    assert_int_equal(b.first, 7);
    assert_int_equal(b.count, 2);
    ok_text(b.checkpoint, "note\n");
    ok_bytes(b.payload, BYTES_OF(one));

    struct bytes entry = BYTES_NONE;
    size_t place = 0;
    ok_call(journal_batch_entry_next(&entry, &place, b.payload, &e), e);
    ok_text(entry, "hi");
    ok_call(journal_batch_entry_next(&entry, &place, b.payload, &e), e);
    ok_text(entry, "!");
    assert_int_equal(place, b.payload.size);
    ok_err(journal_batch_entry_next(&entry, &place, b.payload, &e), e, ERR_INPUT, "longer");
    ok_text(entry, "!");
}

static void without_a_checkpoint_it_is_absent(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) out = BUF(4096);
    struct journal_batch b = {0};
    batch_make(&out, BYTES_NONE);
    ok_call(journal_batch_read(&b, buf_bytes(&out), &e), e);
    assert_null(b.checkpoint.data);
}

static void any_other_byte_or_length_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) out = BUF(4096);
    batch_make(&out, bytes_text("note\n"));
    struct journal_batch b;
    struct journal_batch poison;
    memset(&b, 0xa5, sizeof b);
    memset(&poison, 0xa5, sizeof poison);
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] ^= 0x40;
        assert_false(journal_batch_read(&b, buf_bytes(&out), &e));
        assert_memory_equal(&b, &poison, sizeof b);
        out.data[i] ^= 0x40;
        assert_false(journal_batch_read(&b, bytes_make(out.data, i), &e));
        assert_memory_equal(&b, &poison, sizeof b);
    }
    buf_put_u8(&out, 0);
    ok_err(journal_batch_read(&b, buf_bytes(&out), &e), e, ERR_INPUT, "1 bytes too many");
    assert_memory_equal(&b, &poison, sizeof b);
}

static void a_head_over_the_limits_has_no_size(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) out = BUF(4096);
    batch_make(&out, BYTES_NONE);
    size_t size = 77;
    const struct {
        size_t at;
        uint8_t byte;
        enum err_code code;
    } cases[] = {
        {0, 0x88, ERR_INPUT},  /* magic */
        {11, 0, ERR_INPUT},    /* version 0 */
        {11, 2, ERR_STATE},    /* version 2 */
        {8, 1, ERR_STATE},     /* version 2^24 + 1 */
        {23, 0, ERR_INPUT},    /* no entries */
        {24, 1, ERR_INPUT},    /* checkpoint of 16 MiB */
        {28, 0x02, ERR_INPUT}, /* payload of 32 MiB */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t old = out.data[cases[i].at];
        out.data[cases[i].at] = cases[i].byte;
        ok_err(journal_batch_size(&size, bytes_make(out.data, JOURNAL_HEAD_SIZE), &e), e,
               cases[i].code, "");
        out.data[cases[i].at] = old;
    }
    ok_err(journal_batch_size(&size, bytes_make(out.data, JOURNAL_HEAD_SIZE - 1), &e), e, ERR_INPUT,
           "no batch");
    assert_int_equal(size, 77);
}

static void a_place_behind_the_payload_is_refused(void **state)
{
    (void)state;
    struct err e;
    struct bytes entry = BYTES_NONE;
    size_t place = sizeof one + 1;
    ok_err(journal_batch_entry_next(&entry, &place, BYTES_OF(one), &e), e, ERR_INPUT, "behind");
    assert_int_equal(place, sizeof one + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_reads_as_it_was_written),
        cmocka_unit_test(without_a_checkpoint_it_is_absent),
        cmocka_unit_test(any_other_byte_or_length_is_refused_and_leaves_the_result),
        cmocka_unit_test(a_head_over_the_limits_has_no_size),
        cmocka_unit_test(a_place_behind_the_payload_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
