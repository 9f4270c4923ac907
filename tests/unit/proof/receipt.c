#include "unit/ok.h"

#include "memory_log.h"
#include "proof/receipt.h"

enum { SEED = 11 };

static const char origin[] = "sealward.example/log";
static struct memory_log log_;
static struct authority authority_;

static void receipt_make(struct buf *b, uint64_t index, uint64_t size)
{
    struct path_source source = memory_log_source(&log_);
    struct receipt r = {.entry = memory_log_entry(index), .index = index};
    struct err e;
    AUTO_VALUE(buf) note = BUF(4096);
    memory_log_checkpoint(&note, &log_, size, origin, SEED);
    ok_call(path_prove_inclusion(&r.path, index, size, &source, &e), e);
    r.checkpoint = buf_bytes(&note);
    receipt_write(b, &r);
    assert_false(b->failed);
}

static bool receipt_holds(struct bytes text, struct err *e)
{
    struct receipt r;
    struct checkpoint c;
    uint8_t leaf[TREE_HASH];
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    return receipt_parse(&r, text, &a, e) && receipt_verify(&r, &authority_, &c, leaf, e);
}

static void a_receipt_of_any_entry_holds(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 40; size += 3) {
        for (uint64_t i = 0; i < size; i++) {
            struct receipt r;
            struct checkpoint c;
            struct err e;
            uint8_t leaf[TREE_HASH];
            AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
            AUTO_VALUE(arena) a = ARENA(1 << 20);
            receipt_make(&b, i, size);
            ok_call(receipt_parse(&r, buf_bytes(&b), &a, &e), e);
            ok_bytes(r.entry, memory_log_entry(i));
            ok_call(receipt_verify(&r, &authority_, &c, leaf, &e), e);
            assert_int_equal(c.size, size);
            ok_bytes(BYTES_OF(leaf), BYTES_OF(log_.leaves[i]));
        }
    }
}

static void a_receipt_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct receipt r;
    struct err e;
    AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
    AUTO_VALUE(buf) again = BUF(RECEIPT_BYTES_MAX);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    receipt_make(&b, 12, 37);
    ok_call(receipt_parse(&r, buf_bytes(&b), &a, &e), e);
    receipt_write(&again, &r);
    ok_bytes(buf_bytes(&again), buf_bytes(&b));
}

static void every_altered_byte_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
    struct err e;
    receipt_make(&b, 5, 23);
    ok_call(receipt_holds(buf_bytes(&b), &e), e);
    for (size_t i = 0; i < b.size; i++) {
        b.data[i] ^= 1;
        assert_false(receipt_holds(buf_bytes(&b), &e));
        b.data[i] ^= 1;
    }
    for (size_t size = 0; size < b.size; size++) {
        assert_false(receipt_holds(bytes_make(b.data, size), &e));
    }
}

static void a_receipt_of_another_log_is_refused(void **state)
{
    (void)state;
    struct receipt r;
    struct err e;
    struct checkpoint c = {.size = 42};
    uint8_t leaf[TREE_HASH] = {9};
    struct authority other = authority_;
    AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    receipt_make(&b, 5, 23);
    ok_call(receipt_parse(&r, buf_bytes(&b), &a, &e), e);
    memory_log_key(&other.log_key, origin, SEED + 1);
    ok_err(receipt_verify(&r, &other, &c, leaf, &e), e, ERR_AUTH, "no known key");
    other = authority_;
    other.origin = bytes_text("elsewhere");
    ok_err(receipt_verify(&r, &other, &c, leaf, &e), e, ERR_AUTH, "elsewhere");
    assert_int_equal(c.size, 42);
    assert_int_equal(leaf[0], 9);
}

static void an_index_behind_the_checkpoint_is_refused(void **state)
{
    (void)state;
    struct receipt r;
    struct err e;
    struct checkpoint c;
    uint8_t leaf[TREE_HASH];
    AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    receipt_make(&b, 5, 23);
    ok_call(receipt_parse(&r, buf_bytes(&b), &a, &e), e);
    r.index = 23;
    ok_err(receipt_verify(&r, &authority_, &c, leaf, &e), e, ERR_INPUT, "no entry 23");
}

