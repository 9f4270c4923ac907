#include "http/connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct connection {
    int fd; /* -1: free */
    int64_t until_ms;
};

struct connections {
    pthread_mutex_t lock;
    size_t most;
    struct connection places[];
};

bool connections_new(struct connections **ret, size_t most, struct err *e)
{
    struct connections *c = calloc(1, sizeof *c + most * sizeof c->places[0]);
    if (c == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for connections");
    (void)pthread_mutex_init(&c->lock, NULL);
    c->most = most;
    for (size_t i = 0; i < most; i++)
        c->places[i].fd = -1;
    *ret = c;
    return true;
}

void connections_free(struct connections *c)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

struct connection *connections_open(struct connections *c, int fd, int64_t now_ms)
{
    struct connection *found = NULL;
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->most && found == NULL; i++)
        if (c->places[i].fd < 0)
            found = &c->places[i];
    if (found != NULL)
        *found = (struct connection){.fd = fd, .until_ms = now_ms + CONNECTIONS_HEADER_MS};
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

void connections_close(struct connections *c, struct connection *one)
{
    if (one == NULL)
        return;
    (void)pthread_mutex_lock(&c->lock);
    one->fd = -1;
    (void)pthread_mutex_unlock(&c->lock);
}

static void connection_set(struct connections *c, struct connection *one, int64_t until_ms)
{
    if (one == NULL)
        return;
    (void)pthread_mutex_lock(&c->lock);
    one->until_ms = until_ms;
    (void)pthread_mutex_unlock(&c->lock);
}

void connections_busy(struct connections *c, struct connection *one, int64_t now_ms)
{
    connection_set(c, one, now_ms + CONNECTIONS_CALL_MS);
}

void connections_idle(struct connections *c, struct connection *one, int64_t now_ms)
{
    connection_set(c, one, now_ms + CONNECTIONS_HEADER_MS);
}

void connections_tend(struct connections *c, int64_t now_ms)
{
    (void)pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->most; i++)
        if (c->places[i].fd >= 0 && now_ms >= c->places[i].until_ms) {
            /* The server sees its end and closes it. */
            (void)shutdown(c->places[i].fd, SHUT_RDWR);
            c->places[i].until_ms = INT64_MAX;
        }
    (void)pthread_mutex_unlock(&c->lock);
}
