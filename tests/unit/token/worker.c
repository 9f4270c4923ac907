/*
 * What a module can do from inside a worker: the mock tries each act of tests/mock/act.c in C_Sign,
 * in the process in which a vendor's code would run.
 */
#include "unit/ok.h"

#include "unit/token/place.h"
#include "pki/mechanism.h"
#include "token/module.h"
#include "token/worker.h"
#include "wire/worker.h"

#include <fcntl.h>
#include <errno.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static const uint8_t digest[32] = {7};

struct bench {
    struct place place;
    struct secret *pin;
    pid_t pid;
    int socket;
    int ready;
    struct frame_reader in;
    uint8_t id[32];
};

static void worker_launch(struct bench *b, bool network)
{
    int sockets[2];
    int pipes[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    b->pin = place_pin(PLACE_PIN);
    b->pid = fork();
    if (b->pid == 0) {
        const struct worker_config config = {.module = b->place.module,
                                             .token = PLACE_LABEL,
                                             .environment = b->place.environment,
                                             .readable = b->place.readable,
                                             .writable = b->place.writable,
                                             .network = network,
                                             .pin = b->pin};
        worker_run(&config, sockets[1], pipes[1]);
    }
    (void)close(sockets[1]);
    (void)close(pipes[1]);
    b->socket = sockets[0];
    b->ready = pipes[0];
    b->in = FRAME_READER(WORKER_ANSWER_MAX);
}

static int bench_end(struct bench *b)
{
    int status = 0;
    (void)close(b->socket);
    assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
    b->pid = 0;
    return status;
}

static void bench_done(struct bench *b)
{
    if (b->pid != 0)
        (void)bench_end(b);
    (void)close(b->ready);
    frame_reader_done(&b->in);
    secret_free(b->pin);
    place_remove(&b->place);
}
AUTO_DONE(bench)

static bool ask(struct bench *b, const struct worker_request *request)
{
    AUTO_VALUE(buf) out = BUF(WORKER_REQUEST_MAX + FRAME_HEADER_SIZE);
    struct err e;
    worker_request_write(&out, request);
    return frame_send(b->socket, buf_bytes(&out), -1, &e);
}

static bool hear(struct worker_answer *ret, struct bench *b, struct arena *a)
{
    struct frame frame;
    struct err e;
    return frame_receive(&b->in, b->socket, 20000, &frame, &e) &&
           worker_answer_read(ret, &frame, a, &e);
}

static void bench_open(struct bench *b, bool network)
{
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer;
    char byte = 0;
    place_mock(&b->place);
    worker_launch(b, network);
    assert_true(hear(&answer, b, &a));
    assert_true(answer.ok);
    assert_int_equal(read(b->ready, &byte, 1), 1);
    const struct worker_request make = {
        .op = WORKER_GENERATE, .job = 1, .kind = KEY_P256, .label = bytes_text("key")};
    assert_true(ask(b, &make));
    assert_true(hear(&answer, b, &a));
    if (!answer.ok)
        fail_msg("%s", answer.err.message);
    memcpy(b->id, answer.keys[0].id.data, sizeof b->id);
}

static bool sign_asked(struct worker_answer *ret, struct bench *b, struct arena *a)
{
    const struct worker_request sign = {.op = WORKER_SIGN,
                                        .job = 2,
                                        .mechanism = MECHANISM_ECDSA_SHA256,
                                        .id = BYTES_OF(b->id),
                                        .data = BYTES_OF(digest)};
    return ask(b, &sign) && hear(ret, b, a);
}

/* Either the worker died of the act, or the act failed with that error. */
static void act_fails(const char *name, int want_errno)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer = {.ok = true};
    char order[64];
    char want[64];
    bench_open(&b, false);
    (void)snprintf(order, sizeof order, "act %s", name);
    place_write(&b.place, "do-C_Sign", order);
    bool heard = sign_asked(&answer, &b, &a);
    int status = bench_end(&b);
    if (want_errno == 0) {
        assert_false(heard);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
        assert_false(WCOREDUMP(status));
        return;
    }
    (void)snprintf(want, sizeof want, "CKR 0x%lx", CKR_VENDOR_DEFINED + (unsigned long)want_errno);
    assert_true(heard);
    ok_err(answer.ok, answer.err, ERR_TOKEN, want);
}

#define DIES 0

static void no_internet_socket(void **state)
{
    (void)state;
    act_fails("inet", EPERM);
    act_fails("inet6", EPERM);
    act_fails("packet", EPERM);
}

static void no_server(void **state)
{
    (void)state;
    act_fails("listen", DIES);
}

static void no_program(void **state)
{
    (void)state;
    act_fails("exec", DIES);
}

/* Landlock keeps the folders; where a kernel lacks it, the user's rights alone do. */
static void no_look_at_other_files(void **state)
{
    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip();
    act_fails("passwords", EACCES);
    act_fails("write-outside", EACCES);
}

static void no_other_user(void **state)
{
    (void)state;
    act_fails("root", DIES);
}

