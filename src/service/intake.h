/*
 * Takes in what changes the record, and hands it to the keeper: entries to be admitted, signatures
 * to be given again. Nothing waits here; the answer comes as a call.
 *
 * The answer to anything but a `request` and a `timestamp` comes when reads show the entry, or
 * INTAKE_SHOW_MS later.
 * What the keeper refuses is kept (service/unrecorded).
 *
 * Threads: any. `done` is called exactly once for each ask that was taken, by another thread, and
 * must not block. What it does not do: judge. That is the keeper's.
 */
#ifndef SEALWARD_SERVICE_INTAKE_H
#define SEALWARD_SERVICE_INTAKE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fields.h"

#define INTAKE_SHOW_MS 5000

struct intake;
struct link;
struct inbox;
struct waiters;
struct unrecorded;
struct metrics;

/* All of it outlives the intake. */
struct intake_parts {
    struct link *link;
    struct inbox *inbox;
    struct waiters *waiters;
    struct unrecorded *unrecorded;
    struct metrics *metrics;
};

/* What became of an ask. `done` may move the body out (buf_take). */
struct intake_answer {
    bool ok;
    struct buf body; /* canonical JSON, if ok */
    struct err err;  /* else */
    int64_t entry;   /* the entry that stands against it, or -1 */
};

/* The body of the answer to intake_submit. */
struct intake_admitted {
    int64_t index;
    struct bytes entry;
    struct bytes leaf;
    struct list results; /* struct custody_result */
};
extern const struct fields intake_admitted_fields;

typedef void intake_done(void *context, struct intake_answer *answer);

CHECKED bool intake_new(struct intake **ret, const struct intake_parts *parts, struct err *e);
void intake_free(struct intake *in);
AUTO_FREE(intake)

/* `text` is {"type","body"}. Answers {"index","entry","leaf","results"}. */
CHECKED bool intake_submit(struct intake *in, struct bytes text, intake_done *done, void *context,
                           struct err *e);

/* `text` is {"entry","item"}. Answers {"signature","extra"}. */
CHECKED bool intake_again(struct intake *in, struct bytes text, intake_done *done, void *context,
                          struct err *e);

/* Has the keeper compare its tokens with the record. Answers {"index","findings"}. */
CHECKED bool intake_reconcile(struct intake *in, intake_done *done, void *context, struct err *e);

/* Takes no more; what was taken goes on. */
void intake_close(struct intake *in);

/* Asks that have no answer yet. */
size_t intake_open(struct intake *in);

#endif
