#include "unit/ok.h"

#include "base/diag.h"
#include "base/file.h"

#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

/* Standard error goes into a pipe between begin and end. */
static int saved;
static int ends[2];

static void capture_begin(void)
{
    assert_int_equal(pipe(ends), 0);
    saved = dup(STDERR_FILENO);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
}

static void capture_end(struct buf *ret)
{
    struct err e = {0};
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    ok_call(file_read_descriptor(ret, ends[0], "pipe", &e), e);
    close(ends[0]);
}

/* The line without its time. */
static const char *after_time(struct buf *line)
{
    const char *text = buf_string(line);
    const char *level = strstr(text, " level=");
    assert_non_null(level);
    return level + 1;
}

static void line_has_time_level_program_event_and_fields(void **state)
{
    (void)state;
    AUTO_VALUE(buf) line = BUF(10000);
    regex_t pattern;
    diag_init("test", DIAG_INFO);
    capture_begin();
    diag_write(DIAG_WARNING, "log-opened", DIAG_INTEGER("entries", -12),
               DIAG_TEXT("path", "/a/b.c"));
    capture_end(&line);
    assert_int_equal(regcomp(&pattern,
                             "^time=2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
                             "\\.[0-9]{3}Z level=warning program=test event=log-opened "
                             "entries=-12 path=/a/b\\.c\n$",
                             REG_EXTENDED | REG_NOSUB),
                     0);
    assert_int_equal(regexec(&pattern, buf_string(&line), 0, NULL, 0), 0);
    regfree(&pattern);
}

static void outside_text_cannot_forge_a_line_or_move_a_cursor(void **state)
{
    (void)state;
    AUTO_VALUE(buf) line = BUF(10000);
    capture_begin();
    diag_write(DIAG_INFO, "x", DIAG_TEXT("a", "two words"), DIAG_TEXT("b", "\"q\\"),
               DIAG_TEXT("c", "l1\nlevel=error"), DIAG_TEXT("d", "\x1b[2J\r\t\x7f\xc3\xa4"),
               DIAG_TEXT("e", ""), DIAG_TEXT("f", "k=v"), DIAG_BYTES("g", bytes_make("\0z", 2)));
    capture_end(&line);
    assert_string_equal(after_time(&line),
                        "level=info program=test event=x a=\"two words\" b=\"\\\"q\\\\\" "
                        "c=\"l1\\nlevel=error\" d=\"\\x1b[2J\\x0d\\x09\\x7f\\xc3\\xa4\" e=\"\" "
                        "f=\"k=v\" g=\"\\x00z\"\n");
}

static void messages_above_the_level_are_dropped(void **state)
{
    (void)state;
    AUTO_VALUE(buf) line = BUF(10000);
    diag_init("test", DIAG_WARNING);
    capture_begin();
    diag_write(DIAG_INFO, "dropped", DIAG_INTEGER("n", 1));
    diag_write(DIAG_DEBUG, "dropped", DIAG_INTEGER("n", 1));
    diag_write(DIAG_ERROR, "kept", DIAG_INTEGER("n", 1));
    capture_end(&line);
    diag_init("test", DIAG_INFO);
    assert_string_equal(after_time(&line), "level=error program=test event=kept n=1\n");
}

static void long_values_are_cut_and_marked(void **state)
{
    (void)state;
    AUTO_VALUE(buf) line = BUF(10000);
    static char large[DIAG_LINE_MAX + 100];
    memset(large, 'a', sizeof large - 1);
    large[50] = '\n';
    capture_begin();
    diag_write(DIAG_INFO, "x", DIAG_TEXT("large", large), DIAG_TEXT("after", "b"));
    capture_end(&line);
    assert_true(line.size <= DIAG_LINE_MAX);
    assert_memory_equal(line.data + line.size - 5, "a...\n", 5);
    assert_ptr_equal(memchr(line.data, '\n', line.size), line.data + line.size - 1);
}

static void error_shows_the_parts_that_it_has(void **state)
{
    (void)state;
    AUTO_VALUE(buf) line = BUF(10000);
    struct err e = {0};
    err_refuse(&e, "grant.window", "the window has ended");
    err_hint(&e, "open another grant");
    capture_begin();
    diag_err(DIAG_ERROR, "refused", &e);
    capture_end(&line);
    assert_string_equal(after_time(&line),
                        "level=error program=test event=refused code=refused rule=grant.window "
                        "message=\"the window has ended\" hint=\"open another grant\"\n");
}

static void level_is_read_from_its_word(void **state)
{
    (void)state;
    struct err e = {0};
    enum diag_level level = DIAG_ERROR;
    ok_call(diag_level_parse(&level, "debug", &e), e);
    assert_int_equal(level, DIAG_DEBUG);
    ok_err(diag_level_parse(&level, "Info", &e), e, ERR_INPUT, "\"Info\" is unknown");
    assert_int_equal(level, DIAG_DEBUG);
}

static void closed_standard_error_harms_nobody(void **state)
{
    (void)state;
    int kept = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    diag_write(DIAG_ERROR, "x", DIAG_INTEGER("n", 1));
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_time_level_program_event_and_fields),
        cmocka_unit_test(outside_text_cannot_forge_a_line_or_move_a_cursor),
        cmocka_unit_test(messages_above_the_level_are_dropped),
        cmocka_unit_test(long_values_are_cut_and_marked),
        cmocka_unit_test(error_shows_the_parts_that_it_has),
        cmocka_unit_test(level_is_read_from_its_word),
        cmocka_unit_test(closed_standard_error_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
