#include "unit/base/sandbox_acts.h"

#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

char folder[64];
char outside[64];
int pair[2];

void leave(int status)
{
    syscall(SYS_exit_group, status);
}

int act_socket_inet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? -1 : 0;
}

int act_socket_inet6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0) < 0 ? -1 : 0;
}

int act_socket_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) < 0 ? -1 : 0;
}

int act_socket_packet(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? -1 : 0;
}

int act_listen(void)
{
    return listen(pair[0], 1);
}

int act_socket_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? -1 : 0;
}

int act_exec(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};
    return execv("/bin/true", arguments);
}

int act_fork(void)
{
    pid_t child = fork();
    if (child == 0) {
        leave(0);
    }
    return child < 0 ? -1 : 0;
}

int act_ptrace(void)
{
    return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

int act_read_other_memory(void)
{
    char byte = 0;
    struct iovec here = {.iov_base = &byte, .iov_len = 1};
    struct iovec there = {.iov_base = folder, .iov_len = 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) < 0 ? -1 : 0;
}

int act_open_inside(void)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/f", folder);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? -1 : 0;
}

int act_open_outside(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? -1 : 0;
}

int act_write_outside(void)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/f", outside);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? -1 : 0;
}

int act_truncate_outside(void)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/kept", outside);
    return open(path, O_RDONLY | O_TRUNC | O_CLOEXEC) < 0 ? -1 : 0;
}

int act_write_and_rename_inside(void)
{
    char from[100];
    char to[100];
    (void)snprintf(from, sizeof from, "%s/from", folder);
    (void)snprintf(to, sizeof to, "%s/to", folder);
    int descriptor = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, "x", 1) != 1 || fsync(descriptor) != 0) {
        return -1;
    }
    return rename(from, to) != 0 || unlink(to) != 0 ? -1 : 0;
}

int act_lock(void)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/lock", folder);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return descriptor < 0 || flock(descriptor, LOCK_EX) != 0 ||
                   fcntl(descriptor, F_SETLK, &range) != 0
               ? -1
               : 0;
}

int act_map_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}

int act_make_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

int act_become_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

int act_raise_core_limit(void)
{
    const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
    return setrlimit(RLIMIT_CORE, &limit);
}

int act_signal_parent(void)
{
    return kill(getppid(), 0);
}

int act_set_user(void)
{
    return (int)syscall(SYS_setuid, 12345);
}

int act_mount(void)
{
    return (int)syscall(SYS_mount, "x", folder, "tmpfs", 0, NULL);
}

int act_unshare(void)
{
    return unshare(CLONE_NEWUSER);
}

int act_set_clock(void)
{
    /* Not clock_settime with a real time: should the jail fail, the clock must stay. */
    return (int)syscall(SYS_clock_settime, -1, NULL);
}

int act_io_uring(void)
{
    return (int)syscall(SYS_io_uring_setup, 0, NULL);
}

int act_bpf(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}

int act_unknown_call(void)
{
    return (int)syscall(SYS_mincore, NULL, 0, NULL);
}

static void *thread_body(void *argument)
{
    return argument;
}

int act_thread(void)
{
    pthread_t thread;
    void *result = NULL;
    int failure = pthread_create(&thread, NULL, thread_body, folder);
    if (failure != 0) {
        errno = failure;
        return -1;
    }
    return pthread_join(thread, &result) == 0 && result == folder ? 0 : -1;
}

/* Sends a descriptor over the inherited pair, as the core gets its workers' sockets. */
int act_pass_descriptor(void)
{
    char byte = 'd';
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &pair[0], sizeof(int));
    if (sendmsg(pair[0], &message, 0) != 1 || recvmsg(pair[1], &message, 0) != 1) {
        return -1;
    }
    return 0;
}

int act_spawn(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        act_exec();
        leave(99);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return -1;
    }
    errno = ECHILD;
    return status == 0 ? 0 : -1;
}

/* A worker that the spawner forks jails itself further, and has the narrower jail then. */
int act_spawn_worker(void)
{
    pid_t child = fork();
    if (child == 0) {
        struct err e = {0};
        bool folders = false;
        const char *const paths[] = {folder, NULL};
        const struct sandbox plan = {.profile = SANDBOX_WORKER, .writable = paths};
        if (!sandbox_no_dumps(&e) || !sandbox_enter(&folders, &plan, &e)) {
            leave(NOT_JAILED);
        }
        act_exec();
        leave(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return -1;
    }
    errno = ECHILD;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? 0 : -1;
}
