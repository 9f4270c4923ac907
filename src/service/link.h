/*
 * The link to the keeper: its Unix socket, one thread, a poll loop, questions pipelined by tag.
 *
 * Callers never wait: a question is put down and its answer comes as a call from the link's thread,
 * exactly once for each question that was taken. When the keeper goes away, every question in
 * flight fails, and the link connects again by itself, with a growing pause between attempts. The
 * same when the keeper has been silent for LINK_SILENCE_MS while a question waits.
 *
 * Threads: link_ask, link_drop and link_in_flight from any; events and answers come from the link's
 * thread, must not block, and may call link_ask. What an answer points to lives during the call.
 * What it does not do: know what questions mean, or ask one again.
 */
#ifndef SEALWARD_SERVICE_LINK_H
#define SEALWARD_SERVICE_LINK_H

#include "base/auto.h"
#include "base/err.h"
#include "service/metrics.h"
#include "wire/custody.h"

/* Questions in flight, and bytes of them that the keeper has not taken yet. */
#define LINK_QUESTIONS_MAX 1024
#define LINK_BYTES_MAX (16 << 20)
#define LINK_SILENCE_MS 60000

struct link;

struct link_answer {
    const struct custody_message *message; /* NULL if it failed or was refused: see err */
    struct err err;
    int64_t entry; /* the entry that stands against it, or -1 */
    bool refused;  /* the keeper said so; else nobody knows whether it was done */
};

/* `context` is the events'. Down: a connection ended, or the first attempt failed since then; `why`
 * is ERR_NONE where link_drop wanted it. */
struct link_events {
    void *context;
    void (*up)(void *context);
    void (*down)(void *context, const struct err *why);
    void (*checkpoint)(void *context, struct bytes note);
    void (*status)(void *context, const struct custody_push_status *status);
};

typedef void link_done(void *context, const struct link_answer *answer);

/* `path` and `metrics` must outlive it. */
CHECKED bool link_new(struct link **ret, const char *path, const struct link_events *events,
                      struct metrics *metrics, struct err *e);
CHECKED bool link_start(struct link *l, struct err *e);

/* Ends the thread; what is in flight fails first. link_ask refuses from then on. */
void link_stop(struct link *l);
void link_free(struct link *l);
AUTO_FREE(link)

/* Puts down a question; its tag is the link's to choose. ERR_STATE if there is no keeper now,
 * ERR_BUSY if too much is in flight: then `done` is not called. */
CHECKED bool link_ask(struct link *l, struct custody_message *question, link_done *done,
                      void *context, struct err *e);

/* Gives the connection up and tries again after a while: for a keeper that cannot be used as it is.
 */
void link_drop(struct link *l);

size_t link_in_flight(struct link *l);

#endif
