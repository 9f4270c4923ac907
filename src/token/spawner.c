#include "token/spawner.h"

#include "base/clock.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "token/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIN_MAX 256
#define START_MS 30000 /* a worker that is not ready by then is killed */
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000
#define FAREWELL_MS 2000 /* for workers to end by themselves when the core has gone */
#define PATHS_MAX 64

/* One place for a worker of a token, filled again and again. */
struct place {
    size_t token;
    pid_t pid;         /* 0: empty */
    int pidfd;         /* readable when the worker is dead */
    int ready;         /* pipe from the worker; -1 once it has said that it is ready */
    int64_t at;        /* when it was started, or may be started next */
    unsigned failures; /* in a row, before being ready */
};

struct spawner {
    const struct pool_config *config;
    int socket;
    pid_t self;
    struct secret *pins[POOL_TOKENS_MAX];
    bool refused[POOL_TOKENS_MAX];
    struct place places[POOL_WORKERS_MAX];
    size_t place_count;
};

/* --- notices --- */

/* Blocks when the core does not read: a spawner has nothing better to do. */
static bool notice_send(const struct spawner *s, const struct spawner_notice *notice,
                        int descriptor)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct spawner_notice copy = *notice;
    struct iovec part = {.iov_base = &copy, .iov_len = sizeof copy};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    }
    return sendmsg(s->socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof copy;
}

static _Noreturn void spawner_fail(const struct spawner *s, size_t token, const struct err *why)
{
    struct spawner_notice notice = {.event = SPAWNER_FAILED, .token = (uint32_t)token};
    (void)snprintf(notice.reason, sizeof notice.reason, "%.200s%s%.100s", why->message,
                   why->cause[0] != '\0' ? ": " : "", why->cause);
    (void)notice_send(s, &notice, -1);
    _exit(1);
}

static void descriptor_take(int *ret, struct msghdr *message)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
            head->cmsg_len == CMSG_LEN(sizeof *ret))
            memcpy(ret, CMSG_DATA(head), sizeof *ret);
}

bool spawner_receive(struct spawner_notice *ret, int *ret_descriptor, bool *ret_found, int socket,
                     struct err *e)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct spawner_notice notice;
    struct iovec part = {.iov_base = &notice, .iov_len = sizeof notice};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t n;
    do
        n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        *ret_found = false;
        return true;
    }
    if (n != (ssize_t)sizeof notice)
        return err_set(e, ERR_STATE, "the process that starts the token's workers has ended");
    int descriptor = -1;
    descriptor_take(&descriptor, &message);
    *ret = notice;
    *ret_descriptor = descriptor;
    *ret_found = true;
    return true;
}

bool spawner_notice_error(struct err *e, const struct spawner_notice *notice)
{
    if (!WIFSIGNALED(notice->status))
        return err_set(e, ERR_TOKEN, "a worker of the token ended with exit code %d",
                       WEXITSTATUS(notice->status));
    int number = WTERMSIG(notice->status);
    err_set(e, ERR_TOKEN, "a worker of the token was ended by signal %d (%s)", number,
            strsignal(number));
    return number == SIGSYS ? err_hint(e, "the module tried what its jail forbids") : false;
}

bool spawner_kill(int socket, pid_t worker, struct err *e)
{
    int32_t pid = worker;
    if (send(socket, &pid, sizeof pid, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof pid)
        return true;
    return err_errno(e, "cannot ask for the end of worker %d", (int)worker);
}

/* --- starting workers --- */

static void pins_forget(struct spawner *s, size_t but)
{
    for (size_t i = 0; i < s->config->token_count; i++)
        if (i != but) {
            secret_free(s->pins[i]);
            s->pins[i] = NULL;
        }
}

/* In the new process. Its parent may have died before it could ask to die with it. */
static _Noreturn void worker_become(struct spawner *s, const struct place *place, int socket,
                                    int ready)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != s->self)
        _exit(WORKER_EXIT_FAILED);
    pins_forget(s, place->token);
    const struct pool_token *token = &s->config->tokens[place->token];
    const struct worker_config config = {
        .module = token->module,
        .token = token->token,
        .environment = token->environment,
        .readable = token->readable,
        .writable = token->writable,
        .network = token->network,
        .pin = s->pins[place->token],
    };
    worker_run(&config, socket, ready);
}

