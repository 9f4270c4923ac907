#include "unit/page.h"

#include "record.h"

static void replay_refused(const char *part)
{
    struct err e;
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {.entries = 77};
    bool ok = journal_open(&j, path, &e) && replay(j, &seen, &report, &e);
    ok_err(ok, e, ERR_DAMAGED, part);
    assert_non_null(strstr(e.message, path));
    assert_non_null(strstr(e.message, "at byte "));
    assert_int_equal(report.entries, 77);
    if (j != NULL)
        ok_err(append(j, 1, NULL, &e), e, ERR_STATE, "not ready");
}

/* --- Good days -------------------------------------------------------------------------------- */

static void entries_and_checkpoints_come_back_in_order(void **state)
{
    (void)state;
    struct err e;
    (void)unlink(path);
    uint64_t offsets[64];
    {
        AUTO(journal) j = NULL;
        struct seen seen = seen_none();
        struct journal_report report = {0};
        ok_call(journal_open(&j, path, &e), e);
        ok_call(replay(j, &seen, &report, &e), e);
        assert_int_equal(report.entries, 0);
        assert_int_equal(report.cut_size, 0);
        for (size_t n = 1; n <= 10; n++)
            ok_call(append(j, n, offsets, &e), e);
        assert_int_equal(journal_size(j), 55);
    }
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    assert_int_equal(report.entries, 55);
    assert_int_equal(report.batches, 10);
    assert_int_equal(seen.checkpoints, 9);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(seen.offsets[45 + i], offsets[i]);
    for (uint64_t n = 0; n < 55; n++) {
        char room[256];
        AUTO_VALUE(buf) entry = BUF(JOURNAL_ENTRY_MAX);
        ok_call(journal_read(j, seen.offsets[n], &entry, &e), e);
        ok_bytes(buf_bytes(&entry), entry_of(n, room));
    }
}

static void the_page_and_the_code_agree(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) page = BUF(1U << 20);
    AUTO_VALUE(buf) want = BUF(1U << 20);
    size_t place = 0;
    page_read(&page, "journal.md");
    page_hex(&want, page_block(&page, "hex journal", &place));

    size_t counts[] = {1, 2};
    size_t ends[2];
    AUTO_VALUE(buf) got = BUF(1U << 20);
    journal_make(counts, 2, &got, ends);
    ok_bytes(buf_bytes(&got), buf_bytes(&want));
    file_put_whole(buf_bytes(&want));
    replay_expect(3, 0);
    ok_call(buf_ok(&want, "page", &e), e);
}

static void a_batch_spans_many_writes_and_reservations(void **state)
{
    (void)state;
    struct err e;
    (void)unlink(path);
    static uint8_t big[JOURNAL_ENTRY_MAX];
    memset(big, 'x', sizeof big);
    struct bytes entries[256];
    uint64_t offsets[256];
    for (size_t i = 0; i < 255; i++)
        entries[i] = BYTES_OF(big);
    entries[255] = bytes_text("last");
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    for (size_t i = 0; i < 3; i++)
        ok_call(journal_append(j, entries, 256, BYTES_NONE, offsets, &e), e);
    AUTO_VALUE(buf) entry = BUF(JOURNAL_ENTRY_MAX);
    ok_call(journal_read(j, offsets[255], &entry, &e), e);
    ok_text(buf_bytes(&entry), "last");
    buf_reset(&entry);
    ok_call(journal_read(j, offsets[254], &entry, &e), e);
    ok_bytes(buf_bytes(&entry), BYTES_OF(big));
}

