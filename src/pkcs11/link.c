#include "pkcs11/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/module.h"

static bool link_ours(const struct link *l)
{
    struct stat st;
    return l->fd >= 0 && fstat(l->fd, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == l->device &&
           st.st_ino == l->inode;
}

void link_close(struct link *l)
{
    if (link_ours(l))
        (void)close(l->fd);
    *l = LINK_NONE;
}

bool link_usable(const struct link *l)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    return link_ours(l) && poll(&p, 1, 0) == 0;
}

static bool address_make(struct sockaddr_un *ret, struct err *e)
{
    const char *path = secure_getenv("SEALWARD_HELPER");
    if (path == NULL)
        return err_set(e, ERR_NOT_FOUND, "SEALWARD_HELPER is not set");
    size_t size = strlen(path);
    if (path[0] != '/' || size >= sizeof ret->sun_path)
        return err_set(e, ERR_NOT_FOUND, "SEALWARD_HELPER is not the absolute path of a socket");
    memset(ret, 0, sizeof *ret);
    ret->sun_family = AF_UNIX;
    memcpy(ret->sun_path, path, size);
    return true;
}

/* A host may run with its standard descriptors closed; what it prints must not go to the helper. */
static int socket_above_standard(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return higher;
}

/* Waits for a place in the helper's queue no longer than for an answer. */
static bool socket_connect(int fd, const struct sockaddr_un *address, struct err *e)
{
    struct timeval limit = {.tv_sec = LINK_SILENCE_MS / 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
        return err_errno(e, "cannot limit the wait for the helper");
    int rc;
    do
        rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
    while (rc != 0 && errno == EINTR);
    if (rc != 0)
        return err_errno(e, "cannot connect to the helper at %s", address->sun_path);
    return true;
}

static bool link_connect(struct link *ret, struct err *e)
{
    struct sockaddr_un address;
    struct stat st;
    if (!address_make(&address, e))
        return false;
    int fd = socket_above_standard();
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    bool ok = socket_connect(fd, &address, e);
    if (ok && fstat(fd, &st) != 0)
        ok = err_errno(e, "cannot look at the socket");
    if (!ok) {
        (void)close(fd);
        return false;
    }
    *ret = (struct link){.fd = fd, .device = st.st_dev, .inode = st.st_ino};
    return true;
}

static void pad(unsigned char *ret, size_t size, struct bytes text)
{
    memset(ret, ' ', size);
    memcpy(ret, text.data, text.size < size ? text.size : size);
}

static bool link_greet(struct link *l, struct link_token *ret, struct err *e)
{
    AUTO_VALUE(frame_reader) answer = FRAME_READER(MODULE_ANSWER_FRAME_MAX);
    AUTO_VALUE(buf) out = BUF(MODULE_REQUEST_FRAME_MAX);
    struct frame frame;
    struct module_welcome welcome;
    module_hello_put(&out, &(struct module_hello){.version = MODULE_VERSION});
    if (!buf_ok(&out, "the greeting", e) ||
        !link_ask(l, buf_bytes(&out), LINK_SILENCE_MS, &answer, &frame, e))
        return false;
    if (frame.type != MODULE_WELCOME)
        return err_set(e, ERR_INPUT, "the helper does not welcome this module");
    if (!module_welcome_parse(&welcome, frame.payload, e))
        return false;
    if (welcome.version != MODULE_VERSION)
        return err_set(e, ERR_INPUT, "the helper speaks version %u", welcome.version);
    pad(ret->label, sizeof ret->label, welcome.label);
    pad(ret->serial, sizeof ret->serial, welcome.serial);
    return true;
}

bool link_open(struct link *ret, struct link_token *ret_token, struct err *e)
{
    struct link l;
    if (!link_connect(&l, e))
        return false;
    if (!link_greet(&l, ret_token, e)) {
        link_close(&l);
        return false;
    }
    *ret = l;
    return true;
}

bool link_send(struct link *l, struct bytes frames, struct err *e)
{
    if (!link_ours(l))
        return err_set(e, ERR_IO, "the host has closed the helper's socket");
    return frame_send(l->fd, frames, LINK_SILENCE_MS, e);
}

bool link_ask(struct link *l, struct bytes frames, int silence_ms, struct frame_reader *answer,
              struct frame *ret, struct err *e)
{
    struct frame frame;
    if (!link_send(l, frames, e) || !frame_receive(answer, l->fd, silence_ms, &frame, e))
        return false;
    if (!frame_reader_empty(answer))
        return err_set(e, ERR_INPUT, "the helper has sent more than one answer");
    *ret = frame;
    return true;
}

struct link pool_take(struct pool *p)
{
    while (p->count > 0) {
        struct link l = p->idle[--p->count];
        if (link_usable(&l))
            return l;
        link_close(&l);
    }
    return LINK_NONE;
}

void pool_give(struct pool *p, struct link *l)
{
    if (l->fd >= 0 && p->count < POOL_SIZE) {
        p->idle[p->count++] = *l;
        *l = LINK_NONE;
    }
    link_close(l);
}

void pool_close(struct pool *p)
{
    while (p->count > 0)
        link_close(&p->idle[--p->count]);
}
