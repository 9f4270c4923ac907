/* Tools as child processes: their codes, and signals that go to them. */
#include "unit/ok.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/tool.h"

static int shell(const char *script)
{
    char name[] = "sh";
    char option[] = "-c";
    char text[256];
    char variable[] = "WORD=given";
    char *const words[] = {name, option, text, NULL};
    char *const environment[] = {variable, NULL};
    struct err e;
    int code = -1;
    (void)snprintf(text, sizeof text, "%s", script);
    ok_call(tool_run(&code, words, environment, &e), e);
    return code;
}

static void gives_the_tools_own_code(void **state)
{
    (void)state;
    assert_int_equal(shell("exit 0"), 0);
    assert_int_equal(shell("exit 7"), 7);
    assert_int_equal(shell("kill -9 $$"), 128 + 9);
    assert_int_equal(shell("[ \"$WORD\" = given ]"), 0);
}

static void says_as_a_shell_does_that_there_is_no_tool(void **state)
{
    (void)state;
    char name[] = "no-such-tool-anywhere";
    char folder[] = "/";
    char *const words[] = {name, NULL};
    char *const folder_words[] = {folder, NULL};
    char *const environment[] = {NULL};
    struct err e;
    int code = -1;
    ok_call(tool_run(&code, words, environment, &e), e);
    assert_int_equal(code, 127);
    ok_call(tool_run(&code, folder_words, environment, &e), e);
    assert_int_equal(code, 126);
}

static void *signal_later(void *context)
{
    (void)usleep(300000);
    (void)kill(getpid(), *(int *)context);
    return NULL;
}

/* Somebody ends us: the tool is told, and what it answers is our code. */
static void passes_signals_on(void **state)
{
    (void)state;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    int number = SIGTERM;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    assert_int_equal(pthread_create(&thread, NULL, signal_later, &number), 0);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(shell("trap 'exit 9' TERM; sleep 10 & wait"), 9);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_tool_is_not_spared_from_broken_pipes(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(shell("kill -PIPE $$; exit 0"), 128 + SIGPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_tools_own_code),
        cmocka_unit_test(says_as_a_shell_does_that_there_is_no_tool),
        cmocka_unit_test(passes_signals_on),
        cmocka_unit_test(a_tool_is_not_spared_from_broken_pipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
