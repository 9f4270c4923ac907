#include "http/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"

enum { ADDRESS_MAX = 64, BACKLOG = 1024 };

/* Splits the text at its last colon; brackets around the address go. */
static bool place_split(char address[ADDRESS_MAX], const char **ret_port, const char *place,
                        struct err *e)
{
    const char *colon = strrchr(place, ':');
    uint64_t port;
    if (colon == NULL || !text_read_number(&port, bytes_text(colon + 1), 65535, e))
        return err_set(e, ERR_INPUT, "\"%s\" is not ADDRESS:PORT", place);
    size_t size = (size_t)(colon - place);
    if (size >= 2 && place[0] == '[' && place[size - 1] == ']') {
        place++;
        size -= 2;
    }
    if (size == 0 || size >= ADDRESS_MAX)
        return err_set(e, ERR_INPUT, "\"%s\" is not ADDRESS:PORT", place);
    memcpy(address, place, size);
    address[size] = '\0';
    *ret_port = colon + 1;
    return true;
}

static bool socket_listen(int fd, const struct addrinfo *at, const char *place, struct err *e)
{
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        return err_errno(e, "cannot listen at %s", place);
    return true;
}

static bool port_get(int *ret, int fd, struct err *e)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    if (getsockname(fd, &address.any, &size) != 0)
        return err_errno(e, "cannot tell the port");
    *ret = ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
    return true;
}

bool listen_open(int *ret_fd, int *ret_port, const char *place, struct err *e)
{
    char address[ADDRESS_MAX];
    const char *port = NULL;
    struct addrinfo *found = NULL;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    if (!place_split(address, &port, place, e))
        return false;
    if (getaddrinfo(address, port, &wanted, &found) != 0)
        return err_set(e, ERR_INPUT, "\"%s\" is no numeric address", address);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 ? socket_listen(fd, found, place, e) && port_get(ret_port, fd, e)
                      : err_errno(e, "cannot make a socket");
    freeaddrinfo(found);
    if (ok) {
        *ret_fd = fd;
        return true;
    }
    if (fd >= 0)
        (void)close(fd);
    return false;
}
