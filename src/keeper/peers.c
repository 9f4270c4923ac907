#include "keeper/peers.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* Bytes of answers that may wait for a peer to read them. */
#define PEER_OUT_MAX (64u << 20)
#define PEER_OUT_ENOUGH (4u << 20)
/* How long the frames of one peer are taken before others have their turn, officers first. */
#define SLICE_MS 20
/* Places that no daemon can take, however often it connects. */
#define PLACES_OF_OFFICERS 8

bool peers_listen(int *ret, const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_LIMIT, "socket path \"%s\" is too long", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    (void)unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0660) != 0 || listen(fd, 64) != 0) {
        (void)err_errno(e, "cannot listen at \"%s\"", path);
        (void)close(fd);
        return false;
    }
    *ret = fd;
    return true;
}

struct peer *peer_find(struct keeper *k, uint64_t number)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].number == number && number != 0)
            return &k->peers[i];
    return NULL;
}

void peer_close(struct peer *peer)
{
    (void)close(peer->fd);
    frame_reader_done(&peer->in);
    buf_done(&peer->out);
    *peer = (struct peer){.number = 0, .fd = -1};
}

static struct peer *peer_free_place(struct keeper *k, bool officer)
{
    for (size_t i = officer ? 0 : PLACES_OF_OFFICERS; i < PEERS_MAX; i++)
        if (k->peers[i].number == 0)
            return &k->peers[i];
    return NULL;
}

void peer_accept(struct keeper *k, int listener, bool officer)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct peer *peer = peer_free_place(k, officer);
    if (fd < 0)
        return;
    if (peer == NULL) {
        (void)close(fd);
        return;
    }
    *peer = (struct peer){.number = ++k->peer_numbers,
                          .fd = fd,
                          .officer = officer,
                          .in = FRAME_READER(CUSTODY_PAYLOAD_MAX),
                          .out = BUF(PEER_OUT_MAX)};
}

size_t peers_poll(struct keeper *k, struct pollfd fds[PEERS_POLL_MAX])
{
    size_t count = 0;
    fds[count++] = (struct pollfd){.fd = k->brake_socket, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = k->daemon_socket, .events = POLLIN};
    for (size_t i = 0; i < PEERS_MAX; i++) {
        const struct peer *peer = &k->peers[i];
        short events = 0;
        /* Whoever does not read his answers is not listened to until he has. */
        if (peer->out.size < PEER_OUT_ENOUGH && !peer->more)
            events |= POLLIN;
        if (peer->out.size > 0)
            events |= POLLOUT;
        /* Unused places stay in, with a descriptor that poll ignores: place i is fds[2 + i]. */
        fds[count++] = (struct pollfd){.fd = peer->number == 0 ? -1 : peer->fd, .events = events};
    }
    return count;
}

bool peers_more(const struct keeper *k)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].more && k->peers[i].out.size < PEER_OUT_ENOUGH)
            return true;
    return false;
}

typedef bool frame_take(struct keeper *k, struct peer *peer, const struct frame *frame,
                        struct err *e);

/* Whole frames of the peer, as long as its turn lasts and it reads its answers. One that breaks the
 * protocol of frames is closed. */
static bool peer_frames(struct keeper *k, struct peer *peer, frame_take *take, struct err *e)
{
    uint64_t number = peer->number;
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    peer->more = true;
    while (peer->out.size < PEER_OUT_ENOUGH && clock_monotonic_ms() <= end) {
        struct frame frame;
        bool found;
        struct err broken;
        if (!frame_next(&peer->in, &frame, &found, &broken)) {
            peer_close(peer);
            return true;
        }
        if (!found) {
            peer->more = false;
            return true;
        }
        if (!take(k, peer, &frame, e))
            return false;
        if (peer->number != number)
            return true;
    }
    return true;
}

static bool peer_read(struct keeper *k, struct peer *peer, frame_take *take, struct err *e)
{
    bool closed = false;
    struct err gone;
    uint64_t number = peer->number;
    if (!peer->more && !frame_fill(&peer->in, peer->fd, &closed, &gone)) {
        peer_close(peer);
        return true;
    }
    if (!peer_frames(k, peer, take, e))
        return false;
    if (closed && peer->number == number)
        peer_close(peer);
    return true;
}

bool peers_read(struct keeper *k, const struct pollfd *fds, size_t count, frame_take *take,
                struct err *e)
{
    for (int officers = 1; officers >= 0; officers--)
        for (size_t i = 0; i < PEERS_MAX && i + 2 < count; i++) {
            struct peer *peer = &k->peers[i];
            bool came = (fds[i + 2].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
            bool ready = (came || peer->more) && peer->out.size < PEER_OUT_ENOUGH;
            if (ready && peer->number != 0 && peer->fd == fds[i + 2].fd &&
                peer->officer == (officers == 1) && !peer_read(k, peer, take, e))
                return false;
        }
    return true;
}

void peers_flush(struct keeper *k)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        struct peer *peer = &k->peers[i];
        struct err gone;
        if (peer->number != 0 && peer->out.size > 0 && !frame_flush(&peer->out, peer->fd, &gone))
            peer_close(peer);
    }
}