/* The ends of what a worker is joined by; -1 where there is none. */
struct joints {
    int core;
    int worker;
    int read;
    int write;
};

static void joints_done(struct joints *j)
{
    const int all[] = {j->core, j->worker, j->read, j->write};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] >= 0)
            (void)close(all[i]);
}
AUTO_DONE(joints)

static bool joints_make(struct joints *j)
{
    int sockets[2];
    int pipes[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return false;
    j->core = sockets[0];
    j->worker = sockets[1];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    j->read = pipes[0];
    j->write = pipes[1];
    return true;
}

static bool place_start(struct spawner *s, struct place *place)
{
    AUTO_VALUE(joints) j = {.core = -1, .worker = -1, .read = -1, .write = -1};
    if (!joints_make(&j))
        return false;
    pid_t pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0)
        worker_become(s, place, j.worker, j.write);
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return false;
    }
    place->pid = pid;
    place->pidfd = pidfd;
    place->ready = j.read;
    place->at = clock_monotonic_ms();
    j.read = -1;
    const struct spawner_notice notice = {
        .event = SPAWNER_STARTED, .token = (uint32_t)place->token, .pid = pid};
    return notice_send(s, &notice, j.core);
}

static int64_t pause_ms(unsigned failures)
{
    unsigned doublings = failures > 6 ? 6 : failures - 1;
    int64_t pause = (int64_t)PAUSE_MIN_MS << doublings;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void place_delay(struct place *place)
{
    place->failures++;
    place->at = clock_monotonic_ms() + pause_ms(place->failures);
}

/* While no worker of a token is ready, only one is on its way. */
static bool place_may_start(const struct spawner *s, const struct place *place)
{
    if (place->pid != 0 || s->refused[place->token] || place->at > clock_monotonic_ms())
        return false;
    bool starting = false;
    for (size_t i = 0; i < s->place_count; i++) {
        const struct place *other = &s->places[i];
        if (other->token != place->token || other->pid == 0)
            continue;
        if (other->ready < 0)
            return true;
        starting = true;
    }
    return !starting;
}

static void workers_start(struct spawner *s)
{
    for (size_t i = 0; i < s->place_count; i++)
        if (place_may_start(s, &s->places[i]) && !place_start(s, &s->places[i]))
            place_delay(&s->places[i]);
}

/* --- watching workers --- */

static void place_ready(struct place *place)
{
    char byte;
    if (read(place->ready, &byte, 1) == 1)
        place->failures = 0;
    else
        return; /* it has died; its pidfd tells */
    (void)close(place->ready);
    place->ready = -1;
}

static void place_reap(struct spawner *s, struct place *place)
{
    int status = 0;
    (void)waitpid(place->pid, &status, 0);
    bool was_ready = place->ready < 0;
    bool refused = WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_REFUSED;
    const struct spawner_notice notice = {
        .event = refused ? SPAWNER_REFUSED : SPAWNER_ENDED,
        .token = (uint32_t)place->token,
        .pid = place->pid,
        .status = status,
    };
    (void)close(place->pidfd);
    if (!was_ready)
        (void)close(place->ready);
    place->pid = 0;
    place->ready = -1;
    if (refused)
        s->refused[place->token] = true;
    if (was_ready)
        place->at = 0;
    else
        place_delay(place);
    (void)notice_send(s, &notice, -1);
}

static void late_kill(const struct spawner *s)
{
    int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i < s->place_count; i++) {
        const struct place *place = &s->places[i];
        if (place->pid != 0 && place->ready >= 0 && place->at + START_MS < now)
            (void)kill(place->pid, SIGKILL);
    }
}

/* An order names one of the spawner's own workers, or does nothing. */
static void order_obey(const struct spawner *s, int32_t pid)
{
    for (size_t i = 0; i < s->place_count; i++)
        if (s->places[i].pid != 0 && s->places[i].pid == pid)
            (void)kill(pid, SIGKILL);
}