static void what_is_over_a_limit_changes_nothing(void **state)
{
    (void)state;
    struct err e;
    (void)unlink(path);
    static uint8_t big[JOURNAL_ENTRY_MAX + 1];
    memset(big, 'x', sizeof big);
    struct bytes entries[300];
    uint64_t offsets[300] = {77};
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_err(append(j, 1, NULL, &e), e, ERR_STATE, "replayed first");
    ok_call(replay(j, &seen, &report, &e), e);
    ok_err(replay(j, &seen, &report, &e), e, ERR_STATE, "replayed before");

    entries[0] = BYTES_OF(big);
    ok_err(journal_append(j, entries, 1, BYTES_NONE, offsets, &e), e, ERR_LIMIT, "65536 bytes");
    entries[0] = BYTES_NONE;
    ok_err(journal_append(j, entries, 1, BYTES_NONE, offsets, &e), e, ERR_LIMIT, "empty");
    ok_err(journal_append(j, entries, 0, BYTES_NONE, offsets, &e), e, ERR_LIMIT, "0 entries");
    for (size_t i = 0; i < 300; i++)
        entries[i] = bytes_make(big, JOURNAL_ENTRY_MAX);
    ok_err(journal_append(j, entries, 300, BYTES_NONE, offsets, &e), e, ERR_LIMIT, "limit");
    ok_err(journal_append(j, entries, 1, bytes_make(big, JOURNAL_CHECKPOINT_MAX + 1), offsets, &e),
           e, ERR_LIMIT, "checkpoint");
    assert_int_equal(offsets[0], 77);
    ok_call(append(j, 3, NULL, &e), e);
    AUTO_VALUE(buf) entry = BUF(JOURNAL_ENTRY_MAX);
    ok_err(journal_read(j, 0, &entry, &e), e, ERR_INTERNAL, "no entry");
    ok_err(journal_read(j, 1U << 20, &entry, &e), e, ERR_INTERNAL, "no entry");
    assert_int_equal(entry.size, 0);
    journal_free(TAKE(j));
    replay_expect(3, 0);
}

static void one_process_at_a_time_holds_it(void **state)
{
    (void)state;
    struct err e;
    (void)unlink(path);
    AUTO(journal) j = NULL;
    AUTO(journal) second = NULL;
    ok_call(journal_open(&j, path, &e), e);
    ok_err(journal_open(&second, path, &e), e, ERR_BUSY, path);
    assert_null(second);
    journal_free(TAKE(j));
    ok_call(journal_open(&second, path, &e), e);
}

static void the_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    struct err e;
    struct file_facts facts = {0};
    (void)unlink(path);
    AUTO(journal) j = NULL;
    ok_call(journal_open(&j, path, &e), e);
    ok_call(file_facts_at(&facts, path, &e), e);
    assert_int_equal(facts.mode, 0600);
}

static void a_callback_that_refuses_ends_the_replay(void **state)
{
    (void)state;
    struct err e;
    size_t counts[] = {3, 3};
    size_t ends[2];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 2, &bytes, ends);
    AUTO(journal) j = NULL;
    struct seen seen = {.fail_at = 4};
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_err(replay(j, &seen, &report, &e), e, ERR_REFUSED, "entry 4: this one is not liked");
    assert_string_equal(e.rule, "test.entry");
    ok_err(append(j, 1, NULL, &e), e, ERR_STATE, "not ready");
}

/* --- Torn tails ------------------------------------------------------------------------------- */

static size_t used_of(const uint8_t *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size;
}

static void torn_at_every_byte_is_cut_and_goes_on(void **state)
{
    (void)state;
    struct err e;
    size_t counts[] = {2, 3, 2};
    size_t ends[3];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 3, &bytes, ends);
    AUTO_VALUE(buf) torn = BUF(1U << 20);
    for (size_t at = ends[1]; at < ends[2]; at++) {
        /* Cut off there, and zeros from there on as a reserved file has them. */
        for (size_t zeros = 0; zeros <= 4096; zeros += 4096) {
            buf_reset(&torn);
            buf_put(&torn, bytes_make(bytes.data, at));
            memset(buf_grow(&torn, zeros), 0, zeros);
            file_put_whole(buf_bytes(&torn));
            replay_expect(5,
                          used_of(torn.data, at) > ends[1] ? used_of(torn.data, at) - ends[1] : 0);
        }
        AUTO_VALUE(buf) now = BUF(1U << 20);
        file_get_whole(&now);
        ok_bytes(bytes_make(now.data, used_of(now.data, now.size)),
                 bytes_make(bytes.data, ends[1]));
    }
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    ok_call(append(j, 2, NULL, &e), e);
    journal_free(TAKE(j));
    AUTO_VALUE(buf) again = BUF(64U << 20);
    file_get_whole(&again);
    ok_bytes(bytes_make(again.data, used_of(again.data, again.size)), buf_bytes(&bytes));
}

