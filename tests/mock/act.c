/*
 * What a taken-over module would try first. Each act is done plainly, by the system call; the jail
 * either ends the process or makes the call fail.
 */
#include "mock/control.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool act_inet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool act_inet6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool act_packet(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool act_listen(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd >= 0 && listen(fd, 1) == 0;
}

static bool act_exec(void)
{
    char name[] = "/bin/true";
    char *argv[] = {name, NULL};
    return execv(name, argv) == 0;
}

static bool act_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool act_ptrace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool act_read_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1};
    struct iovec there = {&errno, 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) == 1;
}

static bool act_kill_parent(void)
{
    return kill(getppid(), 0) == 0;
}

/* A dump needs both: a process that may be dumped, and room for the file. */
static bool act_dump(void)
{
    struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
        return true;
    limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
    return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static bool act_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static bool act_passwords(void)
{
    return open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool act_write_outside(void)
{
    return open("/etc/sealward-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool act_root(void)
{
    return setuid(0) == 0;
}

struct act {
    const char *name;
    bool (*try)(void);
};

static const struct act acts[] = {
    {"inet", act_inet},
    {"inet6", act_inet6},
    {"packet", act_packet},
    {"listen", act_listen},
    {"exec", act_exec},
    {"fork", act_fork},
    {"ptrace", act_ptrace},
    {"read-parent", act_read_parent},
    {"kill-parent", act_kill_parent},
    {"dump", act_dump},
    {"dumpable", act_dumpable},
    {"passwords", act_passwords},
    {"write-outside", act_write_outside},
    {"root", act_root},
};

CK_RV act_try(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(acts[i].name, name) == 0)
            return CKR_VENDOR_DEFINED + (acts[i].try() ? 0xffffUL : (CK_RV)errno);
    return CKR_ARGUMENTS_BAD;
}
