#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool sandbox_no_dumps(struct err *e)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        return err_errno(e, "cannot forbid core dumps");
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return err_errno(e, "cannot forbid tracing of this process");
    }
    return true;
}

static int sandbox_compare_descriptors(const void *a, const void *b)
{
    const int *left = a;
    const int *right = b;
    return (*left > *right) - (*left < *right);
}

bool sandbox_close_others(const int *keep, size_t count, struct err *e)
{
    int sorted[64];
    if (count > COUNT(sorted)) {
        return err_set(e, ERR_LIMIT, "cannot keep %zu descriptors", count);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = keep[i];
    }
    if (count > 0) {
        qsort(sorted, count, sizeof sorted[0], sandbox_compare_descriptors);
    }
    unsigned next = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned kept = (unsigned)sorted[i];
        if (kept > next && close_range(next, kept - 1, 0) != 0) {
            return err_errno(e, "cannot close descriptors");
        }
        next = kept >= next ? kept + 1 : next;
    }
    return close_range(next, ~0U, 0) == 0 || err_errno(e, "cannot close descriptors");
}

bool sandbox_become(const char *user, struct err *e)
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        err_set(e, ERR_NOT_FOUND, "there is no user \"%.60s\" on this machine", user);
        return err_hint(e, "make one that owns nothing else: adduser --system --group %.60s", user);
    }
    uid_t uid = entry->pw_uid;
    gid_t gid = entry->pw_gid;
    if (getuid() == uid && geteuid() == uid && getgid() == gid && uid != 0) {
        return true;
    }
    if (uid == 0) {
        return err_set(e, ERR_INPUT, "root is not a user to drop to");
    }
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
        return err_errno(e, "cannot become user %.60s", user);
    }
    if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0) {
        return err_set(e, ERR_INTERNAL, "user %.60s can become root again", user);
    }
    return true;
}

/*
 * The filter. A call may stand in a list as a whole; the few that are judged by their arguments
 * have functions below. Calls unknown to the machine's architecture are left out.
 */
static const char *const calls_of_all[] = {
    /* descriptors that exist */
    "read",
    "readv",
    "pread64",
    "preadv",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "close",
    "close_range",
    "lseek",
    "fstat",
    "newfstatat",
    "statx",
    "fstatfs",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "fdatasync",
    "fsync",
    "ftruncate",
    "fallocate",
    "flock",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd2",
    "pipe2",
    "timerfd_create",
    "timerfd_settime",
    "signalfd4",
    /* sockets that exist */
    "accept4",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "shutdown",
    "getsockopt",
    "getsockname",
    "getpeername",
    "setsockopt",
    /* memory, threads, signals, time */
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "mlock",
    "munlock",
    "futex",
    "set_robust_list",
    "rseq",
    "membarrier",
    "gettid",
    "sched_yield",
    "sched_getaffinity",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "restart_syscall",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "getrandom",
    /* what a process may know of itself */
    "getpid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getrusage",
    "getcwd",
    "uname",
    "sysinfo",
    "exit",
    "exit_group",
};

static const char *const calls_of_files[] = {
    "open",   "openat",   "access",     "faccessat",  "faccessat2", "stat",
    "lstat",  "readlink", "readlinkat", "getdents64", "mkdir",      "mkdirat",
    "rename", "renameat", "renameat2",  "unlink",     "unlinkat",   "rmdir",
    "chmod",  "fchmod",   "fchmodat",   "umask",      "utimensat",  "statfs",
};

static const char *const calls_of_modules[] = {
    "connect",   "socketpair", "shmget",          "shmat",       "shmdt", "shmctl",  "memfd_create",
    "getgroups", "getresuid",  "getresgid",       "ioctl",       "link",  "symlink", "mlock2",
    "mlockall",  "arch_prctl", "set_tid_address", "getpriority", "times",
};

/* Beside AF_INET and AF_INET6: what libc's resolver needs. */
static const char *const calls_of_network[] = {"sendmmsg", "recvmmsg"};

static const char *const calls_of_spawners[] = {
    "fork",
    "vfork",
    "clone",
    "execve",
    "wait4",
    "waitid",
    "kill",
    "tgkill",
    "setpgid",
    "setsid",
    "getpgrp",
    "seccomp",
    "setrlimit",
    "getrlimit",
    "prctl",
    "prlimit64",
    "landlock_create_ruleset",
    "landlock_add_rule",
    "landlock_restrict_self",
    "pidfd_open",
    "pidfd_send_signal",
};

