/*
 * What the link tells the follower: that the keeper came or went, the newest checkpoint, what was
 * signed of a status, the answer to the question that the follower has in flight. The link's thread
 * puts in, the follower's takes out; nothing waits.
 */
#ifndef SEALWARD_SERVICE_INBOX_H
#define SEALWARD_SERVICE_INBOX_H

#include <pthread.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "service/bell.h"
#include "service/link.h"

struct letter {
    bool came;                  /* a new connection */
    bool went;                  /* the connection ended, or none could be made */
    bool failed;                /* a question was refused or got no answer */
    struct err why;             /* of `went` or `failed` */
    bool pushed;                /* `note` is new */
    struct buf note;            /* the newest checkpoint */
    bool stated;                /* STATE_IS */
    struct custody_state state; /* its checkpoint left out; its bytes are in the arrays below */
    uint8_t state_bytes[3][32]; /* root, authority, digest */
    bool paged;                 /* ENTRIES_ARE */
    int64_t from;               /* index of its first entry */
    size_t count;
    struct buf page;       /* entries: u32 length and bytes each */
    bool status_told;      /* STATUS_IS */
    int64_t status;        /* its entry; -1: none in this run of the keeper */
    struct buf signatures; /* of statuses, pushed or told: u64 index, u32 length and bytes of the
                              path, of the signature */
    int64_t expected;      /* entries that the keeper is known to have */
};

struct inbox {
    pthread_mutex_t lock;
    struct bell bell;
    struct letter letter;
};

CHECKED bool inbox_init(struct inbox *in, struct err *e);
void inbox_done(struct inbox *in);
AUTO_DONE(inbox)

void letter_init(struct letter *l);
void letter_done(struct letter *l);
AUTO_DONE(letter)

/* Events for the link, with the inbox as their context. */
void inbox_came(void *inbox);
void inbox_went(void *inbox, const struct err *why);
void inbox_checkpoint(void *inbox, struct bytes note);
void inbox_status(void *inbox, const struct custody_push_status *status);

/* The link's answer to the follower's question, with the inbox as its context. */
link_done inbox_answered;

/* The keeper is known to have so many entries. */
void inbox_expect(struct inbox *in, int64_t size);

/* Moves everything that is new into *ret, which letter_init has made. */
void inbox_take(struct inbox *in, struct letter *ret);

#endif
