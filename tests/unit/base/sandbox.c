/*
 * Every promise of the jail from inside: a child jails itself, attempts one act, and the parent
 * looks whether it was killed, refused, or got away with it.
 */
#include "unit/base/sandbox_acts.h"
#include "unit/ok.h"

#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What a child found: 0, or the errno of a refusal, or KILLED. */
#define KILLED 1000

static int outcome_of(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return KILLED;
    }
    return WEXITSTATUS(status);
}

/* Runs the act in a jailed child. The act returns 0, or -1 with errno. */
static int attempt(const struct sandbox *plan, int (*act)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct err e = {0};
        bool folders = false;
        if (!sandbox_no_dumps(&e) || !sandbox_enter(&folders, plan, &e)) {
            leave(NOT_JAILED);
        }
        leave(act() == 0 ? 0 : errno);
    }
    return outcome_of(child);
}

static const char *const only_folder[] = {folder, NULL};
static const char *const everything[] = {"/", NULL};
static const struct sandbox core_without_files = {.profile = SANDBOX_CORE};
static const struct sandbox core = {.profile = SANDBOX_CORE, .writable = only_folder};
static const struct sandbox worker = {
    .profile = SANDBOX_WORKER, .readable = everything, .writable = only_folder};
static const struct sandbox network_worker = {
    .profile = SANDBOX_WORKER, .readable = everything, .writable = only_folder, .network = true};
static const struct sandbox spawner = {
    .profile = SANDBOX_SPAWNER, .readable = everything, .writable = only_folder};

struct attempt {
    const char *name;
    int (*act)(void);
    int expected;
    bool plain_builds_only; /* the sanitizers need this call */
};

static void attempt_all(const struct sandbox *plan, const struct attempt *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (SANITIZED && list[i].plain_builds_only) {
            continue;
        }
        int outcome = attempt(plan, list[i].act);
        if (outcome != list[i].expected) {
            fail_msg("%s: %d, expected %d", list[i].name, outcome, list[i].expected);
        }
    }
}

static const struct attempt attempts_of_all[] = {
    {"trace another process", act_ptrace, KILLED, true},
    {"read another process", act_read_other_memory, KILLED, true},
    {"change the user", act_set_user, KILLED, false},
    {"mount", act_mount, KILLED, false},
    {"leave the namespace", act_unshare, KILLED, false},
    {"set the clock", act_set_clock, KILLED, false},
    {"use io_uring", act_io_uring, KILLED, false},
    {"use bpf", act_bpf, KILLED, false},
    {"a call nobody needs", act_unknown_call, EPERM, false},
    {"make a thread", act_thread, 0, false},
    {"pass a descriptor along", act_pass_descriptor, 0, false},
};

static const struct attempt attempts_of_core[] = {
    {"inet socket", act_socket_inet, KILLED, false},
    {"inet6 socket", act_socket_inet6, KILLED, false},
    {"netlink socket", act_socket_netlink, KILLED, false},
    {"packet socket", act_socket_packet, KILLED, false},
    {"unix socket", act_socket_unix, KILLED, false},
    {"run a program", act_exec, KILLED, false},
    {"fork", act_fork, EPERM, true},
    {"map executable memory", act_map_executable, EPERM, true},
    {"make memory executable", act_make_executable, EPERM, true},
    {"become dumpable", act_become_dumpable, EPERM, true},
    {"raise the core limit", act_raise_core_limit, EPERM, true},
    {"signal another process", act_signal_parent, EPERM, true},
};

static const struct attempt attempts_of_worker[] = {
    {"inet socket", act_socket_inet, EPERM, false},
    {"inet6 socket", act_socket_inet6, EPERM, false},
    {"netlink socket", act_socket_netlink, EPERM, false},
    {"packet socket", act_socket_packet, EPERM, false},
    {"unix socket", act_socket_unix, 0, false},
    {"run a program", act_exec, KILLED, false},
    {"fork", act_fork, EPERM, true},
    {"load code", act_map_executable, 0, false},
    {"become dumpable", act_become_dumpable, EPERM, true},
    {"lock a file", act_lock, 0, false},
    {"signal another process", act_signal_parent, EPERM, true},
};

