#include "keeper/core.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "keeper/answer.h"
#include "keeper/brake.h"
#include "keeper/dispatch.h"
#include "keeper/peers.h"
#include "keeper/reconcile.h"
#include "keeper/seal.h"
#include "keeper/status.h"
#include "keeper/work.h"

/* How often the clock is looked at, and failed work or an unsigned checkpoint tried again. */
#define TICK_MS 1000
/* How long a stop waits for answers under way. */
#define STOP_MS 10000

static bool frame_take(struct keeper *k, struct peer *peer, const struct frame *frame,
                       struct err *e)
{
    return peer->officer ? brake_take(k, peer, frame, e) : dispatch_take(k, peer, frame, e);
}

/* A clock that has stepped is put on record before anything else is admitted. */
static bool clock_step(struct keeper *k, struct err *e)
{
    struct rules_head head;
    AUTO_VALUE(outcome) out;
    AUTO_VALUE(buf) body = BUF(1024);
    uint64_t index;
    outcome_init(&out);
    if (k->phase != KEEPER_RUNNING || timekeeper_look(record_time(k->record)) == CLOCK_GOOD)
        return true;
    rules_head(&head, record_state(k->record));
    timekeeper_doubt(record_time(k->record), head.time);
    rules_doubt_body(&body, DOUBT_STEP, clock_wall_ms());
    diag_write(DIAG_WARNING, "clock-doubted", DIAG_INTEGER("entry", head.size));
    return buf_ok(&body, "clock doubt", e) &&
           record_stage(k->record, bytes_text("clock-doubt"), buf_bytes(&body), &out, &index, e);
}

/* Everything staged becomes durable, then what waits for that goes on; work may stage more. */
static bool commit_step(struct keeper *k, struct err *e)
{
    do {
        if (!record_commit(k->record, e) || !asks_committed(k, e) || !work_step(k, e) ||
            !reconcile_step(k, e) || !status_step(k, e))
            return false;
    } while (record_staged(k->record) > 0);
    return seal_step(k, e);
}

static int poll_timeout(const struct keeper *k)
{
    if (peers_more(k))
        return 0;
    int pool = pool_timeout(k->pool, clock_monotonic_ms());
    return pool < 0 || pool > TICK_MS ? TICK_MS : pool;
}

static bool core_step(struct keeper *k, struct err *e)
{
    struct pollfd fds[PEERS_POLL_MAX + POOL_POLL_MAX];
    size_t peers = peers_poll(k, fds);
    size_t count = peers + pool_poll(k->pool, fds + peers);
    if (poll(fds, count, poll_timeout(k)) < 0 && errno != EINTR)
        return err_errno(e, "cannot wait for input");
    if (!clock_step(k, e) || !peers_read(k, fds, peers, frame_take, e) || !commit_step(k, e) ||
        !pool_step(k->pool, clock_monotonic_ms(), e) || !jobs_step(&k->jobs, k->pool, k, e) ||
        !commit_step(k, e))
        return false;
    peers_flush(k);
    if ((fds[0].revents & POLLIN) != 0)
        peer_accept(k, k->brake_socket, true);
    if ((fds[1].revents & POLLIN) != 0)
        peer_accept(k, k->daemon_socket, false);
    return true;
}

/* Answers what has been admitted; takes nothing new. */
static bool core_finish(struct keeper *k, struct err *e)
{
    int64_t end = clock_monotonic_ms() + STOP_MS;
    while ((k->asks > 0 || k->sealing) && clock_monotonic_ms() < end) {
        struct pollfd fds[POOL_POLL_MAX];
        size_t count = pool_poll(k->pool, fds);
        if (poll(fds, count, 100) < 0 && errno != EINTR)
            return err_errno(e, "cannot wait for the tokens");
        if (!pool_step(k->pool, clock_monotonic_ms(), e) || !jobs_step(&k->jobs, k->pool, k, e) ||
            !commit_step(k, e))
            return false;
        peers_flush(k);
    }
    peers_flush(k);
    return true;
}

bool core_run(struct keeper *k, const volatile int *stop, struct err *e)
{
    while (*stop == 0)
        if (!core_step(k, e))
            return false;
    return core_finish(k, e);
}

void keeper_free(struct keeper *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].number != 0)
            peer_close(&k->peers[i]);
    if (k->daemon_socket > 0)
        (void)close(k->daemon_socket);
    if (k->brake_socket > 0)
        (void)close(k->brake_socket);
    pool_free(k->pool);
    jobs_done(&k->jobs);
    buf_done(&k->sealing_text);
    status_free(k->status);
    brake_free(k->brake);
    record_free(k->record);
    free(k);
}