static const char *const calls_of_sanitizers[] = {
    "ptrace",   "clone",      "wait4",     "prctl",       "prlimit64",        "tgkill",
    "kill",     "open",       "openat",    "readlink",    "getdents64",       "mmap",
    "mprotect", "arch_prctl", "setrlimit", "personality", "process_vm_readv",
};

/* The acts that end the process, whatever the profile. */
static const char *const calls_that_kill[] = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
    "keyctl",
    "add_key",
    "request_key",
    "swapon",
    "swapoff",
    "acct",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "open_by_handle_at",
    "execveat",
    "personality",
    "modify_ldt",
    "iopl",
    "ioperm",
    "vhangup",
    "quotactl",
    "syslog",
    "fanotify_init",
};

static const char *const calls_that_kill_core[] = {"execve",  "socket", "socketpair",
                                                   "connect", "bind",   "listen"};

static const char *const calls_that_kill_worker[] = {"execve", "bind", "listen"};

/* A filter under construction, with the first failure kept (a negative errno), so that the rules
 * below read as a list. A rule that stands in two lists is no failure. */
struct filter {
    scmp_filter_ctx context;
    int failure;
};

static void filter_done(struct filter *f)
{
    if (f->context != NULL) {
        seccomp_release(f->context);
    }
}
AUTO_DONE(filter)

static void filter_keep(struct filter *f, int outcome)
{
    if (outcome < 0 && outcome != -EEXIST && f->failure == 0) {
        f->failure = outcome;
    }
}

