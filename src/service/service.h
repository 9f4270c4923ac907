/*
 * The daemon without its HTTP: the parts put together, and what can be asked of them.
 *
 * service_open opens files and starts nothing; service_start starts the two threads. Reads are
 * canonical JSON appended to a buffer; they fail with ERR_STATE while the record is being read and
 * when this daemon differs from its keeper. What changes the record or waits is taken at once and
 * answered by a call from another thread, which must not block.
 *
 * Threads: everything but opening, starting and ending, from any.
 */
#ifndef SEALWARD_SERVICE_SERVICE_H
#define SEALWARD_SERVICE_SERVICE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "rules/view.h"
#include "service/account.h"
#include "service/intake.h"
#include "service/propagation.h"
#include "service/search.h"
#include "service/timestamp.h"

struct service;

struct service_options {
    const char *keeper;        /* path of the keeper's socket */
    const char *state;         /* folder of the index and of what the record does not hold */
    const char *public_folder; /* folder of the public files */
    bool first;                /* no checkpoint was ever published */
    size_t readers;            /* threads that read at once */
};

CHECKED bool service_open(struct service **ret, const struct service_options *options,
                          struct err *e);
CHECKED bool service_start(struct service *s, struct err *e);

/* Takes nothing more that changes the record, and wakes all that wait. What was taken goes on. */
void service_close(struct service *s);
/* Asks taken and not answered yet. */
size_t service_pending(struct service *s);
/* Ends the threads; asks that are left fail. */
void service_stop(struct service *s);
void service_free(struct service *s);
AUTO_FREE(service)

/* --- What changes the record ------------------------------------------------------------------ */

CHECKED bool service_submit(struct service *s, struct bytes text, intake_done *done, void *context,
                            struct err *e);
CHECKED bool service_again(struct service *s, struct bytes text, intake_done *done, void *context,
                           struct err *e);

/* Has the keeper compare tokens and record: {"index","findings"}. */
CHECKED bool service_reconcile(struct service *s, intake_done *done, void *context, struct err *e);
/* service/confirmations.h */
CHECKED bool service_confirm(struct service *s, struct bytes text, struct buf *b, struct err *e);
/* See timestamp_ask. */
void service_timestamp(struct service *s, struct bytes request, timestamp_done *done,
                       void *context);

/* --- Waiting ---------------------------------------------------------------------------------- */

/* `wake` is called once: when the subject is at another state or number of approvals than in
 * `seen` ("waiting-1"; absent: than now), or after that many milliseconds. */
CHECKED bool service_wait_subject(struct service *s, const uint8_t leaf[32], struct bytes seen,
                                  int64_t milliseconds, void (*wake)(void *context), void *context,
                                  struct err *e);
/* When a published checkpoint covers the entry, or after that many milliseconds. */
CHECKED bool service_wait_receipt(struct service *s, const struct entry_name *name,
                                  int64_t milliseconds, void (*wake)(void *context), void *context,
                                  struct err *e);

/* --- Reads ------------------------------------------------------------------------------------ */

CHECKED bool service_authority(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_entries(struct service *s, const struct entries_query *query, struct buf *b,
                             struct err *e);
CHECKED bool service_entry(struct service *s, const struct entry_name *name, struct buf *b,
                           struct err *e);
CHECKED bool service_receipt(struct service *s, const struct entry_name *name, struct buf *b,
                             struct err *e);
CHECKED bool service_marks(struct service *s, const struct marks_query *query, struct buf *b,
                           struct err *e);
CHECKED bool service_subjects(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_subject(struct service *s, const uint8_t leaf[32], struct buf *b,
                             struct err *e);
CHECKED bool service_policy(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_signer(struct service *s, struct bytes id, struct buf *b, struct err *e);
/* Without a filter, all there is. */
CHECKED bool service_keys(struct service *s, const struct keys_filter *filter, struct buf *b,
                          struct err *e);
struct certificates_query {
    int64_t from; /* number */
    size_t limit;
};
CHECKED bool service_certificates(struct service *s, const struct certificates_query *query,
                                  struct buf *b, struct err *e);
CHECKED bool service_findings(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_names(struct service *s, struct bytes after, size_t limit, struct buf *b,
                           struct err *e);
CHECKED bool service_name(struct service *s, struct bytes handle, struct buf *b, struct err *e);
CHECKED bool service_put_name(struct service *s, struct bytes handle, struct bytes text,
                              struct buf *b, struct err *e);
CHECKED bool service_refusals(struct service *s, int64_t before, size_t limit, struct buf *b,
                              struct err *e);
/* service/account.h */
CHECKED bool service_radius(struct service *s, const struct account_query *query, struct buf *b,
                            struct err *e);
CHECKED bool service_what_if(struct service *s, const struct account_query *query, struct buf *b,
                             struct err *e);
CHECKED bool service_story(struct service *s, const struct story_query *query, struct buf *b,
                           struct err *e);
/* rules/view.h, rules/rules.h */
CHECKED bool service_inventory(struct service *s, const struct inventory_filter *filter,
                               struct buf *b, struct err *e);
CHECKED bool service_calendar(struct service *s, int64_t until, struct buf *b, struct err *e);
CHECKED bool service_life(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_reach(struct service *s, struct bytes workload, struct buf *b, struct err *e);
CHECKED bool service_revocations(struct service *s, struct buf *b, struct err *e);
CHECKED bool service_revocable(struct service *s, struct bytes kind, struct bytes id, struct buf *b,
                               struct err *e);
CHECKED bool service_explain(struct service *s, struct bytes token, struct buf *b, struct err *e);
/* service/propagation.h */
CHECKED bool service_propagation(struct service *s, const struct propagation_query *query,
                                 struct buf *b, struct err *e);
void service_metrics(struct service *s, struct buf *b);
CHECKED bool service_healthy(struct service *s, struct err *e);

/* The genesis's base URL, or "" before entry 0. */
CHECKED bool service_base_url(struct service *s, struct buf *b, struct err *e);

/* Erases a person's name from the files in the state folder, whether or not a daemon runs there. */
CHECKED bool service_forget(const char *state, struct bytes handle, struct err *e);

/* Writes a copy of what is kept to a new file; the daemon may be running. */
CHECKED bool service_copy(const char *state, const char *path, struct err *e);

#endif
