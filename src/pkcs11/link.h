/*
 * One connection to the helper, whose socket the environment variable SEALWARD_HELPER names.
 *
 * A link is a plain value that one thread uses at a time. It remembers which socket its descriptor
 * stood for: a host that closes all descriptors and opens others (daemons do) must not have its
 * files read, written or closed by us. No signal, no output; a descriptor is never one of 0, 1, 2
 * and never goes over an exec.
 */
#ifndef SEALWARD_PKCS11_LINK_H
#define SEALWARD_PKCS11_LINK_H

#include <sys/types.h>

#include <p11-kit/pkcs11.h>

#include "wire/frame.h"

enum {
    LINK_SILENCE_MS = 30000, /* for all answers that no person has to give */
    LINK_FOR_EVER = -1,
};

struct link {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode;
};

#define LINK_NONE ((struct link){.fd = -1})

/* Who answers: as CK_TOKEN_INFO has it, padded with blanks. */
struct link_token {
    CK_UTF8CHAR label[32];
    CK_CHAR serial[16];
};

/* Connects and greets. ERR_NOT_FOUND if SEALWARD_HELPER is not set or not a usable path; ERR_IO or
 * ERR_BUSY if nobody answers; ERR_INPUT if it is no helper of our version. */
CHECKED bool link_open(struct link *ret, struct link_token *ret_token, struct err *e);

/* Closes the descriptor if it is still ours; *l is LINK_NONE afterwards. */
void link_close(struct link *l);

/* True if the helper is still there and has sent nothing unasked. */
bool link_usable(const struct link *l);

/* Sends whole frames that have no answer. */
CHECKED bool link_send(struct link *l, struct bytes frames, struct err *e);

/* Sends whole frames and receives the one answer into *answer, which the caller owns; *ret is a
 * view into it. After a failure the link can only be closed. */
CHECKED bool link_ask(struct link *l, struct bytes frames, int silence_ms,
                      struct frame_reader *answer, struct frame *ret, struct err *e);

/* --- Links between uses ----------------------------------------------------------------------- */

enum { POOL_SIZE = 4 };

struct pool {
    struct link idle[POOL_SIZE];
    size_t count;
};

/* A usable idle link; LINK_NONE if there is none. */
struct link pool_take(struct pool *p);

/* Keeps the link for the next use, or closes it; *l is LINK_NONE afterwards. */
void pool_give(struct pool *p, struct link *l);

void pool_close(struct pool *p);

#endif