static const struct attempt attempts_of_network_worker[] = {
    {"inet socket", act_socket_inet, 0, false},
    {"inet6 socket", act_socket_inet6, 0, false},
    {"netlink socket", act_socket_netlink, EPERM, false},
    {"packet socket", act_socket_packet, EPERM, false},
    {"wait for callers", act_listen, KILLED, false},
    {"run a program", act_exec, KILLED, false},
};

static const struct attempt attempts_of_spawner[] = {
    {"inet socket", act_socket_inet, EPERM, false},
    {"inet6 socket", act_socket_inet6, EPERM, false},
    {"start a program", act_spawn, 0, false},
    {"start a worker that jails itself", act_spawn_worker, 0, false},
};

static void no_process_can_trace_mount_or_change_user(void **state)
{
    (void)state;
    attempt_all(&core, attempts_of_all, COUNT(attempts_of_all));
    attempt_all(&worker, attempts_of_all, COUNT(attempts_of_all));
    attempt_all(&spawner, attempts_of_all, COUNT(attempts_of_all));
}

static void core_makes_no_socket_program_process_or_code(void **state)
{
    (void)state;
    attempt_all(&core, attempts_of_core, COUNT(attempts_of_core));
}

static void worker_reaches_files_and_unix_sockets_but_no_network(void **state)
{
    (void)state;
    attempt_all(&worker, attempts_of_worker, COUNT(attempts_of_worker));
}

static void worker_of_a_network_token_connects_but_never_listens(void **state)
{
    (void)state;
    attempt_all(&network_worker, attempts_of_network_worker, COUNT(attempts_of_network_worker));
}

static void spawner_starts_programs_but_has_no_network(void **state)
{
    (void)state;
    attempt_all(&spawner, attempts_of_spawner, COUNT(attempts_of_spawner));
}

static void core_without_folders_opens_nothing(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip();
    }
    assert_int_equal(attempt(&core_without_files, act_open_inside), EPERM);
    assert_int_equal(attempt(&core_without_files, act_open_outside), EPERM);
}

static void files_are_opened_only_beneath_the_folders_given(void **state)
{
    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 3) {
        skip();
    }
    assert_int_equal(attempt(&core, act_open_inside), 0);
    assert_int_equal(attempt(&core, act_write_and_rename_inside), 0);
    assert_int_equal(attempt(&core, act_open_outside), EACCES);
    assert_int_equal(attempt(&core, act_write_outside), EACCES);
    assert_int_equal(attempt(&worker, act_open_outside), 0);
    assert_int_equal(attempt(&worker, act_write_outside), EACCES);
    assert_int_equal(attempt(&worker, act_truncate_outside), EACCES);
}

static void missing_folder_fails_and_is_named(void **state)
{
    (void)state;
    struct err e = {0};
    bool folders = false;
    const char *const paths[] = {"/nonexistent/folder", NULL};
    const struct sandbox plan = {.profile = SANDBOX_CORE, .writable = paths};
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        skip();
    }
    pid_t child = fork();
    if (child == 0) {
        bool refused = !sandbox_enter(&folders, &plan, &e);
        leave(refused && strstr(e.message, "/nonexistent/folder") != NULL ? 0 : 1);
    }
    assert_int_equal(outcome_of(child), 0);
}

/* Waits until the jail is up, then does what a jailed thread is killed for. */
static void *socket_after_gate(void *gate)
{
    char byte = 0;
    const int *end = gate;
    if (read(*end, &byte, 1) == 1) {
        (void)act_socket_inet();
    }
    leave(0);
    return NULL;
}

