#include "unit/ok.h"

#include "unit/token/place.h"

#include "base/file.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *place_path(const struct place *p, const char *name)
{
    static char paths[4][PLACE_PATH_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", p->folder, name);
    return path;
}

int place_run(const char *const *argv)
{
    union {
        const char *const *given;
        char *const *taken;
    } args = {.given = argv};
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        (void)dup2(null, STDOUT_FILENO);
        (void)execvp(argv[0], args.taken);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void place_make(struct place *p)
{
    memset(p, 0, sizeof *p);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/sealward-token-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->environment[0] = p->setting;
    p->writable[0] = p->folder;
    p->readable[0] = "/usr";
    p->readable[1] = "/lib";
    p->readable[2] = "/etc/ssl";
}

void place_softhsm(struct place *p)
{
    char text[PLACE_PATH_MAX * 2];
    place_make(p);
    assert_int_equal(mkdir(place_path(p, "tokens"), 0700), 0);
    (void)snprintf(text, sizeof text,
                   "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
                   place_path(p, "tokens"));
    place_write(p, "softhsm2.conf", text);
    (void)snprintf(p->setting, sizeof p->setting, "SOFTHSM2_CONF=%s",
                   place_path(p, "softhsm2.conf"));
    assert_int_equal(setenv("SOFTHSM2_CONF", place_path(p, "softhsm2.conf"), 1), 0);
    p->module = PLACE_SOFTHSM;
    const char *const argv[] = {
        "softhsm2-util", "--init-token", "--free",   "--label",       PLACE_LABEL,
        "--pin",         PLACE_PIN,      "--so-pin", "tramway-74917", NULL};
    assert_int_equal(place_run(argv), 0);
}

void place_mock(struct place *p)
{
    place_make(p);
    (void)snprintf(p->setting, sizeof p->setting, "MOCK_DIR=%s", p->folder);
    assert_int_equal(setenv("MOCK_DIR", p->folder, 1), 0);
    p->module = MOCK_MODULE;
    p->readable[3] = MOCK_MODULE;
    place_write(p, "pin", PLACE_PIN);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts;
    (void)kind;
    (void)where;
    return remove(path);
}

void place_remove(struct place *p)
{
    (void)nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void place_write(const struct place *p, const char *name, const char *text)
{
    struct err e;
    ok_call(file_replace_view(place_path(p, name), bytes_text(text), 0600, &e), e);
}

void place_delete(const struct place *p, const char *name)
{
    struct err e;
    ok_call(file_remove(place_path(p, name), &e), e);
}

size_t place_count(const struct place *p, const char *name)
{
    struct stat facts;
    return stat(place_path(p, name), &facts) == 0 ? (size_t)facts.st_size : 0;
}

struct secret *place_pin(const char *pin)
{
    struct secret *secret = NULL;
    struct err e;
    ok_call(secret_new(&secret, strlen(pin), &e), e);
    memcpy(secret_data(secret), pin, strlen(pin));
    return secret;
}

int place_pin_descriptor(const char *pin)
{
    int fd = memfd_create("pin", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, pin, strlen(pin)), strlen(pin));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

struct pool_config place_config(const struct place *p, unsigned workers)
{
    return (struct pool_config){
        .tokens = {{.module = p->module,
                    .token = PLACE_LABEL,
                    .pin = place_pin_descriptor(PLACE_PIN),
                    .environment = p->environment,
                    .readable = p->readable,
                    .writable = p->writable,
                    .workers = workers}},
        .token_count = 1,
        .tries = 3,
        .job_ms = 20000,
    };
}
