#include "unit/ok.h"
#include "unit/page.h"

#include "base/buf.h"
#include "wire/brake.h"

#define ARENA_MAX (16 << 20)

static void the_page_has_exactly_the_rows_of_the_table(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "brake.md");
    size_t found = 0;
    for (size_t i = 0; i < brake_row_count; i++) {
        const struct brake_row *row = &brake_rows[i];
        const struct brake_row *answer = brake_row_find((unsigned)row->answer);
        char line[160];
        (void)snprintf(line, sizeof line, "\n| %d | %s | %s | %s | %zu |\n", (int)row->type,
                       row->name, row->sender == BRAKE_OFFICER ? "officer" : "keeper",
                       answer != NULL ? answer->name : "", row->max);
        if (memmem(page.data, page.size, line, strlen(line)) == NULL)
            fail_msg("the page does not say:%s", line);
        assert_ptr_equal(brake_row_find((unsigned)row->type), row);
        assert_true((row->sender == BRAKE_OFFICER) == (answer != NULL));
        assert_true(row->max <= BRAKE_PAYLOAD_MAX);
    }
    for (size_t at = 0; at + 3 < page.size; at++)
        found += memcmp(page.data + at, "\n| ", 3) == 0 && page.data[at + 3] >= '0' &&
                 page.data[at + 3] <= '9';
    assert_int_equal(found, brake_row_count);
    assert_null(brake_row_find(0));
    assert_null(brake_row_find(5));
}

static void example_try(const struct brake_row *row, struct bytes text)
{
    struct err e;
    struct brake_message poison;
    struct brake_message m;
    memset(&poison, 0xa5, sizeof poison);
    memset(&m, 0xa5, sizeof m);
    AUTO_VALUE(arena) a = ARENA(ARENA_MAX);
    for (size_t n = 0; n < text.size; n++)
        assert_false(
            brake_read(&m, (unsigned)row->type, row->sender, bytes_make(text.data, n), &a, &e));
    enum brake_sender other = row->sender == BRAKE_OFFICER ? BRAKE_KEEPER : BRAKE_OFFICER;
    ok_err(brake_read(&m, (unsigned)row->type, other, text, &a, &e), e, ERR_INPUT,
           "not for this side");
    assert_memory_equal(&m, &poison, sizeof m);

    AUTO_VALUE(buf) again = BUF(BRAKE_PAYLOAD_MAX);
    ok_call(brake_read(&m, (unsigned)row->type, row->sender, text, &a, &e), e);
    assert_int_equal(m.type, row->type);
    ok_call(brake_write(&again, &m, &e), e);
    ok_bytes(buf_bytes(&again), text);
}

static void every_example_of_the_page_is_read_and_written(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "brake.md");
    for (size_t i = 0; i < brake_row_count; i++) {
        char info[64];
        size_t place = 0;
        size_t examples = 0;
        (void)snprintf(info, sizeof info, "json %s", brake_rows[i].name);
        for (;;) {
            struct bytes text = page_block(&page, info, &place);
            if (text.data == NULL)
                break;
            example_try(&brake_rows[i], text);
            examples++;
        }
        if (examples == 0)
            fail_msg("the page has no example of %s", brake_rows[i].name);
    }
}

static void what_is_not_allowed_is_refused_on_reading(void **state)
{
    (void)state;
    static const struct {
        enum brake_type type;
        const char *text;
        const char *part;
    } cases[] = {
        {BRAKE_CHECKPOINT, "{\"tag\":1}", "tag"},
        {BRAKE_CHECKPOINT, "", ""},
        {BRAKE_REDUCE, "{\"type\":\"x\",\"body\":\"x\"}", "body"},
        {BRAKE_ENTRIES, "{\"from\":0,\"max_bytes\":1048577}", "max_bytes"},
        {BRAKE_SUBJECT, "{\"kind\":\"key\",\"id\":\"\"}", "id"},
        {BRAKE_SUBJECT, "{\"kind\":\"key\",\"id\":\"\\u0007\"}", ""},
        {BRAKE_REDUCED, "{\"outcome\":\"maybe\",\"index\":null}", "outcome"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        AUTO_VALUE(arena) a = ARENA(ARENA_MAX);
        struct brake_message m = {.type = BRAKE_REFUSED};
        const struct brake_row *row = brake_row_find((unsigned)cases[i].type);
        ok_err(brake_read(&m, (unsigned)row->type, row->sender, bytes_text(cases[i].text), &a, &e),
               e, ERR_INPUT, cases[i].part);
        assert_int_equal(m.type, BRAKE_REFUSED);
    }
}

static void a_refusal_crosses(void **state)
{
    (void)state;
    struct err e;
    struct err before;
    struct err after;
    AUTO_VALUE(arena) a = ARENA(ARENA_MAX);
    AUTO_VALUE(buf) out = BUF(BRAKE_PAYLOAD_MAX);
    struct brake_message m;
    err_refuse(&before, "brake.reducing", "a grant does not reduce trust");
    brake_refuse(&m, &before);
    ok_call(brake_write(&out, &m, &e), e);
    ok_call(brake_read(&m, BRAKE_REFUSED, BRAKE_KEEPER, buf_bytes(&out), &a, &e), e);
    assert_false(refusal_err(&m.refused.why, &after));
    assert_int_equal(after.code, ERR_REFUSED);
    assert_string_equal(after.rule, "brake.reducing");
    assert_string_equal(after.message, "a grant does not reduce trust");
}

static void unknown_types_and_wrong_values_are_refused(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(ARENA_MAX);
    AUTO_VALUE(buf) out = BUF(1000);
    struct brake_message m = {.type = (enum brake_type)77};
    static const uint8_t big[65];
    ok_err(brake_read(&m, 77, BRAKE_OFFICER, bytes_text("{}"), &a, &e), e, ERR_INPUT,
           "no brake message 77");
    ok_err(brake_read(&m, BRAKE_CHECKPOINT, BRAKE_OFFICER, BYTES_OF(big), &a, &e), e, ERR_INPUT,
           "its limit is 64");
    ok_err(brake_write(&out, &m, &e), e, ERR_INTERNAL, "no brake message 77");
    m = (struct brake_message){.type = BRAKE_REDUCED, .reduced = {.outcome = 9, .index = -1}};
    ok_err(brake_write(&out, &m, &e), e, ERR_INTERNAL, "REDUCED holds a value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_exactly_the_rows_of_the_table),
        cmocka_unit_test(every_example_of_the_page_is_read_and_written),
        cmocka_unit_test(what_is_not_allowed_is_refused_on_reading),
        cmocka_unit_test(a_refusal_crosses),
        cmocka_unit_test(unknown_types_and_wrong_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
