#include "unit/ok.h"

#include "cli/grid.h"

static const char *const heads[] = {"NAME", "WHO", "N"};

static void columns_are_as_wide_as_they_must_be(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) b = BUF(4096);
    struct grid g;
    struct err e;
    grid_begin(&g, &a, heads, 3);
    assert_int_equal(grid_rows(&g), 0);
    grid_cell(&g, bytes_text("a-long-name"));
    grid_cell(&g, bytes_text("J\xc3\xb6rg"));
    grid_printf(&g, "%d", 7);
    grid_cell(&g, bytes_text("b"));
    grid_cell(&g, BYTES_NONE);
    grid_printf(&g, "%d", 12);
    assert_int_equal(grid_rows(&g), 2);
    ok_call(grid_put(&b, &g, &e), e);
    ok_text(buf_bytes(&b), "NAME         WHO   N\n"
                           "a-long-name  J\xc3\xb6rg  7\n"
                           "b            -     12\n");
}

static void csv_quotes_every_cell(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) b = BUF(4096);
    struct grid g;
    struct err e;
    grid_begin(&g, &a, heads, 3);
    grid_cell(&g, bytes_text("say \"x\", y"));
    grid_cell(&g, BYTES_NONE);
    grid_printf(&g, "%d", 1);
    ok_call(grid_put_csv(&b, &g, &e), e);
    ok_text(buf_bytes(&b), "\"NAME\",\"WHO\",\"N\"\r\n\"say \"\"x\"\", y\",\"\",\"1\"\r\n");
}

static void no_cell_steers_the_terminal_or_begins_a_line(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) b = BUF(4096);
    struct grid g;
    struct err e;
    grid_begin(&g, &a, heads, 1);
    grid_cell(&g, bytes_text("a\nb\x1b[2J\xe9"));
    ok_call(grid_put(&b, &g, &e), e);
    ok_text(buf_bytes(&b), "NAME\na b [2J?\n");
}

static void a_grid_that_does_not_fit_into_memory_says_so(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(16384);
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct grid g;
    struct err e;
    grid_begin(&g, &a, heads, 3);
    for (int i = 0; i < 3000; i++)
        grid_cell(&g, bytes_text("something"));
    ok_err(grid_put(&b, &g, &e), e, ERR_MEMORY, "table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_they_must_be),
        cmocka_unit_test(csv_quotes_every_cell),
        cmocka_unit_test(no_cell_steers_the_terminal_or_begins_a_line),
        cmocka_unit_test(a_grid_that_does_not_fit_into_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
