#include "mock/control.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *control_path(char ret[CONTROL_PATH_MAX], const char *name)
{
    const char *folder = getenv("MOCK_DIR");
    (void)snprintf(ret, CONTROL_PATH_MAX, "%s/%s", folder == NULL ? "/nonexistent" : folder, name);
    return ret;
}

bool control_has(const char *name)
{
    char path[CONTROL_PATH_MAX];
    return access(control_path(path, name), F_OK) == 0;
}

static bool line_read(char *ret, size_t room, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, ret, room - 1);
    (void)close(fd);
    ret[n > 0 ? n : 0] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    return n > 0;
}

static void call_count(const char *function)
{
    char name[64];
    char path[CONTROL_PATH_MAX];
    (void)snprintf(name, sizeof name, "count-%s", function);
    int fd = open(control_path(path, name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)!write(fd, ".", 1);
    (void)close(fd);
}

static bool order_find(char *ret, size_t room, const char *function)
{
    char name[64];
    char path[CONTROL_PATH_MAX];
    (void)snprintf(name, sizeof name, "do-%s.once", function);
    if (line_read(ret, room, control_path(path, name)) && unlink(path) == 0)
        return true;
    (void)snprintf(name, sizeof name, "do-%s", function);
    return line_read(ret, room, control_path(path, name));
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

bool control_obey(CK_RV *ret_rv, const char *function, size_t *ret_length, bool *ret_after)
{
    char order[128];
    unsigned long number = 0;
    call_count(function);
    if (!order_find(order, sizeof order, function))
        return false;
    if (starts(order, "crash"))
        abort();
    while (starts(order, "hang"))
        (void)pause();
    if (starts(order, "after") && ret_after != NULL)
        *ret_after = true;
    if (starts(order, "length ") && ret_length != NULL && sscanf(order + 7, "%lu", &number) == 1)
        *ret_length = number;
    if (starts(order, "act ")) {
        *ret_rv = act_try(order + 4);
        return true;
    }
    if (starts(order, "fail ") && sscanf(order + 5, "%lx", &number) == 1) {
        *ret_rv = number;
        return true;
    }
    return false;
}
