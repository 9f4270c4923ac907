/*
 * Connections of the two sockets: accepted, filled, flushed, closed. What the frames mean is for
 * keeper/dispatch and keeper/brake.
 */
#ifndef SEALWARD_KEEPER_PEERS_H
#define SEALWARD_KEEPER_PEERS_H

#include <poll.h>

#include "keeper/keeper.h"

/* A listening Unix socket at the path, replacing a stale one; mode 0660. Made before the jail. */
CHECKED bool peers_listen(int *ret, const char *path, struct err *e);

/* The peer of that number, or NULL when it has gone. */
struct peer *peer_find(struct keeper *k, uint64_t number);
void peer_close(struct peer *peer);

/* Takes a waiting connection; one too many is closed at once. Some places are kept for officers. */
void peer_accept(struct keeper *k, int listener, bool officer);

/* Fills in what to poll for: the two listeners and every peer; returns how many. */
enum { PEERS_POLL_MAX = PEERS_MAX + 2 };
size_t peers_poll(struct keeper *k, struct pollfd fds[PEERS_POLL_MAX]);

/* Whether frames of some peer wait for its next turn: poll must not wait then. */
bool peers_more(const struct keeper *k);

/* Reads what is there from every peer that poll found ready, or whose frames wait, officers first,
 * and hands each frame to `take`. Nobody's turn lasts long enough to keep an officer waiting. */
CHECKED bool peers_read(struct keeper *k, const struct pollfd *fds, size_t count,
                        bool (*take)(struct keeper *k, struct peer *peer, const struct frame *frame,
                                     struct err *e),
                        struct err *e);

/* Sends what the sockets take. */
void peers_flush(struct keeper *k);

#endif