/* False when the core has gone. */
static bool orders_take(const struct spawner *s)
{
    for (;;) {
        int32_t pid;
        ssize_t n = recv(s->socket, &pid, sizeof pid, MSG_DONTWAIT);
        if (n == (ssize_t)sizeof pid)
            order_obey(s, pid);
        else
            return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    }
}

#define FDS_MAX (1 + 2 * POOL_WORKERS_MAX)

/* The control socket, then two rows a place; poll passes over rows whose descriptor is negative. */
static void watch(const struct spawner *s, struct pollfd fds[FDS_MAX], int timeout_ms)
{
    fds[0] = (struct pollfd){.fd = s->socket, .events = POLLIN};
    for (size_t i = 0; i < s->place_count; i++) {
        const struct place *place = &s->places[i];
        bool there = place->pid != 0;
        fds[1 + 2 * i] = (struct pollfd){.fd = there ? place->ready : -1, .events = POLLIN};
        fds[2 + 2 * i] = (struct pollfd){.fd = there ? place->pidfd : -1, .events = POLLIN};
    }
    (void)poll(fds, (nfds_t)(1 + 2 * s->place_count), timeout_ms);
}

static void places_attend(struct spawner *s, const struct pollfd fds[FDS_MAX])
{
    for (size_t i = 0; i < s->place_count; i++) {
        if ((fds[1 + 2 * i].revents & POLLIN) != 0)
            place_ready(&s->places[i]);
        if (fds[2 + 2 * i].revents != 0)
            place_reap(s, &s->places[i]);
    }
}

/* The sooner of the next start and the next check for a start that takes too long. */
static int next_ms(const struct spawner *s)
{
    int64_t now = clock_monotonic_ms();
    int64_t wait = -1;
    for (size_t i = 0; i < s->place_count; i++) {
        const struct place *place = &s->places[i];
        if (place->pid != 0 ? place->ready < 0 : s->refused[place->token])
            continue;
        int64_t at = place->pid != 0 ? place->at + START_MS + 1 : place->at;
        int64_t ms = at > now ? at - now : place->pid != 0 ? 0 : START_MS;
        wait = wait < 0 || ms < wait ? ms : wait;
    }
    return (int)wait;
}

/* The core has closed the workers' sockets too, so they end by themselves if they can. */
static _Noreturn void farewell(struct spawner *s)
{
    int64_t end = clock_monotonic_ms() + FAREWELL_MS;
    for (size_t i = 0; i < s->place_count; i++) {
        const struct place *place = &s->places[i];
        if (place->pid == 0)
            continue;
        struct pollfd dead = {.fd = place->pidfd, .events = POLLIN};
        int64_t left = end - clock_monotonic_ms();
        if (poll(&dead, 1, left > 0 ? (int)left : 0) != 1)
            (void)kill(place->pid, SIGKILL);
        (void)waitpid(place->pid, NULL, 0);
    }
    pins_forget(s, POOL_TOKENS_MAX);
    _exit(0);
}

/* --- the process --- */

static void pins_read(struct spawner *s)
{
    for (size_t i = 0; i < s->config->token_count; i++) {
        const struct pool_token *token = &s->config->tokens[i];
        char what[64];
        struct err e;
        (void)snprintf(what, sizeof what, "PIN of token %.32s", token->token);
        if (!secret_from_descriptor(&s->pins[i], token->pin, PIN_MAX, what, &e))
            spawner_fail(s, i, &e);
        (void)close(token->pin);
    }
}

/* Everything that one of the workers may touch: a jail can only become narrower. */
struct paths {
    const char *list[PATHS_MAX + 1];
    size_t count;
};

static bool paths_add(struct paths *all, const char *const *some, struct err *e)
{
    for (; some != NULL && *some != NULL; some++) {
        if (all->count == PATHS_MAX)
            return err_set(e, ERR_LIMIT, "more than %d files and folders for tokens", PATHS_MAX);
        all->list[all->count++] = *some;
    }
    return true;
}

