#include "unit/ok.h"

#include "base/file.h"
#include "cli/journal_walk.h"
#include "proof/journal_batch.h"

enum { FILE_MAX = 1 << 20 };

struct seen {
    struct buf pieces;
    uint64_t entries;
};

static bool piece_take(void *context, struct bytes piece, struct err *e)
{
    struct seen *seen = context;
    (void)e;
    buf_put(&seen->pieces, piece);
    return true;
}

static bool entry_take(void *context, uint64_t index, struct bytes entry, struct err *e)
{
    struct seen *seen = context;
    (void)e;
    assert_int_equal(index, seen->entries);
    assert_true(entry.size > 0);
    seen->entries++;
    return true;
}

/* A journal of that many batches of two entries each; *last is where the last one begins. */
static void journal_make(struct buf *b, uint64_t batches, size_t *last)
{
    uint8_t before[JOURNAL_HASH_SIZE] = {0};
    buf_put(b, BYTES_OF(journal_file_magic));
    for (uint64_t i = 0; i < batches; i++) {
        AUTO_VALUE(buf) payload = BUF(4096);
        struct err e;
        ok_call(journal_batch_entry_put(&payload, bytes_text("{\"one\":1}"), &e), e);
        ok_call(journal_batch_entry_put(&payload, bytes_text("{\"two\":2}"), &e), e);
        struct journal_batch batch = {.first = 2 * i, .count = 2, .payload = buf_bytes(&payload)};
        memcpy(batch.before, before, sizeof before);
        *last = b->size;
        ok_call(journal_batch_write(b, &batch, &e), e);
        memcpy(before, batch.hash, sizeof before);
    }
}

static void walk(struct seen *seen, struct bytes file, bool ok, const char *why)
{
    AUTO_VALUE(buf) path = BUF(4096);
    struct journal_walk walk = {.context = seen, .piece = piece_take, .entry = entry_take};
    struct err e;
    uint64_t entries = 77;
    *seen = (struct seen){.pieces = BUF(FILE_MAX)};
    ok_call(file_make_private_folder(&path, "/tmp", "sealward-walk", &e), e);
    size_t folder = path.size;
    buf_put_text(&path, "/journal");
    ok_call(file_replace_view(buf_string(&path), file, 0600, &e), e);
    bool walked = journal_walk(&entries, buf_string(&path), &walk, &e);
    assert_int_equal(walked, ok);
    if (ok) {
        assert_int_equal(entries, seen->entries);
    } else {
        assert_int_equal(entries, 77);
        assert_int_equal(e.code, ERR_DAMAGED);
        assert_non_null(strstr(e.cause[0] != 0 ? e.cause : e.message, why));
    }
    struct err ignored;
    (void)!file_remove(buf_string(&path), &ignored);
    path.size = folder;
    (void)!file_remove(buf_string(&path), &ignored);
}

static void a_journal_is_given_piece_by_piece_and_entry_by_entry(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(FILE_MAX);
    struct seen seen;
    size_t last = 0;
    journal_make(&file, 3, &last);
    walk(&seen, buf_bytes(&file), true, "");
    assert_int_equal(seen.entries, 6);
    assert_true(bytes_equal(buf_bytes(&seen.pieces), buf_bytes(&file)));
    buf_done(&seen.pieces);
}

static void reserved_space_and_a_torn_tail_are_left_out(void **state)
{
    (void)state;
    AUTO_VALUE(buf) whole = BUF(FILE_MAX);
    size_t last = 0;
    journal_make(&whole, 3, &last);
    for (size_t cut = 0; cut < whole.size - last; cut++) {
        AUTO_VALUE(buf) torn = BUF(FILE_MAX);
        struct seen seen;
        buf_put(&torn, bytes_make(whole.data, last + cut));
        for (int i = 0; i < 100; i++)
            buf_put_u8(&torn, 0);
        walk(&seen, buf_bytes(&torn), true, "");
        assert_int_equal(seen.entries, 4);
        assert_int_equal(seen.pieces.size, last);
        buf_done(&seen.pieces);
    }
}

static void a_break_before_a_whole_batch_is_damage(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(FILE_MAX);
    struct seen seen;
    size_t last = 0;
    journal_make(&file, 3, &last);
    file.data[last - 1] ^= 1;
    walk(&seen, buf_bytes(&file), false, "a whole batch follows");
    buf_done(&seen.pieces);
}

static void batches_that_do_not_belong_together_are_damage(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(FILE_MAX);
    struct seen seen;
    size_t last = 0;
    size_t first = JOURNAL_START;
    journal_make(&file, 2, &last);
    AUTO_VALUE(buf) doubled = BUF(FILE_MAX);
    buf_put(&doubled, bytes_make(file.data, last));
    buf_put(&doubled, bytes_make(file.data + first, last - first));
    walk(&seen, buf_bytes(&doubled), false, "does not belong");
    buf_done(&seen.pieces);
}

static void what_is_no_journal_is_refused(void **state)
{
    (void)state;
    struct seen seen;
    walk(&seen, bytes_text("short"), false, "not a journal");
    buf_done(&seen.pieces);
    walk(&seen, bytes_text("something else, and long enough"), false, "not a journal");
    buf_done(&seen.pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_is_given_piece_by_piece_and_entry_by_entry),
        cmocka_unit_test(reserved_space_and_a_torn_tail_are_left_out),
        cmocka_unit_test(a_break_before_a_whole_batch_is_damage),
        cmocka_unit_test(batches_that_do_not_belong_together_are_damage),
        cmocka_unit_test(what_is_no_journal_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