/* The sanitizers need these calls for themselves. */
#ifndef SANITIZED
static void no_process(void **state)
{
    (void)state;
    act_fails("fork", EPERM);
}

static void no_look_at_other_processes(void **state)
{
    (void)state;
    act_fails("ptrace", DIES);
    act_fails("read-parent", DIES);
    act_fails("kill-parent", EPERM);
}

static void no_core_dump(void **state)
{
    (void)state;
    act_fails("dump", EPERM);
    act_fails("dumpable", EPERM);
}
#endif

static void a_crash_leaves_no_core_dump(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer;
    (void)state;
    bench_open(&b, false);
    place_write(&b.place, "do-C_Sign", "crash");
    assert_false(sign_asked(&answer, &b, &a));
    int status = bench_end(&b);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(WCOREDUMP(status));
}

static void a_network_module_may_connect(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer;
    (void)state;
    bench_open(&b, true);
    place_write(&b.place, "do-C_Sign", "act inet");
    assert_true(sign_asked(&answer, &b, &a));
    ok_err(answer.ok, answer.err, ERR_TOKEN, "CKR 0x8000ffff");
    place_write(&b.place, "do-C_Sign", "act packet");
    assert_true(sign_asked(&answer, &b, &a));
    ok_err(answer.ok, answer.err, ERR_TOKEN, "CKR 0x80000001");
}

static void a_closed_socket_ends_the_worker(void **state)
{
    AUTO_VALUE(bench) b;
    (void)state;
    bench_open(&b, false);
    int status = bench_end(&b);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), WORKER_EXIT_CLOSED);
}

static void a_request_that_makes_no_sense_ends_the_worker(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    AUTO_VALUE(buf) out = BUF(64);
    struct worker_answer answer;
    struct err e;
    (void)state;
    bench_open(&b, false);
    frame_put(&out, WORKER_PING, bytes_text("more than a ping"));
    ok_call(frame_send(b.socket, buf_bytes(&out), -1, &e), e);
    assert_true(hear(&answer, &b, &a));
    ok_err(answer.ok, answer.err, ERR_INPUT, "worker request");
    int status = bench_end(&b);
    assert_int_equal(WEXITSTATUS(status), WORKER_EXIT_FAILED);
}

static void numbers_out_of_range_are_refused(void **state)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer;
    (void)state;
    bench_open(&b, false);
    struct worker_request request = {.op = WORKER_SIGN,
                                     .job = 3,
                                     .mechanism = MECHANISM_COUNT,
                                     .id = BYTES_OF(b.id),
                                     .data = BYTES_OF(digest)};
    assert_true(ask(&b, &request));
    assert_true(hear(&answer, &b, &a));
    ok_err(answer.ok, answer.err, ERR_INPUT, "mechanism 7 is unknown");
    request = (struct worker_request){
        .op = WORKER_GENERATE, .job = 4, .kind = KEY_ED25519 + 1, .label = bytes_text("x")};
    assert_true(ask(&b, &request));
    assert_true(hear(&answer, &b, &a));
    ok_err(answer.ok, answer.err, ERR_INPUT, "kind of key 3 is unknown");
}

static void starting_fails(const char *module, const char *label, int want_exit, const char *part)
{
    AUTO_VALUE(bench) b;
    AUTO_VALUE(arena) a = ARENA(65536);
    struct worker_answer answer;
    place_mock(&b.place);
    if (module != NULL)
        b.place.module = module;
    place_write(&b.place, "pin", strcmp(label, "pin") == 0 ? "another" : PLACE_PIN);
    if (strcmp(label, "away") == 0)
        place_write(&b.place, "away", "");
    worker_launch(&b, false);
    assert_true(hear(&answer, &b, &a));
    assert_int_equal(answer.job, 0);
    assert_false(answer.ok);
    if (strstr(answer.err.message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", answer.err.message, part);
    int status = bench_end(&b);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), want_exit);
}

static void a_worker_that_cannot_start_says_why(void **state)
{
    (void)state;
    starting_fails(NULL, "pin", WORKER_EXIT_REFUSED, "CKR_PIN_INCORRECT");
    starting_fails(NULL, "away", WORKER_EXIT_FAILED, "no token has the label");
    starting_fails("/nonexistent.so", "", WORKER_EXIT_REFUSED, "/nonexistent.so");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_internet_socket),
        cmocka_unit_test(no_server),
        cmocka_unit_test(no_program),
        cmocka_unit_test(no_look_at_other_files),
        cmocka_unit_test(no_other_user),
#ifndef SANITIZED
        cmocka_unit_test(no_process),
        cmocka_unit_test(no_look_at_other_processes),
        cmocka_unit_test(no_core_dump),
#endif
        cmocka_unit_test(a_crash_leaves_no_core_dump),
        cmocka_unit_test(a_network_module_may_connect),
        cmocka_unit_test(a_closed_socket_ends_the_worker),
        cmocka_unit_test(a_request_that_makes_no_sense_ends_the_worker),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_worker_that_cannot_start_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