static bool spawner_jail(const struct spawner *s, struct err *e)
{
    struct paths readable = {.count = 0};
    struct paths writable = {.count = 0};
    struct sandbox plan = {.profile = SANDBOX_SPAWNER};
    for (size_t i = 0; i < s->config->token_count; i++) {
        const struct pool_token *token = &s->config->tokens[i];
        if (!paths_add(&readable, token->readable, e) || !paths_add(&writable, token->writable, e))
            return false;
        plan.network = plan.network || token->network;
    }
    plan.readable = readable.list;
    plan.writable = writable.list;
    bool folders = false;
    return sandbox_enter(&folders, &plan, e);
}

/* Standard input and output become the error output, so that no file of a module's ever gets their
 * numbers and with them what the module prints. */
static bool spawner_close_others(const struct spawner *s, struct err *e)
{
    int keep[4 + POOL_TOKENS_MAX] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, s->socket};
    for (size_t i = 0; i < s->config->token_count; i++)
        keep[4 + i] = s->config->tokens[i].pin;
    if (dup2(STDERR_FILENO, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return err_errno(e, "the spawner needs a standard error output");
    return sandbox_close_others(keep, 4 + s->config->token_count, e);
}

/* A service manager or a terminal signals the whole group at once; but the core has to finish what
 * it admitted, and needs its workers for that. They end when it closes their sockets. */
static void signals_settle(void)
{
    sigset_t none;
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void places_lay_out(struct spawner *s)
{
    for (size_t i = 0; i < s->config->token_count; i++)
        for (unsigned k = 0; k < s->config->tokens[i].workers; k++)
            s->places[s->place_count++] = (struct place){.token = i, .pidfd = -1, .ready = -1};
}

/* The core's end is the only other one: when the core dies the socket closes and this process
 * ends. */
static _Noreturn void spawner_run(const struct pool_config *config, int socket)
{
    struct spawner s = {.config = config, .socket = socket, .self = getpid()};
    struct err e;
    signals_settle();
    (void)prctl(PR_SET_NAME, "sealward-spawn");
    if (!sandbox_no_dumps(&e) || !spawner_close_others(&s, &e))
        spawner_fail(&s, 0, &e);
    pins_read(&s);
    if (!spawner_jail(&s, &e))
        spawner_fail(&s, 0, &e);
    places_lay_out(&s);
    for (;;) {
        struct pollfd fds[FDS_MAX];
        workers_start(&s);
        watch(&s, fds, next_ms(&s));
        places_attend(&s, fds);
        late_kill(&s);
        if (fds[0].revents != 0 && !orders_take(&s))
            farewell(&s);
    }
}

static bool config_check(const struct pool_config *config, struct err *e)
{
    unsigned workers = 0;
    if (config->token_count == 0 || config->token_count > POOL_TOKENS_MAX)
        return err_set(e, ERR_INPUT, "1 to %d tokens can be served, not %zu", POOL_TOKENS_MAX,
                       config->token_count);
    for (size_t i = 0; i < config->token_count; i++) {
        unsigned more = config->tokens[i].workers;
        if (more == 0 || more > POOL_WORKERS_MAX - workers)
            return err_set(e, ERR_INPUT, "tokens need 1 to %d workers in all", POOL_WORKERS_MAX);
        workers += more;
    }
    if (config->tries == 0 || config->tries > 10)
        return err_set(e, ERR_INPUT, "a job has 1 to 10 tries, not %u", config->tries);
    if (config->job_ms < 100 || config->job_ms > 600000)
        return err_set(e, ERR_INPUT, "a job has 100 to 600000 ms, not %d", config->job_ms);
    return true;
}

bool spawner_start(int *ret_socket, pid_t *ret_pid, const struct pool_config *config, struct err *e)
{
    int sockets[2];
    if (!config_check(config, e))
        return false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return err_errno(e, "cannot make a socket for the spawner");
    pid_t pid = fork();
    if (pid == 0)
        spawner_run(config, sockets[1]);
    (void)close(sockets[1]);
    if (pid < 0) {
        (void)close(sockets[0]);
        return err_errno(e, "cannot start the spawner");
    }
    for (size_t i = 0; i < config->token_count; i++)
        (void)close(config->tokens[i].pin);
    *ret_socket = sockets[0];
    *ret_pid = pid;
    return true;
}
