/*
 * Running ssh-keygen, the real peer of the SSH formats, in a folder that is removed afterwards.
 */
#ifndef SEALWARD_TESTS_UNIT_PKI_PEER_H
#define SEALWARD_TESTS_UNIT_PKI_PEER_H

#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEER "/usr/bin/ssh-keygen"

extern char **environ;

static char peer_home[] = "/tmp/sealward-peer-test.XXXXXX";

static inline int peer_setup(void **state)
{
    (void)state;
    return mkdtemp(peer_home) != NULL && chdir(peer_home) == 0 ? 0 : -1;
}

static inline int peer_teardown(void **state)
{
    static const char *const files[] = {"key",    "key.pub",  "message", "message.sig",
                                        "output", "ours.sig", "errors"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(files[i]);
    return chdir("/") == 0 ? rmdir(peer_home) : -1;
}

/* Runs it with these arguments, NULL at the end; returns its exit status. */
static inline int peer_run(const char *input, const char *output, const char *const *arguments)
{
    char *argv[24] = {(char[]){PEER}};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(i + 2 < sizeof argv / sizeof argv[0]);
        argv[i + 1] = strdup(arguments[i]);
    }
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, "errors", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(posix_spawn(&pid, PEER, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (size_t i = 1; argv[i] != NULL; i++)
        free(argv[i]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void peer_file_write(const char *name, struct bytes bytes)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

/* Empties `ret` and fills it with the file. */
static inline struct bytes peer_file_read(struct buf *ret, const char *name)
{
    struct err e;
    buf_reset(ret);
    ok_call(file_read(ret, name, FILE_REGULAR, &e), e);
    return buf_bytes(ret);
}

#endif
