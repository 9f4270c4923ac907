/*
 * Calls between the two threads of the helper: the one that serves sockets puts them in, the one
 * that asks the authority takes all that wait together, and gives them back answered.
 *
 * So batches form by themselves: while one request is under way the next calls gather, and an idle
 * helper asks at once. Owns the calls that are in it. All functions may be called in any thread.
 */
#ifndef SEALWARD_CLI_HELPER_QUEUE_H
#define SEALWARD_CLI_HELPER_QUEUE_H

#include "cli/helper_call.h"

TAILQ_HEAD(helper_calls, helper_call);

struct helper_queue;

CHECKED bool helper_queue_new(struct helper_queue **ret, struct err *e);
void helper_queue_free(struct helper_queue *q);
AUTO_FREE(helper_queue)

/* Takes the call over. */
void helper_queue_put(struct helper_queue *q, struct helper_call *call);

/* Moves everything that waits to *ret, which is empty; waits until there is something. False when
 * the queue is closed. */
CHECKED bool helper_queue_take(struct helper_queue *q, struct helper_calls *ret);

/* Gives answered calls back; *calls is empty afterwards. */
void helper_queue_answer(struct helper_queue *q, struct helper_calls *calls);

/* The next answered call, for the caller to free; NULL if there is none. */
struct helper_call *helper_queue_answered(struct helper_queue *q);

/* From now on nobody waits any more. */
void helper_queue_close(struct helper_queue *q);
bool helper_queue_closed(struct helper_queue *q);

/* A descriptor that is readable while there may be an answered call, or after closing;
 * helper_queue_quiet makes it wait again. */
int helper_queue_descriptor(const struct helper_queue *q);
void helper_queue_quiet(struct helper_queue *q);

#endif
