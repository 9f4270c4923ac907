/* Identity tokens from a file, a command, and a service on this machine that a thread plays. */
#include "unit/ok.h"

#include "base/file.h"
#include "base/limits.h"
#include "cli/identity_command.h"
#include "client/identity.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOKEN "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"

static void a_token_looks_like_one_or_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "a.b",          "a.b.c.d",
                                      "a b.c.d",   TOKEN "\n\n",   "<html>.",
                                      "a.b.c\r\n", "a.b.\xc3\xa4", "a=.b.c"};
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    AUTO_VALUE(buf) huge = BUF(LIMIT_IDENTITY_TOKEN + 64);
    struct err e;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(identity_token_read(&token, bytes_text(bad[i]), &e));
    while (huge.size <= LIMIT_IDENTITY_TOKEN)
        buf_put_text(&huge, "a");
    ok_err(identity_token_read(&token, buf_bytes(&huge), &e), e, ERR_LIMIT, "at most");
    assert_int_equal(token.size, 0);
    ok_call(identity_token_read(&token, bytes_text(TOKEN "\n"), &e), e);
    ok_text(buf_bytes(&token), TOKEN);
}

static void a_file_holds_a_token(void **state)
{
    (void)state;
    char path[] = "/tmp/sealward-token-XXXXXX";
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct err e;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, TOKEN "\n", strlen(TOKEN "\n")), strlen(TOKEN "\n"));
    (void)close(fd);
    ok_call(identity_file(&token, path, &e), e);
    ok_text(buf_bytes(&token), TOKEN);
    (void)unlink(path);
    ok_err(identity_file(&token, path, &e), e, ERR_NOT_FOUND, path);
}

/* --- A command --- */

static char script[64];

static void script_write(const char *text)
{
    struct err e;
    (void)snprintf(script, sizeof script, "/tmp/sealward-identity-%d", (int)getpid());
    ok_call(file_replace(script, bytes_text(text), 0700, &e), e);
}

static void a_command_gets_the_audience_as_its_last_word(void **state)
{
    (void)state;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char command[128];
    struct err e;
    script_write("#!/bin/sh\n"
                 "[ $# = 3 ] && [ \"$1\" = one ] && [ \"$2\" = '$(two)' ] &&\n"
                 "    [ \"$3\" = sealward:sha256:00 ] && echo " TOKEN "\n");
    (void)snprintf(command, sizeof command, "%s  one $(two)", script);
    ok_call(identity_command(&token, command, "sealward:sha256:00", &e), e);
    ok_text(buf_bytes(&token), TOKEN);
    (void)unlink(script);
}

static void a_command_that_fails_gives_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct err e;
    ok_err(identity_command(&token, "/nonexistent/command", "a", &e), e, ERR_NOT_FOUND,
           "cannot be run");
    ok_err(identity_command(&token, "false", "a", &e), e, ERR_STATE, "status 1");
    ok_err(identity_command(&token, "  ", "a", &e), e, ERR_INPUT, "empty");
    ok_err(identity_command(&token, "echo", "no token", &e), e, ERR_INPUT, "no identity token");
    script_write("#!/bin/sh\nexec cat /dev/zero\n");
    ok_err(identity_command(&token, script, "a", &e), e, ERR_LIMIT, "identity command prints");
    script_write("#!/bin/sh\necho " TOKEN "\nkill -9 $$\n");
    ok_err(identity_command(&token, script, "a", &e), e, ERR_STATE, "status 137");
    assert_int_equal(token.size, 0);
    (void)unlink(script);
}

/* --- A service --- */

struct service {
    int listening;
    const char *answer;
    char asked[4096];
};

static void *serve(void *context)
{
    struct service *s = context;
    int fd = accept(s->listening, NULL, NULL);
    size_t size = 0;
    while (size < sizeof s->asked - 1 && strstr(s->asked, "\r\n\r\n") == NULL) {
        ssize_t n = read(fd, s->asked + size, sizeof s->asked - 1 - size);
        if (n <= 0)
            break;
        size += (size_t)n;
    }
    (void)!write(fd, s->answer, strlen(s->answer));
    (void)close(fd);
    return NULL;
}

static bool ask(struct buf *token, struct service *s, struct err *e)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    char url[128];
    pthread_t thread;
    s->listening = socket(AF_INET, SOCK_STREAM, 0);
    memset(s->asked, 0, sizeof s->asked);
    assert_int_equal(bind(s->listening, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->listening, 1), 0);
    assert_int_equal(getsockname(s->listening, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/token?job=7", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, serve, s), 0);
    bool ok = identity_actions(token, url, "bearer-1", "sealward:sha256:00ff", NULL, e);
    (void)pthread_join(thread, NULL);
    (void)close(s->listening);
    return ok;
}

static void a_service_is_asked_for_the_audience_with_the_bearer(void **state)
{
    (void)state;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct service s = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 67\r\n\r\n"
                                  "{\"count\":1, \"value\":\"" TOKEN "\"}        "};
    struct err e;
    ok_call(ask(&token, &s, &e), e);
    ok_text(buf_bytes(&token), TOKEN);
    assert_non_null(strstr(s.asked, "GET /token?job=7&audience=sealward:sha256:00ff HTTP/1.1\r\n"));
    assert_non_null(strstr(s.asked, "\r\nAuthorization: Bearer bearer-1\r\n"));
}

static void a_service_that_answers_otherwise_gives_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"value\":7}",
        "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"value\":\"a.b.\"\"",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
    };
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct err e;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct service s = {.answer = answers[i]};
        assert_false(ask(&token, &s, &e));
        assert_null(strstr(e.message, "bearer-1"));
        assert_int_equal(token.size, 0);
    }
}

static void plain_http_leaves_this_machine_never(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://ci.example/token", "http://127.0.0.1.ci.example/t",
                                       "ftp://127.0.0.1:1/x", "no url", "https://ci.example"};
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct err e;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_false(identity_actions(&token, urls[i], "b", "a", NULL, &e));
        assert_int_equal(e.code, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_looks_like_one_or_is_refused),
        cmocka_unit_test(a_file_holds_a_token),
        cmocka_unit_test(a_command_gets_the_audience_as_its_last_word),
        cmocka_unit_test(a_command_that_fails_gives_nothing),
        cmocka_unit_test(a_service_is_asked_for_the_audience_with_the_bearer),
        cmocka_unit_test(a_service_that_answers_otherwise_gives_nothing),
        cmocka_unit_test(plain_http_leaves_this_machine_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