static void sectors_that_never_came_are_a_torn_tail(void **state)
{
    (void)state;
    size_t counts[] = {2, 60};
    size_t ends[2];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 2, &bytes, ends);
    AUTO_VALUE(buf) torn = BUF(1U << 20);
    size_t sectors = (ends[1] + 511) / 512;
    assert_true(sectors >= 6 && sectors < 20);
    /* Every set of missing sectors behind the first, which the first batch shares. */
    for (unsigned missing = 2; missing < 1U << sectors; missing += 2) {
        if (missing % 64 != 2 && missing > 256)
            continue;
        buf_reset(&torn);
        buf_put(&torn, buf_bytes(&bytes));
        for (size_t s = 0; s < sectors; s++) {
            size_t from = s * 512 > ends[0] ? s * 512 : ends[0];
            size_t to = (s + 1) * 512 < ends[1] ? (s + 1) * 512 : ends[1];
            if (missing >> s & 1 && from < to)
                memset(torn.data + from, 0, to - from);
        }
        size_t used = used_of(torn.data, torn.size);
        file_put_whole(buf_bytes(&torn));
        replay_expect(2, used > ends[0] ? used - ends[0] : 0);
    }
}

static void a_torn_beginning_is_made_anew(void **state)
{
    (void)state;
    size_t counts[] = {1};
    size_t ends[1];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 1, &bytes, ends);
    for (size_t at = 0; at < JOURNAL_START; at++) {
        uint8_t front[JOURNAL_START] = {0};
        memcpy(front, bytes.data, at);
        file_put_whole(bytes_make(front, at));
        replay_expect(0, 0);
        file_put_whole(BYTES_OF(front));
        replay_expect(0, 0);
    }
}

/* --- Damage ----------------------------------------------------------------------------------- */

static void a_flipped_bit_before_the_last_batch_is_refused(void **state)
{
    (void)state;
    size_t counts[] = {2, 3, 2};
    size_t ends[3];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    AUTO_VALUE(buf) after = BUF(1U << 20);
    journal_make(counts, 3, &bytes, ends);
    for (size_t at = 0; at < ends[1]; at++) {
        uint8_t bit = (uint8_t)(1U << at % 8);
        bytes.data[at] ^= bit;
        file_put_whole(buf_bytes(&bytes));
        replay_refused("");
        file_get_whole(&after);
        ok_bytes(buf_bytes(&after), buf_bytes(&bytes));
        bytes.data[at] ^= bit;
    }
}

static void a_flipped_bit_in_the_last_batch_never_passes(void **state)
{
    (void)state;
    size_t counts[] = {2, 3};
    size_t ends[2];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 2, &bytes, ends);
    size_t cut = 0;
    for (size_t at = ends[0]; at < ends[1]; at++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            struct err e;
            AUTO(journal) j = NULL;
            struct seen seen = seen_none();
            struct journal_report report = {0};
            bytes.data[at] ^= (uint8_t)(1U << bit);
            file_put_whole(buf_bytes(&bytes));
            ok_call(journal_open(&j, path, &e), e);
            bool ok = replay(j, &seen, &report, &e);
            assert_int_equal(seen.entries, 2);
            if (!ok)
                ok_err(ok, e, ERR_DAMAGED, "version");
            cut += ok;
            bytes.data[at] ^= (uint8_t)(1U << bit);
        }
    }
    assert_true(cut > (ends[1] - ends[0]) * 2);
}

static void batches_cannot_be_moved_doubled_or_left_out(void **state)
{
    (void)state;
    size_t counts[] = {2, 2, 2};
    size_t ends[3];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 3, &bytes, ends);
    struct bytes front = bytes_make(bytes.data, JOURNAL_START);
    struct bytes first = bytes_make(bytes.data + JOURNAL_START, ends[0] - JOURNAL_START);
    struct bytes second = bytes_make(bytes.data + ends[0], ends[1] - ends[0]);
    struct bytes third = bytes_make(bytes.data + ends[1], ends[2] - ends[1]);
    const struct {
        struct bytes row[4];
        const char *part;
    } cases[] = {
        {{first, third}, "begins with entry 4, the next is 2"},
        {{second, third}, "begins with entry 2, the next is 0"},
        {{first, first}, "begins with entry 0, the next is 2"},
        {{first, second, second}, "begins with entry 2, the next is 4"},
        {{first, third, second}, "begins with entry 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) made = BUF(1U << 20);
        buf_put(&made, front);
        for (size_t k = 0; k < 4; k++)
            buf_put(&made, cases[i].row[k]);
        file_put_whole(buf_bytes(&made));
        replay_refused(cases[i].part);
    }
}

