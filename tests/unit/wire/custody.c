#include "unit/ok.h"
#include "unit/page.h"

#include "base/buf.h"
#include "wire/custody.h"

static uint8_t noise[CUSTODY_ENTRY_MAX];

/* --- The page and the table ------------------------------------------------------------------- */

static void the_page_has_exactly_the_rows_of_the_table(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "custody.md");
    size_t found = 0;
    for (size_t i = 0; i < custody_row_count; i++) {
        const struct custody_row *row = &custody_rows[i];
        const struct custody_row *answer = custody_row_find((unsigned)row->answer);
        char line[160];
        (void)snprintf(line, sizeof line, "\n| %d | %s | %s | %s | %zu |\n", (int)row->type,
                       row->name, row->sender == CUSTODY_DAEMON ? "daemon" : "keeper",
                       answer != NULL                         ? answer->name
                       : row->type >= CUSTODY_PUSH_CHECKPOINT ? "nothing"
                                                              : "",
                       row->max);
        if (memmem(page.data, page.size, line, strlen(line)) == NULL)
            fail_msg("the page does not say:%s", line);
        assert_ptr_equal(custody_row_find((unsigned)row->type), row);
        assert_true((row->sender == CUSTODY_DAEMON) == (answer != NULL));
        assert_true(row->max <= CUSTODY_PAYLOAD_MAX);
    }
    for (size_t at = 0; at + 3 < page.size; at++)
        found += memcmp(page.data + at, "\n| ", 3) == 0 && page.data[at + 3] >= '0' &&
                 page.data[at + 3] <= '9';
    assert_int_equal(found, custody_row_count);
    assert_null(custody_row_find(0));
    assert_null(custody_row_find(130));
    assert_null(custody_row_find(256 + CUSTODY_STATE));
}

/* The example is read and, written again, is the same; whatever is cut off or added is refused. */
static void example_try(const struct custody_row *row, struct bytes text)
{
    struct err e;
    struct custody_message poison;
    struct custody_message m;
    memset(&poison, 0xa5, sizeof poison);
    memset(&m, 0xa5, sizeof m);
    {
        AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
        AUTO_VALUE(buf) longer = BUF(1 << 16);
        for (size_t n = 0; n < text.size; n++)
            assert_false(custody_read(&m, (unsigned)row->type, row->sender,
                                      bytes_make(text.data, n), &a, &e));
        buf_put(&longer, text);
        buf_put_u8(&longer, ' ');
        assert_false(
            custody_read(&m, (unsigned)row->type, row->sender, buf_bytes(&longer), &a, &e));
        assert_int_equal(e.code, ERR_INPUT);
        enum custody_sender other = row->sender == CUSTODY_DAEMON ? CUSTODY_KEEPER : CUSTODY_DAEMON;
        ok_err(custody_read(&m, (unsigned)row->type, other, text, &a, &e), e, ERR_INPUT,
               "not for this side");
        assert_memory_equal(&m, &poison, sizeof m);
    }
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    AUTO_VALUE(buf) again = BUF(CUSTODY_PAYLOAD_MAX);
    ok_call(custody_read(&m, (unsigned)row->type, row->sender, text, &a, &e), e);
    assert_int_equal(m.type, row->type);
    ok_call(custody_write(&again, &m, &e), e);
    ok_bytes(buf_bytes(&again), text);
}

static void every_example_of_the_page_is_read_and_written(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "custody.md");
    for (size_t i = 0; i < custody_row_count; i++) {
        char info[64];
        size_t place = 0;
        size_t examples = 0;
        (void)snprintf(info, sizeof info, "json %s", custody_rows[i].name);
        for (;;) {
            struct bytes text = page_block(&page, info, &place);
            if (text.data == NULL)
                break;
            example_try(&custody_rows[i], text);
            examples++;
        }
        if (examples == 0)
            fail_msg("the page has no example of %s", custody_rows[i].name);
    }
}

/* --- What is read into ------------------------------------------------------------------------ */

static void read(struct custody_message *ret, enum custody_type type, const char *text,
                 struct arena *a)
{
    struct err e;
    const struct custody_row *row = custody_row_find((unsigned)type);
    ok_call(custody_read(ret, (unsigned)type, row->sender, bytes_text(text), a, &e), e);
}