static void texts_out_of_form_are_refused_and_leave_the_result(void **state)
{
    (void)state;
#define NOTE "log\n1\nAA==\n\n\u2014 n AAAAAAAA\n"
#define HASH "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n"
#define FIRST "c2sp.org/tlog-proof@v1\n"
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "first line"},
        {"c2sp.org/tlog-proof@v1", "first line"},
        {"c2sp.org/tlog-proof@v2\nextra YQ==\nindex 0\n\n" NOTE, "first line"},
        {FIRST "index 0\n\n" NOTE, "second line"},
        {FIRST "extra\nindex 0\n\n" NOTE, "second line"},
        {FIRST "extra \nindex 0\n\n" NOTE, "0 bytes"},
        {FIRST "extra YR==\nindex 0\n\n" NOTE, "entry"},
        {FIRST "extra YQ==\nextra YQ==\nindex 0\n\n" NOTE, "third line"},
        {FIRST "extra YQ==\nindex\n\n" NOTE, "third line"},
        {FIRST "extra YQ==\nindex 00\n\n" NOTE, "index"},
        {FIRST "extra YQ==\nindex 9007199254740991\n\n" NOTE, "index"},
        {FIRST "extra YQ==\nindex 0\n" HASH NOTE, "hash 2"},
        {FIRST "extra YQ==\nindex 0\nYQ==\n\n" NOTE, "hash 1"},
        {FIRST "extra YQ==\nindex 0\n" HASH, "ends before"},
        {FIRST "extra YQ==\nindex 0\n\n", "checkpoint"},
        {FIRST "extra YQ==\nindex 0\n\nlog\n", "checkpoint"},
    };
    struct receipt r;
    static struct receipt poisoned;
    memset(&poisoned, 0xa5, sizeof poisoned);
    r = poisoned;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        ok_err(receipt_parse(&r, bytes_text(cases[i].text), &a, &e), e, ERR_INPUT, cases[i].says);
    }
    AUTO_VALUE(buf) many = BUF(1 << 20);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct err e;
    buf_put_text(&many, FIRST "extra YQ==\nindex 0\n");
    for (unsigned i = 0; i <= PATH_HASHES; i++) {
        buf_put_text(&many, HASH);
    }
    buf_put_text(&many, "\n" NOTE);
    ok_err(receipt_parse(&r, buf_bytes(&many), &a, &e), e, ERR_LIMIT, "more hashes");
    assert_memory_equal(&r, &poisoned, sizeof r);
#undef NOTE
#undef HASH
#undef FIRST
}

static void the_largest_entry_fits_and_a_larger_one_does_not(void **state)
{
    (void)state;
    static uint8_t large[LIMIT_ENTRY + 1];
    for (size_t over = 0; over < 2; over++) {
        struct receipt r = {.entry = bytes_make(large, LIMIT_ENTRY + over),
                            .checkpoint = bytes_text("t\n\n\u2014 n AAAAAAAA\n")};
        struct err e;
        AUTO_VALUE(buf) b = BUF(RECEIPT_BYTES_MAX);
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        receipt_write(&b, &r);
        if (over == 0) {
            ok_call(receipt_parse(&r, buf_bytes(&b), &a, &e), e);
            assert_int_equal(r.entry.size, LIMIT_ENTRY);
            continue;
        }
        assert_false(receipt_parse(&r, buf_bytes(&b), &a, &e));
    }
}

int main(void)
{
    memory_log_init(&log_, 64);
    authority_.origin = bytes_text(origin);
    memory_log_key(&authority_.log_key, origin, SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_of_any_entry_holds),
        cmocka_unit_test(a_receipt_is_written_as_it_was_read),
        cmocka_unit_test(every_altered_byte_is_refused),
        cmocka_unit_test(a_receipt_of_another_log_is_refused),
        cmocka_unit_test(an_index_behind_the_checkpoint_is_refused),
        cmocka_unit_test(texts_out_of_form_are_refused_and_leave_the_result),
        cmocka_unit_test(the_largest_entry_fits_and_a_larger_one_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
