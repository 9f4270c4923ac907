#include "service/bell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool bell_init(struct bell *b, struct err *e)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return err_errno(e, "cannot make an eventfd");
    b->fd = fd;
    return true;
}

void bell_done(struct bell *b)
{
    if (b != NULL && b->fd >= 0)
        (void)close(b->fd);
}

void bell_ring(struct bell *b)
{
    uint64_t one = 1;
    /* Fails only if the counter is full, and then it rings already. */
    ssize_t written = write(b->fd, &one, sizeof one);
    (void)written;
}

void bell_clear(struct bell *b)
{
    uint64_t count;
    ssize_t taken = read(b->fd, &count, sizeof count);
    (void)taken;
}

void bell_wait(struct bell *b, int64_t milliseconds)
{
    struct pollfd fd = {.fd = b->fd, .events = POLLIN};
    int limit = milliseconds < 0 ? 0 : milliseconds > 3600000 ? 3600000 : (int)milliseconds;
    if (poll(&fd, 1, limit) > 0)
        bell_clear(b);
}