static void values_stand_in_their_members(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    read(&m, CUSTODY_SHOW, "{\"tag\":9007199254740991,\"note\":null,\"first\":true}", &a);
    assert_int_equal(m.show.tag, 9007199254740991);
    assert_int_equal(m.bare.tag, m.show.tag);
    assert_null(m.show.note.data);
    assert_true(m.show.first);
    read(&m, CUSTODY_SUBMIT, "{\"tag\":0,\"type\":\"grant\",\"body\":{\"b\":[1,{}]}}", &a);
    ok_text(m.submit.type, "grant");
    ok_text(m.submit.body, "{\"b\":[1,{}]}");
    read(&m, CUSTODY_ADMITTED,
         "{\"tag\":0,\"index\":7,\"entry\":\"aGk=\",\"results\":["
         "{\"item\":2,\"signature\":\"eA==\",\"extra\":null},"
         "{\"item\":3,\"signature\":\"eQ==\",\"extra\":\"eg==\"}]}",
         &a);
    const struct custody_result *results = m.admitted.results.items;
    ok_text(m.admitted.entry, "hi");
    assert_int_equal(m.admitted.results.count, 2);
    assert_int_equal(results[1].item, 3);
    ok_text(results[1].signature, "y");
    assert_null(results[0].extra.data);
    ok_text(results[1].extra, "z");
    read(&m, CUSTODY_ENTRIES_ARE, "{\"tag\":0,\"from\":1,\"entries\":[\"aGk=\",\"eA==\"]}", &a);
    ok_text(((const struct bytes *)m.entries_are.entries.items)[1], "x");
}

