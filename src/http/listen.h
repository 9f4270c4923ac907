/*
 * The listening socket.
 */
#ifndef SEALWARD_HTTP_LISTEN_H
#define SEALWARD_HTTP_LISTEN_H

#include "base/auto.h"
#include "base/err.h"

/* Listens at "ADDRESS:PORT" or "[ADDRESS]:PORT", numbers only; port 0 lets the system choose.
 * Gives the descriptor and the port. */
CHECKED bool listen_open(int *ret_fd, int *ret_port, const char *place, struct err *e);

#endif
