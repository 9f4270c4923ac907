#include "unit/ok.h"

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    AUTO_VALUE(arena) a = ARENA(100000);
    (void)state;
    for (size_t size = 1; size < 300; size++) {
        uint8_t *place = arena_alloc(&a, size);
        assert_non_null(place);
        assert_int_equal((uintptr_t)place % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(place[i], 0);
        memset(place, 0xff, size);
    }
}

static void the_maximum_holds(void **state)
{
    AUTO_VALUE(arena) a = ARENA(10000);
    (void)state;
    assert_non_null(arena_alloc(&a, 9000));
    assert_null(arena_alloc(&a, 1001));
    assert_non_null(arena_alloc(&a, 1000));
    assert_null(arena_alloc(&a, 1));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_int_equal(a.used, 10000);
}

static void nothing_is_a_place_too(void **state)
{
    AUTO_VALUE(arena) a = ARENA(0);
    (void)state;
    assert_non_null(arena_alloc(&a, 0));
    assert_null(arena_alloc(&a, 1));
}

static void a_copy_has_a_nul_behind_it(void **state)
{
    AUTO_VALUE(arena) a = ARENA(6);
    (void)state;
    struct bytes copy = arena_copy(&a, bytes_text("abc"));
    ok_text(copy, "abc");
    assert_int_equal(copy.data[3], 0);
    struct bytes empty = arena_copy(&a, BYTES_NONE);
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
    assert_null(arena_copy(&a, bytes_text("ab")).data);
}

static void done_takes_null_and_can_be_called_twice(void **state)
{
    struct arena a = ARENA(100);
    (void)state;
    arena_done(NULL);
    assert_non_null(arena_alloc(&a, 50));
    arena_done(&a);
    arena_done(&a);
    assert_int_equal(a.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(the_maximum_holds),
        cmocka_unit_test(nothing_is_a_place_too),
        cmocka_unit_test(a_copy_has_a_nul_behind_it),
        cmocka_unit_test(done_takes_null_and_can_be_called_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