static void what_is_not_allowed_is_refused_on_reading(void **state)
{
    (void)state;
    static const struct {
        enum custody_type type;
        const char *text;
        const char *part;
    } cases[] = {
        {CUSTODY_STATE, "{}", "tag"},
        {CUSTODY_STATE, "{\"tag\":-1}", "tag"},
        {CUSTODY_STATE, "{\"tag\":9007199254740992}", "tag"},
        {CUSTODY_STATE, "{\"tag\":1,\"tag\":1}", "tag"},
        {CUSTODY_STATE, "{\"tag\":1,\"more\":1}", "more"},
        {CUSTODY_STATE, "{\"tag\":\"1\"}", "tag"},
        {CUSTODY_STATE, "[1]", ""},
        {CUSTODY_STATE, "", ""},
        {CUSTODY_SHOW, "{\"first\":true,\"note\":null,\"tag\":1}", ""},
        {CUSTODY_SHOW, "{\"tag\":1,\"note\":\"\",\"first\":true}", "note"},
        {CUSTODY_SHOW, "{\"tag\":1,\"note\":\"eA\",\"first\":true}", "note"},
        {CUSTODY_SUBMIT, "{\"tag\":1,\"type\":\"\",\"body\":{}}", "type"},
        {CUSTODY_SUBMIT, "{\"tag\":1,\"type\":\"x\",\"body\":[]}", "body"},
        {CUSTODY_SUBMIT, "{\"tag\":1,\"type\":\"x\",\"body\":{ }}", ""},
        {CUSTODY_SUBMIT, "{\"tag\":1,\"type\":\"x\",\"body\":null}", "body"},
        {CUSTODY_SIGN_AGAIN, "{\"tag\":1,\"entry\":1,\"item\":256}", "item"},
        {CUSTODY_ENTRIES, "{\"tag\":1,\"from\":1,\"max_bytes\":0}", "max_bytes"},
        {CUSTODY_ENTRIES, "{\"tag\":1,\"from\":1,\"max_bytes\":2097153}", "max_bytes"},
        {CUSTODY_PUSH_CHECKPOINT, "{\"note\":null}", "note"},
        {CUSTODY_PUSH_CHECKPOINT, "{\"tag\":1,\"note\":\"eA==\"}", "tag"},
        {CUSTODY_REFUSED,
         "{\"tag\":1,\"code\":\"\",\"rule\":\"\",\"message\":\"\",\"hint\":\"\",\"entry\":null}",
         "code"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
        struct custody_message m = {.type = CUSTODY_CHECKPOINT};
        const struct custody_row *row = custody_row_find((unsigned)cases[i].type);
        ok_err(
            custody_read(&m, (unsigned)row->type, row->sender, bytes_text(cases[i].text), &a, &e),
            e, ERR_INPUT, cases[i].part);
        assert_int_equal(m.type, CUSTODY_CHECKPOINT);
    }
}

static void unknown_types_and_long_payloads_are_refused(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    ok_err(custody_read(&m, 0, CUSTODY_DAEMON, bytes_text("{\"tag\":1}"), &a, &e), e, ERR_INPUT,
           "no custody message 0");
    ok_err(custody_read(&m, CUSTODY_STATE, CUSTODY_DAEMON, bytes_make(noise, 65), &a, &e), e,
           ERR_INPUT, "its limit is 64");
    m.type = (enum custody_type)99;
    AUTO_VALUE(buf) out = BUF(1000);
    ok_err(custody_write(&out, &m, &e), e, ERR_INTERNAL, "no custody message 99");
    m = (struct custody_message){.type = CUSTODY_PUSH_CHECKPOINT};
    ok_err(custody_write(&out, &m, &e), e, ERR_INTERNAL, "PUSH_CHECKPOINT holds a value");
}

/* --- The largest of each ---------------------------------------------------------------------- */

static void fits(const struct custody_message *m)
{
    struct err e;
    AUTO_VALUE(buf) out = BUF(CUSTODY_PAYLOAD_MAX);
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    AUTO_VALUE(buf) again = BUF(CUSTODY_PAYLOAD_MAX);
    struct custody_message read = {0};
    const struct custody_row *row = custody_row_find((unsigned)m->type);
    ok_call(custody_write(&out, m, &e), e);
    ok_call(custody_read(&read, (unsigned)m->type, row->sender, buf_bytes(&out), &a, &e), e);
    ok_call(custody_write(&again, &read, &e), e);
    ok_bytes(buf_bytes(&again), buf_bytes(&out));
}

static void the_largest_questions_and_states_fit(void **state)
{
    (void)state;
    struct bytes note = bytes_make(noise, CUSTODY_NOTE_MAX);
    struct bytes hash = bytes_make(noise, CUSTODY_HASH_SIZE);
    int64_t most = JSON_INTEGER_MAX;
    static char body[CUSTODY_ENTRY_MAX + 1];
    char type[65];
    memset(body, 'x', sizeof body - 1);
    memcpy(body, "{\"x\":\"", 6);
    memcpy(body + CUSTODY_ENTRY_MAX - 2, "\"}", 2);
    memset(type, '"', 64);
    type[64] = '\0';
    const struct custody_message messages[] = {
        {.type = CUSTODY_STATE, .bare = {most}},
        {.type = CUSTODY_SHOW, .show = {most, note, false}},
        {.type = CUSTODY_SUBMIT,
         .submit = {most, bytes_text(type), bytes_make(body, CUSTODY_ENTRY_MAX)}},
        {.type = CUSTODY_SIGN_AGAIN, .sign_again = {most, most, CUSTODY_ITEMS_MAX - 1}},
        {.type = CUSTODY_ENTRIES, .entries = {most, most, CUSTODY_ENTRIES_BYTES_MAX}},
        {.type = CUSTODY_STATE_IS,
         .state = {most, most, hash, false, hash, hash, most, false, note}},
        {.type = CUSTODY_CHECKPOINT_IS, .note = {most, note}},
        {.type = CUSTODY_PUSH_CHECKPOINT, .push = {note}},
        {.type = CUSTODY_RESULT,
         .again = {most, bytes_make(noise, CUSTODY_SIGNATURE_MAX),
                   bytes_make(noise, CUSTODY_EXTRA_MAX)}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        fits(&messages[i]);
}

static void the_largest_lists_fit(void **state)
{
    (void)state;
    static struct custody_result results[CUSTODY_ITEMS_MAX];
    static struct bytes entries[CUSTODY_ENTRIES_COUNT_MAX];
    for (int i = 0; i < CUSTODY_ITEMS_MAX; i++)
        results[i] =
            (struct custody_result){CUSTODY_ITEMS_MAX - 1, bytes_make(noise, CUSTODY_SIGNATURE_MAX),
                                    bytes_make(noise, CUSTODY_EXTRA_MAX)};
    for (size_t i = 0; i < CUSTODY_ENTRIES_COUNT_MAX; i++)
        entries[i] = bytes_make(noise, CUSTODY_ENTRIES_BYTES_MAX / CUSTODY_ENTRIES_COUNT_MAX);
    struct custody_message m = {.type = CUSTODY_ADMITTED,
                                .admitted = {JSON_INTEGER_MAX,
                                             JSON_INTEGER_MAX,
                                             bytes_make(noise, CUSTODY_ENTRY_MAX),
                                             {results, CUSTODY_ITEMS_MAX}}};
    fits(&m);
    m = (struct custody_message){
        .type = CUSTODY_ENTRIES_ARE,
        .entries_are = {JSON_INTEGER_MAX, JSON_INTEGER_MAX, {entries, CUSTODY_ENTRIES_COUNT_MAX}}};
    fits(&m);
    for (size_t i = 0; i < 32; i++)
        entries[i] = bytes_make(noise, CUSTODY_ENTRY_MAX);
    m.entries_are.entries.count = 32;
    fits(&m);
}

/* --- Refusals --------------------------------------------------------------------------------- */

static void carry(struct err *before, struct err *after)
{
    struct err e;
    AUTO_VALUE(buf) out = BUF(CUSTODY_PAYLOAD_MAX);
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    struct custody_message m;
    custody_refuse(&m, 5, before, 812);
    ok_call(custody_write(&out, &m, &e), e);
    ok_call(custody_read(&m, CUSTODY_REFUSED, CUSTODY_KEEPER, buf_bytes(&out), &a, &e), e);
    assert_int_equal(m.refused.tag, 5);
    assert_int_equal(m.refused.entry, 812);
    assert_false(refusal_err(&m.refused.why, after));
}

static void a_refusal_crosses_with_all_but_its_cause(void **state)
{
    (void)state;
    struct err before;
    struct err after;
    err_refuse(&before, "grant.window", "grant %d is \"closed\"", 17);
    err_hint(&before, "open a new one \xe2\x80\x94 \xc3\xbc");
    (void)snprintf(before.cause, sizeof before.cause, "secret of this machine");
    carry(&before, &after);
    assert_int_equal(after.code, ERR_REFUSED);
    assert_string_equal(after.rule, "grant.window");
    assert_string_equal(after.message, "grant 17 is \"closed\"");
    assert_string_equal(after.hint, "open a new one \xe2\x80\x94 \xc3\xbc");
    assert_string_equal(after.cause, "");
    for (int code = ERR_INPUT; code <= ERR_INTERNAL; code++) {
        err_set(&before, (enum err_code)code, "x");
        carry(&before, &after);
        assert_int_equal(after.code, code);
    }
}

static void a_refusal_that_is_long_or_broken_text_still_crosses(void **state)
{
    (void)state;
    struct err before = {.code = ERR_INPUT};
    struct err after;
    memset(before.rule, '"', sizeof before.rule - 1);
    memset(before.message, '\\', sizeof before.message - 1);
    memset(before.hint, '"', sizeof before.hint - 1);
    carry(&before, &after);
    assert_string_equal(after.message, before.message);
    assert_string_equal(after.hint, before.hint);

    (void)snprintf(before.message, sizeof before.message, "cut in two: \xc3");
    (void)snprintf(before.hint, sizeof before.hint, "turned around: \xe2\x80\xae.\n");
    carry(&before, &after);
    assert_string_equal(after.message, "cut in two: ?");
    assert_string_equal(after.hint, "turned around:    . ");
}

static void an_unknown_code_is_an_internal_error(void **state)
{
    (void)state;
    struct err e;
    struct refusal r = {.code = bytes_text("unheard-of"),
                        .rule = bytes_text(""),
                        .message = bytes_text("m"),
                        .hint = bytes_text("")};
    assert_false(refusal_err(&r, &e));
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_string_equal(e.message, "m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_exactly_the_rows_of_the_table),
        cmocka_unit_test(every_example_of_the_page_is_read_and_written),
        cmocka_unit_test(values_stand_in_their_members),
        cmocka_unit_test(what_is_not_allowed_is_refused_on_reading),
        cmocka_unit_test(unknown_types_and_long_payloads_are_refused),
        cmocka_unit_test(the_largest_questions_and_states_fit),
        cmocka_unit_test(the_largest_lists_fit),
        cmocka_unit_test(a_refusal_crosses_with_all_but_its_cause),
        cmocka_unit_test(a_refusal_that_is_long_or_broken_text_still_crosses),
        cmocka_unit_test(an_unknown_code_is_an_internal_error),
    };
    memset(noise, 0x5a, sizeof noise);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
