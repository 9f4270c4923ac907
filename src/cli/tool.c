#include "cli/tool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

static void signals_fill(sigset_t *ret)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD};
    (void)sigemptyset(ret);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaddset(ret, numbers[i]);
}

/* In the child. */
static void tool_become(char *const *words, char *const *environment, const sigset_t *ours)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, ours, NULL);
    (void)execvpe(words[0], words, environment);
    _exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL + WTERMSIG(status);
}

/* Until the child has ended. */
static bool tool_watch(int *ret_code, pid_t pid, int signals, struct err *e)
{
    for (;;) {
        struct signalfd_siginfo info;
        int status = 0;
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            *ret_code = code_of(status);
            return true;
        }
        if (ended < 0)
            return err_errno(e, "cannot wait for the tool");
        ssize_t size = read(signals, &info, sizeof info);
        if (size < 0 && errno != EINTR)
            return err_errno(e, "cannot wait for signals");
        if (size == sizeof info && info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
            (void)kill(pid, (int)info.ssi_signo);
    }
}

bool tool_run(int *ret_code, char *const *words, char *const *environment, struct err *e)
{
    sigset_t ours;
    signals_fill(&ours);
    if (sigprocmask(SIG_BLOCK, &ours, NULL) != 0)
        return err_errno(e, "cannot block signals");
    int signals = signalfd(-1, &ours, SFD_CLOEXEC);
    if (signals < 0)
        return err_errno(e, "cannot listen to signals");
    pid_t pid = fork();
    if (pid == 0)
        tool_become(words, environment, &ours);
    bool ok =
        pid > 0 ? tool_watch(ret_code, pid, signals, e) : err_errno(e, "cannot start %s", words[0]);
    (void)close(signals);
    return ok;
}