static void batch_put(struct buf *file, uint64_t first, uint32_t count, const uint8_t *before,
                      struct bytes payload)
{
    struct err e;
    struct journal_batch b = {.first = first, .count = count, .payload = payload};
    memcpy(b.before, before, sizeof b.before);
    ok_call(journal_batch_write(file, &b, &e), e);
}

static void what_is_whole_but_wrong_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[JOURNAL_HASH_SIZE];
    static const uint8_t other[JOURNAL_HASH_SIZE] = {1};
    static uint8_t over[4 + JOURNAL_ENTRY_MAX + 1] = {0, 1, 0, 0};
    static const uint8_t empty[] = {0, 0, 0, 0};
    static const uint8_t one[] = {0, 0, 0, 1, 'x'};
    static const uint8_t cut[] = {0, 0, 0, 2, 'x'};
    const struct {
        uint64_t first;
        uint32_t count;
        const uint8_t *before;
        struct bytes payload;
        const char *part;
    } cases[] = {
        {0, 1, zeros, BYTES_OF(over), "65536 bytes, the most is 65535"},
        {0, 1, zeros, BYTES_OF(empty), "empty"},
        {0, 1, zeros, BYTES_OF(cut), "longer than its batch"},
        {0, 2, zeros, BYTES_OF(one), "a batch of 2 entries holds 1"},
        {0, 1, zeros, BYTES_NONE, "a batch of 1 entries holds 0"},
        {1, 1, zeros, BYTES_OF(one), "begins with entry 1, the next is 0"},
        {0, 1, other, BYTES_OF(one), "does not belong behind"},
    };
    size_t counts[] = {1};
    size_t ends[1];
    AUTO_VALUE(buf) good = BUF(1U << 20);
    journal_make(counts, 1, &good, ends);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) made = BUF(1U << 20);
        buf_put(&made, bytes_make(good.data, JOURNAL_START));
        batch_put(&made, cases[i].first, cases[i].count, cases[i].before, cases[i].payload);
        file_put_whole(buf_bytes(&made));
        replay_refused(cases[i].part);
    }
}

static void another_version_and_other_files_are_refused(void **state)
{
    (void)state;
    size_t counts[] = {1};
    size_t ends[1];
    AUTO_VALUE(buf) good = BUF(1U << 20);
    journal_make(counts, 1, &good, ends);
    good.data[JOURNAL_START + JOURNAL_MAGIC_SIZE + 3] = 2;
    file_put_whole(buf_bytes(&good));
    replay_refused("format version 2, known is 1");

    static const uint8_t zeros[JOURNAL_START + 1];
    const struct bytes foreign[] = {bytes_text("hello"),
                                    bytes_text("SQLite format 3, or so it says"), BYTES_OF(zeros),
                                    bytes_make(good.data + 1, 40)};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        AUTO_VALUE(buf) after = BUF(1U << 20);
        file_put_whole(foreign[i]);
        replay_refused("not a journal");
        file_get_whole(&after);
        ok_bytes(buf_bytes(&after), foreign[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_and_checkpoints_come_back_in_order),
        cmocka_unit_test(the_page_and_the_code_agree),
        cmocka_unit_test(a_batch_spans_many_writes_and_reservations),
        cmocka_unit_test(what_is_over_a_limit_changes_nothing),
        cmocka_unit_test(one_process_at_a_time_holds_it),
        cmocka_unit_test(the_file_is_for_its_owner_alone),
        cmocka_unit_test(a_callback_that_refuses_ends_the_replay),
        cmocka_unit_test(torn_at_every_byte_is_cut_and_goes_on),
        cmocka_unit_test(sectors_that_never_came_are_a_torn_tail),
        cmocka_unit_test(a_torn_beginning_is_made_anew),
        cmocka_unit_test(a_flipped_bit_before_the_last_batch_is_refused),
        cmocka_unit_test(a_flipped_bit_in_the_last_batch_never_passes),
        cmocka_unit_test(batches_cannot_be_moved_doubled_or_left_out),
        cmocka_unit_test(what_is_whole_but_wrong_is_refused),
        cmocka_unit_test(another_version_and_other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
