#include "cli/identity_command.h"

#include "base/clock.h"
#include "base/limits.h"
#include "client/identity.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 64, COMMAND_MAX = 4096, PATIENCE_MS = 60000, EXIT_NO_COMMAND = 127 };

/* Splits in place at blanks; a place for the audience and the end is left. */
static bool words_split(char *words[WORDS_MAX], char *text, const char *audience, struct err *e)
{
    size_t count = 0;
    char *rest = text;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (count + 2 >= WORDS_MAX)
            return err_set(e, ERR_LIMIT, "the identity command has too many words");
        words[count++] = word;
    }
    if (count == 0)
        return err_set(e, ERR_INPUT, "the identity command is empty");
    words[count] = strdup(audience);
    words[count + 1] = NULL;
    return words[count] != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a command");
}

static bool start(pid_t *ret_pid, int *ret_out, char *const words[], struct err *e)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_errno(e, "cannot make a channel for the identity command");
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(ends[1], STDOUT_FILENO) >= 0)
            (void)execvp(words[0], words);
        _exit(EXIT_NO_COMMAND);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)err_errno(e, "cannot start the identity command");
        (void)close(ends[0]);
        return false;
    }
    *ret_pid = pid;
    *ret_out = ends[0];
    return true;
}

/* Everything that it prints, until it ends, has printed too much, or its time is over. */
static bool output_read(struct buf *ret, int out, struct err *e)
{
    int64_t until = clock_monotonic_ms() + PATIENCE_MS;
    for (;;) {
        uint8_t piece[4096];
        struct pollfd p = {.fd = out, .events = POLLIN};
        int64_t left = until - clock_monotonic_ms();
        int ready = poll(&p, 1, left > 0 ? (int)left : 0);
        if (ready == 0)
            return err_set(e, ERR_BUSY, "the identity command does not end");
        ssize_t n = ready > 0 ? read(out, piece, sizeof piece) : -1;
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return err_errno(e, "cannot read from the identity command");
        if (n > 0)
            buf_put(ret, bytes_make(piece, (size_t)n));
        if (!buf_ok(ret, "what the identity command prints", e))
            return false;
    }
}

static bool end_judge(pid_t pid, const char *name, struct err *e)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_errno(e, "cannot wait for the identity command");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_COMMAND)
        return err_set(e, ERR_NOT_FOUND, "the identity command \"%s\" cannot be run", name);
    return err_set(e, ERR_STATE, "the identity command \"%s\" ended with status %d", name,
                   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

bool identity_command(struct buf *ret_token, const char *command, const char *audience,
                      struct err *e)
{
    AUTO_VALUE(buf) output = BUF(LIMIT_IDENTITY_TOKEN + 1);
    char *words[WORDS_MAX] = {0};
    char text[COMMAND_MAX];
    pid_t pid = 0;
    int out = -1;
    if (strlen(command) >= sizeof text)
        return err_set(e, ERR_LIMIT, "the identity command is too long");
    memcpy(text, command, strlen(command) + 1);
    if (!words_split(words, text, audience, e))
        return false;
    size_t last = 0;
    while (words[last + 1] != NULL)
        last++;
    bool started = start(&pid, &out, words, e);
    free(words[last]);
    if (!started)
        return false;
    bool read_ok = output_read(&output, out, e);
    (void)close(out);
    if (!read_ok)
        (void)kill(pid, SIGKILL);
    struct err end;
    bool ended = end_judge(pid, words[0], read_ok ? e : &end);
    return read_ok && ended && identity_token_read(ret_token, buf_bytes(&output), e);
}
