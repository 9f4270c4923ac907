#include "unit/page.h"

#include <stdlib.h>

#include "proof/rice.h"

enum { MANY = 2000 };

static uint64_t seed = 1;

static uint64_t random_next(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The definition on the page, bit by bit. */
static size_t bits_of(const uint64_t *numbers, size_t count, unsigned k)
{
    size_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t gap = i == 0 ? numbers[0] : numbers[i] - numbers[i - 1] - 1;
        bits += (size_t)(gap >> k) + 1 + k;
    }
    return bits;
}

static void comes_back(const uint64_t *numbers, size_t count, unsigned k)
{
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    rice_put(&b, numbers, count, k);
    ok_call(buf_ok(&b, "code", &e), e);
    assert_int_equal(b.size, (bits_of(numbers, count, k) + 7) / 8);
    struct rice r = rice_make(buf_bytes(&b), k);
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        assert_true(rice_next(&r, &number));
        assert_int_equal(number, numbers[i]);
    }
    assert_true(rice_at_end(&r));
}

static void numbers_come_back_as_they_were(void **state)
{
    (void)state;
    static uint64_t numbers[MANY];
    for (unsigned spread = 0; spread < 12; spread++) {
        uint64_t next = 0;
        for (size_t i = 0; i < MANY; i++) {
            next += random_next() % ((uint64_t)1 << spread);
            numbers[i] = next++;
        }
        comes_back(numbers, MANY, rice_choose(numbers, MANY));
        for (unsigned k = spread / 2; k <= RICE_K_MAX; k += 5)
            comes_back(numbers, MANY, k);
    }
}

static void the_highest_number_and_the_widest_k_have_room(void **state)
{
    (void)state;
    const uint64_t far[] = {0, RICE_NUMBER_MAX - 1, RICE_NUMBER_MAX};
    const uint64_t last[] = {RICE_NUMBER_MAX};
    comes_back(far, 3, RICE_K_MAX);
    comes_back(far, 3, 45);
    comes_back(last, 1, rice_choose(last, 1));
}

static void no_other_k_is_better_than_the_chosen_one(void **state)
{
    (void)state;
    uint64_t numbers[50];
    for (unsigned round = 0; round < 200; round++) {
        uint64_t next = 0;
        size_t count = 1 + random_next() % 50;
        for (size_t i = 0; i < count; i++) {
            next += random_next() >> (40 + random_next() % 24);
            numbers[i] = next++;
        }
        unsigned chosen = rice_choose(numbers, count);
        for (unsigned k = 0; k <= RICE_K_MAX; k++) {
            assert_true(bits_of(numbers, count, k) >= bits_of(numbers, count, chosen));
            assert_true(k >= chosen ||
                        bits_of(numbers, count, k) > bits_of(numbers, count, chosen));
        }
    }
}

static void a_number_past_the_limit_is_refused(void **state)
{
    (void)state;
    const uint64_t last[] = {RICE_NUMBER_MAX};
    AUTO_VALUE(buf) b = BUF(64);
    uint64_t number = 77;
    rice_put(&b, last, 1, RICE_K_MAX);
    buf_put_u8(&b, 0x80);
    buf_put(&b, bytes_make("\0\0\0\0\0\0\0", 7));
    struct rice r = rice_make(buf_bytes(&b), RICE_K_MAX);
    assert_true(rice_next(&r, &number));
    assert_int_equal(number, RICE_NUMBER_MAX);
    number = 77;
    assert_false(rice_next(&r, &number));
    assert_int_equal(number, 77);
}

static void bits_that_end_early_are_refused_and_change_nothing(void **state)
{
    (void)state;
    const uint64_t numbers[] = {3, 8, 14, 30, 31};
    AUTO_VALUE(buf) b = BUF(64);
    rice_put(&b, numbers, 5, 9);
    for (size_t size = 0; size < b.size; size++) {
        struct rice r = rice_make(bytes_make(b.data, size), 9);
        uint64_t number = 0;
        unsigned got = 0;
        while (rice_next(&r, &number))
            assert_int_equal(number, numbers[got++]);
        assert_true(got < 5);
        assert_int_equal(number, got == 0 ? 0 : numbers[got - 1]);
    }
}

static void what_stands_behind_the_last_number_is_seen(void **state)
{
    (void)state;
    const uint8_t one_behind[] = {0xe8, 0xa3, 0xc1};
    const uint8_t byte_behind[] = {0xe8, 0xa3, 0xc0, 0x00};
    const struct bytes codes[] = {BYTES_OF(one_behind), BYTES_OF(byte_behind)};
    for (size_t i = 0; i < 2; i++) {
        struct rice r = rice_make(codes[i], 2);
        uint64_t number;
        for (unsigned n = 0; n < 5; n++)
            assert_true(rice_next(&r, &number));
        assert_false(rice_at_end(&r));
    }
}

static void the_example_of_the_page_is_what_is_written(void **state)
{
    (void)state;
    const uint64_t numbers[] = {3, 8, 14, 30, 31};
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(buf) code = BUF(64);
    AUTO_VALUE(buf) wanted = BUF(64);
    size_t place = 0;
    page_read(&page, "distrust-list.md");
    page_hex(&wanted, page_block(&page, "hex distrust rice 2", &place));
    assert_int_equal(rice_choose(numbers, 5), 2);
    rice_put(&code, numbers, 5, 2);
    ok_bytes(buf_bytes(&code), buf_bytes(&wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_as_they_were),
        cmocka_unit_test(the_highest_number_and_the_widest_k_have_room),
        cmocka_unit_test(no_other_k_is_better_than_the_chosen_one),
        cmocka_unit_test(a_number_past_the_limit_is_refused),
        cmocka_unit_test(bits_that_end_early_are_refused_and_change_nothing),
        cmocka_unit_test(what_stands_behind_the_last_number_is_seen),
        cmocka_unit_test(the_example_of_the_page_is_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
