/*
 * The guard's local socket (docs/protocol/guard.md). Whoever connects is given what the endpoint
 * holds, in one message: the holding as text, and descriptors of the pinned authority, the trusted
 * root and the list, open for reading. Then the connection is closed. Nothing is read from an
 * asker, who judges files in a process of its own: so nobody's file can stall or fill the guard.
 *
 * The asker's side, and the same from the folder itself where no guard runs, give a struct answer.
 */
#ifndef SEALWARD_GUARD_ANSWER_H
#define SEALWARD_GUARD_ANSWER_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "guard/folder.h"
#include "guard/holding.h"

/* --- The guard -------------------------------------------------------------------------------- */

/* A listening socket at the path, in place of a stale one; everybody may ask. */
CHECKED bool answer_listen(int *ret, const char *path, struct err *e);

/* Takes the socket away. */
void answer_close(int listener, const char *path);

/* Answers whoever waits at it. ERR_IO, ERR_BUSY: this asker got nothing; go on. */
CHECKED bool answer_give(int listener, const struct folder *f, struct bytes holding, struct err *e);

/* --- Whoever asks ----------------------------------------------------------------------------- */

struct answer {
    struct holding holding;
    struct buf text; /* of the holding */
    struct buf authority;
    struct buf root;
    struct buf list; /* empty: none is held */
    struct arena arena;
};
void answer_done(struct answer *a);
AUTO_DONE(answer)

/* An answer to be filled. */
struct answer answer_make(void);

/* ERR_NOT_FOUND if nobody listens there. The lists that come are verified by whoever judges. */
CHECKED bool answer_ask(struct answer *ret, const char *path, struct err *e);

/* The same read from the folder. */
CHECKED bool answer_look(struct answer *ret, const char *folder, struct err *e);

#endif
