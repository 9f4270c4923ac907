/* Built only with -Dfaults=true. */
#include "unit/ok.h"

#include "base/fault.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void pass_first(void)
{
    FAULT_POINT(test_first);
}

static void pass_second(void)
{
    FAULT_POINT(test_second);
}

static void disarm(void)
{
    struct err e = {0};
    ok_call(fault_arm("test_first:100000:eio", &e), e);
    ok_call(fault_arm("test_second:100000:eio", &e), e);
}

static void note(void *context, const char *name)
{
    buf_printf(context, "%s ", name);
}

static void every_point_of_the_program_is_listed(void **state)
{
    (void)state;
    AUTO_VALUE(buf) names = BUF(10000);
    fault_list(note, &names);
    assert_non_null(strstr(buf_string(&names), "test_first "));
    assert_non_null(strstr(buf_string(&names), "test_second "));
}

static void kill_ends_the_process_at_the_nth_passing(void **state)
{
    (void)state;
    struct err e = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        bool armed = fault_arm("test_first:3:kill", &e);
        for (int i = 0; armed && i < 5; i++) {
            pass_first();
            pass_second();
            (void)!write(ends[1], "p", 1);
        }
        _exit(0);
    }
    close(ends[1]);
    AUTO_VALUE(buf) passings = BUF(10);
    ok_call(file_read_descriptor(&passings, ends[0], "pipe", &e), e);
    close(ends[0]);
    ok_text(buf_bytes(&passings), "pp");
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 137);
}

static struct file *scratch(void)
{
    struct err e = {0};
    struct file *f = NULL;
    char path[64];
    (void)snprintf(path, sizeof path, "/tmp/sealward-fault-test.%d", (int)getpid());
    ok_call(file_open(&f, path, FILE_OPEN, FILE_REGULAR, 0600, &e), e);
    ok_call(file_remove(path, &e), e);
    return f;
}

static void disk_faults_hit_the_next_operation_once(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = scratch();
    ok_call(fault_arm("test_first:1:eio", &e), e);
    ok_call(fault_arm("test_second:2:enospc", &e), e);
    pass_second();
    ok_call(file_sync(f, &e), e);
    pass_first();
    ok_err(file_sync(f, &e), e, ERR_IO, "cannot make durable");
    assert_string_equal(e.cause, "Input/output error");
    ok_call(file_sync(f, &e), e);
    pass_second();
    ok_err(file_preallocate(f, 4096, &e), e, ERR_IO, "cannot reserve");
    assert_string_equal(e.cause, "No space left on device");
    ok_call(file_preallocate(f, 4096, &e), e);
    disarm();
}

static void short_write_leaves_half_and_fails(void **state)
{
    (void)state;
    struct err e = {0};
    AUTO(file) f = scratch();
    struct file_facts facts = {0};
    ok_call(fault_arm("test_first:1:short", &e), e);
    pass_first();
    ok_err(file_pwrite(f, 0, bytes_text("0123456789"), &e), e, ERR_IO, "cannot write");
    ok_call(file_facts(&facts, f, &e), e);
    assert_int_equal(facts.size, 5);
    ok_call(file_pwrite(f, 0, bytes_text("0123456789"), &e), e);
    disarm();
}

static void wrong_texts_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    ok_err(fault_arm("nobody:1:kill", &e), e, ERR_NOT_FOUND, "no fault point \"nobody\"");
    ok_err(fault_arm("test_first:1", &e), e, ERR_INPUT, "name:n:action");
    ok_err(fault_arm("test_first:1:burn", &e), e, ERR_INPUT, "\"burn\" is unknown");
    ok_err(fault_arm("test_first:0:kill", &e), e, ERR_INPUT, "count from 1");
    ok_err(fault_arm("test_first::kill", &e), e, ERR_INPUT, "count from 1");
    ok_err(fault_arm("test_first:1x:kill", &e), e, ERR_INPUT, "must be a number");
    ok_err(fault_arm("test_first:99999999999:kill", &e), e, ERR_INPUT, "must be a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_of_the_program_is_listed),
        cmocka_unit_test(kill_ends_the_process_at_the_nth_passing),
        cmocka_unit_test(disk_faults_hit_the_next_operation_once),
        cmocka_unit_test(short_write_leaves_half_and_fails),
        cmocka_unit_test(wrong_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