static bool filter_is_sanitizers(const char *name)
{
    for (size_t i = 0; SANDBOX_SANITIZED && i < COUNT(calls_of_sanitizers); i++) {
        if (strcmp(name, calls_of_sanitizers[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void filter_list(struct filter *f, uint32_t action, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number < 0 || (action != SCMP_ACT_ALLOW && filter_is_sanitizers(names[i]))) {
            continue;
        }
        filter_keep(f, seccomp_rule_add(f->context, action, number, 0));
    }
}

static void filter_allow_if(struct filter *f, int number, struct scmp_arg_cmp condition)
{
    filter_keep(f, seccomp_rule_add_array(f->context, SCMP_ACT_ALLOW, number, 1, &condition));
}

/* Memory: executable mappings only where libraries are loaded. */
static void filter_memory(struct filter *f, bool executable)
{
    static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (executable) {
            filter_keep(f, seccomp_rule_add(f->context, SCMP_ACT_ALLOW, calls[i], 0));
            continue;
        }
        filter_allow_if(f, calls[i], SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    }
}

/* Itself only: names of threads, limits read but not set, abort() but no signal to others, threads
 * but no process (which a vendor's module may try in innocence: EPERM). */
static void filter_itself(struct filter *f)
{
    filter_allow_if(f, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    filter_allow_if(f, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
    filter_allow_if(f, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    filter_allow_if(f, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static void filter_sockets(struct filter *f, bool network)
{
    filter_allow_if(f, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    if (!network) {
        return;
    }
    filter_allow_if(f, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET));
    filter_allow_if(f, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6));
    filter_list(f, SCMP_ACT_ALLOW, calls_of_network, COUNT(calls_of_network));
}

static void filter_profile(struct filter *f, const struct sandbox *plan, bool opens)
{
    bool core = plan->profile == SANDBOX_CORE;
    filter_list(f, SCMP_ACT_ALLOW, calls_of_all, COUNT(calls_of_all));
    if (opens) {
        filter_list(f, SCMP_ACT_ALLOW, calls_of_files, COUNT(calls_of_files));
    }
    filter_memory(f, !core || SANDBOX_SANITIZED);
    if (!core) {
        filter_list(f, SCMP_ACT_ALLOW, calls_of_modules, COUNT(calls_of_modules));
        filter_sockets(f, plan->network);
    }
    if (SANDBOX_SANITIZED) {
        filter_list(f, SCMP_ACT_ALLOW, calls_of_sanitizers, COUNT(calls_of_sanitizers));
    }
    filter_list(f, SCMP_ACT_KILL_PROCESS, calls_that_kill, COUNT(calls_that_kill));
    switch (plan->profile) {
    case SANDBOX_CORE:
        filter_list(f, SCMP_ACT_KILL_PROCESS, calls_that_kill_core, COUNT(calls_that_kill_core));
        break;
    case SANDBOX_WORKER:
        filter_list(f, SCMP_ACT_KILL_PROCESS, calls_that_kill_worker,
                    COUNT(calls_that_kill_worker));
        break;
    case SANDBOX_SPAWNER:
        filter_list(f, SCMP_ACT_ALLOW, calls_of_spawners, COUNT(calls_of_spawners));
        break;
    }
    if (plan->profile != SANDBOX_SPAWNER && !SANDBOX_SANITIZED) {
        filter_itself(f);
    }
    filter_keep(f, seccomp_rule_add(f->context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0));
}

static bool sandbox_filter(const struct sandbox *plan, bool opens, struct err *e)
{
    AUTO_VALUE(filter) f = {.context = seccomp_init(SCMP_ACT_ERRNO(EPERM))};
    if (f.context == NULL) {
        return err_set(e, ERR_IO, "cannot make a system call filter");
    }
    filter_keep(&f, seccomp_attr_set(f.context, SCMP_FLTATR_CTL_TSYNC, 1));
    filter_keep(&f, seccomp_attr_set(f.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    filter_profile(&f, plan, opens);
    if (f.failure == 0) {
        filter_keep(&f, seccomp_load(f.context));
    }
    if (f.failure != 0) {
        errno = -f.failure;
        err_errno(e, "cannot set the system call filter");
        return err_hint(e, "the kernel must have seccomp filters (CONFIG_SECCOMP_FILTER)");
    }
    return true;
}

/* Landlock has no wrappers in libc. The right to truncate came with its third version, later than
 * the oldest headers we build with. */
#define LANDLOCK_TRUNCATE (UINT64_C(1) << 14)

#define LANDLOCK_READ                                                                              \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE                                                                             \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |   \
     LANDLOCK_TRUNCATE)
#define LANDLOCK_NEVER (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)
/* Of these rights, those that mean something for a file that is no folder. */
#define LANDLOCK_OF_FILES                                                                          \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |   \
     LANDLOCK_TRUNCATE)

/* The rights that this kernel can enforce; 0 where it has no Landlock. */
static uint64_t landlock_rights(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return 0;
    }
    uint64_t rights = LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_NEVER;
    return version >= 3 ? rights : rights & ~LANDLOCK_TRUNCATE;
}

static bool landlock_allow(int ruleset, const char *path, uint64_t rights, struct err *e)
{
    struct stat st = {0};
    int beneath = open(path, O_PATH | O_CLOEXEC);
    if (beneath < 0 || fstat(beneath, &st) != 0) {
        err_errno(e, "cannot jail the process to %s", path);
        (void)close(beneath);
        return false;
    }
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = S_ISDIR(st.st_mode) ? rights : rights & LANDLOCK_OF_FILES,
        .parent_fd = beneath,
    };
    long outcome = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (outcome != 0) {
        err_errno(e, "cannot jail the process to %s", path);
    }
    (void)close(beneath);
    return outcome == 0;
}

static bool landlock_allow_list(int ruleset, const char *const *paths, uint64_t rights,
                                struct err *e)
{
    for (; paths != NULL && *paths != NULL; paths++) {
        if (!landlock_allow(ruleset, *paths, rights, e)) {
            return false;
        }
    }
    return true;
}

static bool sandbox_folders(bool *ret_enforced, const struct sandbox *plan, struct err *e)
{
    uint64_t rights = landlock_rights();
    if (rights == 0) {
        *ret_enforced = false;
        return true;
    }
    const struct landlock_ruleset_attr attribute = {.handled_access_fs = rights};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attribute, sizeof attribute, 0);
    if (ruleset < 0) {
        return err_errno(e, "cannot make a list of folders for the jail");
    }
    bool ok =
        landlock_allow_list(ruleset, plan->readable, rights & LANDLOCK_READ, e) &&
        landlock_allow_list(ruleset, plan->writable, rights & (LANDLOCK_READ | LANDLOCK_WRITE), e);
    if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        ok = err_errno(e, "cannot jail the process to its folders");
    }
    (void)close(ruleset);
    if (ok) {
        *ret_enforced = true;
    }
    return ok;
}

bool sandbox_enter(bool *ret_folders, const struct sandbox *plan, struct err *e)
{
    bool enforced = false;
    bool listed = (plan->readable != NULL && plan->readable[0] != NULL) ||
                  (plan->writable != NULL && plan->writable[0] != NULL);
    bool opens = plan->profile != SANDBOX_CORE || listed;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return err_errno(e, "cannot give up new privileges");
    }
    if (!sandbox_folders(&enforced, plan, e) || !sandbox_filter(plan, opens, e)) {
        return false;
    }
    *ret_folders = enforced;
    return true;
}
