#include "wire/frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { FILL_SIZE = 65536 };

void frame_put(struct buf *out, uint8_t type, struct bytes payload)
{
    size_t start = frame_begin(out, type);
    buf_put(out, payload);
    frame_end(out, start);
}

size_t frame_begin(struct buf *out, uint8_t type)
{
    size_t start = out->size;
    buf_put_u32(out, 0);
    buf_put_u8(out, type);
    return start;
}

void frame_end(struct buf *out, size_t start)
{
    if (out->failed)
        return;
    size_t size = out->size - start - FRAME_HEADER_SIZE;
    if (size > UINT32_MAX) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < 4; i++)
        out->data[start + i] = (uint8_t)(size >> (8 * (3 - i)));
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* Sends what the socket takes now; *ret_sent is 0 if that is nothing. */
static bool send_some(int fd, struct bytes bytes, size_t *ret_sent, struct err *e)
{
    ssize_t n;
    do
        n = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && !would_wait())
        return err_errno(e, "cannot send to the other side of the socket");
    *ret_sent = n < 0 ? 0 : (size_t)n;
    return true;
}

bool frame_flush(struct buf *out, int fd, struct err *e)
{
    size_t sent = 0;
    if (out->size > 0 && !send_some(fd, buf_bytes(out), &sent, e))
        return false;
    buf_drop(out, sent);
    return true;
}

void frame_reader_done(struct frame_reader *r)
{
    if (r != NULL)
        buf_done(&r->in);
}

bool frame_fill(struct frame_reader *r, int fd, bool *ret_closed, struct err *e)
{
    buf_drop(&r->in, r->taken);
    r->taken = 0;
    size_t before = r->in.size;
    uint8_t *place = buf_grow(&r->in, FILL_SIZE);
    if (place == NULL)
        return buf_ok(&r->in, "what the other side of the socket has sent", e);
    ssize_t n;
    do
        n = recv(fd, place, FILL_SIZE, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    r->in.size = before + (n > 0 ? (size_t)n : 0);
    if (n < 0 && !would_wait())
        return err_errno(e, "cannot receive from the other side of the socket");
    *ret_closed = n == 0;
    return true;
}

bool frame_next(struct frame_reader *r, struct frame *ret, bool *ret_found, struct err *e)
{
    struct bytes rest = bytes_make(r->in.data, r->in.size);
    if (r->taken > 0) {
        rest.data += r->taken;
        rest.size -= r->taken;
    }
    if (rest.size < FRAME_HEADER_SIZE) {
        *ret_found = false;
        return true;
    }
    size_t size = (size_t)rest.data[0] << 24 | (size_t)rest.data[1] << 16 |
                  (size_t)rest.data[2] << 8 | rest.data[3];
    if (size > r->max_payload)
        return err_set(e, ERR_LIMIT, "a frame of %zu bytes is announced, the limit is %zu", size,
                       r->max_payload);
    *ret_found = rest.size - FRAME_HEADER_SIZE >= size;
    if (!*ret_found)
        return true;
    ret->type = rest.data[4];
    ret->payload = bytes_make(rest.data + FRAME_HEADER_SIZE, size);
    r->taken += FRAME_HEADER_SIZE + size;
    return true;
}

bool frame_reader_empty(const struct frame_reader *r)
{
    return r->in.size == r->taken;
}

/* True when the socket is ready, or has an error that the next send or receive will name. */
static bool wait_ready(int fd, short events, int silence_ms, struct err *e)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do
        n = poll(&p, 1, silence_ms);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(e, "cannot wait for the other side of the socket");
    if (n == 0)
        return err_set(e, ERR_BUSY, "the other side of the socket has been silent for %d ms",
                       silence_ms);
    return true;
}

bool frame_send(int fd, struct bytes bytes, int silence_ms, struct err *e)
{
    while (bytes.size > 0) {
        size_t sent;
        if (!send_some(fd, bytes, &sent, e))
            return false;
        if (sent == 0 && !wait_ready(fd, POLLOUT, silence_ms, e))
            return false;
        bytes.data += sent;
        bytes.size -= sent;
    }
    return true;
}

bool frame_receive(struct frame_reader *r, int fd, int silence_ms, struct frame *ret, struct err *e)
{
    for (;;) {
        bool found;
        if (!frame_next(r, ret, &found, e))
            return false;
        if (found)
            return true;
        bool closed = false;
        if (!wait_ready(fd, POLLIN, silence_ms, e) || !frame_fill(r, fd, &closed, e))
            return false;
        if (closed)
            return err_set(e, ERR_IO, "the other side has closed the socket%s",
                           frame_reader_empty(r) ? "" : " in the middle of a frame");
    }
}
