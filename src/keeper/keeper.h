/*
 * The keeper's core: one thread, one poll loop, everything in one struct. Inside the keeper room
 * only. A false return of a function that takes `struct keeper *` and says nothing else means that
 * the process must end: what the disk holds is then found out by the next start.
 */
#ifndef SEALWARD_KEEPER_KEEPER_H
#define SEALWARD_KEEPER_KEEPER_H

#include "keeper/jobs.h"
#include "keeper/pause.h"
#include "keeper/record.h"
#include "wire/brake.h"
#include "wire/custody.h"
#include "wire/frame.h"

enum { PEERS_MAX = 32, WORK_FAILED_MAX = 64, RECONCILE_ASKS_MAX = 16 };

/* A connection. Replies go to the peer with that number, if it is still there. */
struct peer {
    uint64_t number; /* never used again; 0: none */
    int fd;
    bool officer; /* came by the second socket */
    bool more;    /* whole frames may still wait in `in` */
    struct frame_reader in;
    struct buf out;
};

/* Before a start is complete the keeper can only withhold. */
enum keeper_phase {
    KEEPER_WAITING,  /* replayed; for the newest published checkpoint to be shown */
    KEEPER_STARTING, /* shown; comparing tokens with the record */
    KEEPER_RUNNING,
};

/* Comparisons of the signing token with the record (keeper/reconcile.h). */
struct reconcile {
    int64_t next;         /* when the next one is due, monotonic milliseconds */
    uint8_t recorded[32]; /* digest of the findings that the record has */
    struct {
        uint64_t peer;
        int64_t tag;
    } asks[RECONCILE_ASKS_MAX]; /* who waits for the next one */
    size_t asked;
};

struct ask; /* keeper/answer.h */
struct brake;
struct status;

struct keeper {
    struct record *record;
    struct pool *pool;
    const char *signing_token; /* label; its index in the pool is 0 */
    struct jobs jobs;
    struct brake *brake;
    enum keeper_phase phase;
    bool first; /* the operator says that nothing was ever published */

    struct peer peers[PEERS_MAX];
    uint64_t peer_numbers;
    int daemon_socket;
    int brake_socket;

    struct ask *staged; /* asks whose entries wait for the commit */
    struct ask **staged_end;
    size_t asks; /* in all */

    uint8_t log_key_id[32];
    bool sealing;    /* a checkpoint is being signed */
    uint64_t sealed; /* entries that the newest checkpoint covers */
    struct buf sealing_text;

    bool working;                             /* a job about the token's keys is under way */
    struct work work;                         /* which one, without its views */
    struct work work_failed[WORK_FAILED_MAX]; /* pieces that failed, left alone for a while */
    size_t work_failed_count;
    struct pause work_pause; /* for which they are left alone */
    struct reconcile reconcile;
    struct status *status;

    uint64_t show_peer; /* who waits for the start, and the tag to answer */
    int64_t show_tag;
};

/* Ends connections, tokens and record. Takes NULL and a keeper that was never complete. */
void keeper_free(struct keeper *k);

enum { TOKEN_SIGNING = 0, TOKEN_LOG = 1 };

#endif