static void jail_covers_threads_that_run_already(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct err e = {0};
        bool folders = false;
        pthread_t thread = {0};
        int gate[2];
        if (pipe(gate) != 0 || pthread_create(&thread, NULL, socket_after_gate, &gate[0]) != 0 ||
            !sandbox_enter(&folders, &core, &e) || write(gate[1], "x", 1) != 1) {
            leave(NOT_JAILED);
        }
        (void)pthread_join(thread, NULL);
        leave(0);
    }
    assert_int_equal(outcome_of(child), KILLED);
}

static void no_core_dump_is_left_and_no_equal_may_trace(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct err e = {0};
        struct rlimit limit = {0};
        bool ok = sandbox_no_dumps(&e) && getrlimit(RLIMIT_CORE, &limit) == 0 &&
                  limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        leave(!ok);
    }
    assert_int_equal(outcome_of(child), 0);
}

static bool is_open(int descriptor)
{
    return fcntl(descriptor, F_GETFD) >= 0;
}

static void only_the_listed_descriptors_stay_open(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct err e = {0};
        for (int descriptor = 20; descriptor < 30; descriptor++) {
            dup2(2, descriptor);
        }
        const int keep[] = {25, 0, 22, 2, 25};
        bool ok = sandbox_close_others(keep, COUNT(keep), &e) && is_open(0) && !is_open(1) &&
                  is_open(2) && !is_open(3) && !is_open(20) && !is_open(21) && is_open(22) &&
                  !is_open(23) && !is_open(24) && is_open(25) && !is_open(26) && !is_open(29);
        leave(!ok);
    }
    assert_int_equal(outcome_of(child), 0);
}

static void becoming_a_user_has_no_way_back(void **state)
{
    (void)state;
    struct err e = {0};
    ok_err(sandbox_become("no-such-user", &e), e, ERR_NOT_FOUND, "no-such-user");
    if (geteuid() != 0) {
        skip();
    }
    ok_err(sandbox_become("root", &e), e, ERR_INPUT, "root is not a user to drop to");
    pid_t child = fork();
    if (child == 0) {
        const struct passwd *nobody = getpwnam("nobody");
        gid_t groups[1];
        bool ok = nobody != NULL && sandbox_become("nobody", &e) && getuid() == nobody->pw_uid &&
                  getegid() == nobody->pw_gid && getgroups(1, groups) == 0 && setuid(0) != 0 &&
                  sandbox_become("nobody", &e);
        leave(!ok);
    }
    assert_int_equal(outcome_of(child), 0);
}

static int make_folders(void **state)
{
    (void)state;
    char kept[100];
    (void)snprintf(folder, sizeof folder, "/tmp/sealward-sandbox-test.XXXXXX");
    (void)snprintf(outside, sizeof outside, "/tmp/sealward-sandbox-test.XXXXXX");
    if (mkdtemp(folder) == NULL || mkdtemp(outside) == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return -1;
    }
    (void)snprintf(kept, sizeof kept, "%s/kept", outside);
    int descriptor = open(kept, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return descriptor < 0 || close(descriptor) != 0 ? -1 : 0;
}

static int remove_folders(void **state)
{
    (void)state;
    static const char *const names[] = {"f", "lock", "kept", "from", "to"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[100];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/%s", outside, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder) != 0 || rmdir(outside) != 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_process_can_trace_mount_or_change_user),
        cmocka_unit_test(core_makes_no_socket_program_process_or_code),
        cmocka_unit_test(worker_reaches_files_and_unix_sockets_but_no_network),
        cmocka_unit_test(worker_of_a_network_token_connects_but_never_listens),
        cmocka_unit_test(spawner_starts_programs_but_has_no_network),
        cmocka_unit_test(core_without_folders_opens_nothing),
        cmocka_unit_test(files_are_opened_only_beneath_the_folders_given),
        cmocka_unit_test(missing_folder_fails_and_is_named),
        cmocka_unit_test(jail_covers_threads_that_run_already),
        cmocka_unit_test(no_core_dump_is_left_and_no_equal_may_trace),
        cmocka_unit_test(only_the_listed_descriptors_stay_open),
        cmocka_unit_test(becoming_a_user_has_no_way_back),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
