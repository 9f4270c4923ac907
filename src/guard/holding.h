/*
 * What an endpoint holds, told in one canonical JSON object: the answer at the guard's socket
 * (docs/protocol/guard.md), and what `sealward-guard status --json` prints. And what follows from
 * it: whether the endpoint may trust its list now.
 *
 * Texts are views. Pure.
 */
#ifndef SEALWARD_GUARD_HOLDING_H
#define SEALWARD_GUARD_HOLDING_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "guard/settings.h"

#define HOLDING_MAX 8192
#define HOLDING_ARENA ARENA(1 << 20)

/* Times are milliseconds since 1970; -1, or absent: there is none. */
struct holding {
    struct bytes endpoint;
    struct bytes class;
    int stale;           /* enum endpoint_stale */
    int64_t grace;       /* seconds */
    int64_t clock_error; /* seconds: how wrong its clock may be */
    int64_t now;         /* by the guard: its clock, or what must have passed at least */
    int64_t clock;       /* by its clock alone */
    int doubt;           /* enum doubt */
    int64_t number;
    int64_t issued;
    int64_t expires;   /* the list, or its certificate, whichever is first */
    struct bytes list; /* SHA-256 of its file */
    int64_t size;      /* of the log, at the newest checkpoint */
    struct bytes root;
    int64_t seen; /* when list and checkpoint were last seen to be the newest */
    int64_t confirmed;
    int64_t confirmed_at;
    struct bytes trouble; /* what went wrong at the last try; empty: nothing */
};

void holding_write(struct buf *b, const struct holding *h);
CHECKED bool holding_read(struct holding *ret, struct bytes text, struct arena *a, struct err *e);

/* Whether the list it holds still counts: ERR_REFUSED by
 *   guard.none   it holds none
 *   guard.split  heads of the log disagree
 *   guard.stale  the list has expired, and the class's grace is over
 * True with *ret_note filled (else ERR_NONE) when the class says that it warns and goes on. Within
 * the grace time a list counts, and *ret_note says so. */
CHECKED bool holding_trust(const struct holding *h, struct err *ret_note, struct err *e);

#endif
