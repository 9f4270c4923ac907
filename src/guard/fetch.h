/*
 * One round of a guard over the network: the distrust list and the log's checkpoint from wherever
 * the authority's public files are, then the confirmation to the daemon. All of it is asked for on
 * condition that it has changed, so a round in which nothing has costs two short answers.
 *
 * Keeps its connection and which versions it has; one thread at a time. Folder and held must
 * outlive it. What is fetched is judged by guard/held; a failure leaves all as it was, and what
 * went well before it is kept.
 */
#ifndef SEALWARD_GUARD_FETCH_H
#define SEALWARD_GUARD_FETCH_H

#include "base/auto.h"
#include "base/err.h"
#include "guard/held.h"
#include "pki/session_key.h"

struct fetch;

/* `ca` as for http_new: a PEM file, or NULL. */
CHECKED bool fetch_new(struct fetch **ret, const struct folder *f, const char *ca, struct err *e);
void fetch_free(struct fetch *f);
AUTO_FREE(fetch)

/* Brings what is held up to date. */
CHECKED bool fetch_round(struct fetch *f, struct held *h, const struct held_moment *at,
                         struct err *e);

/* Confirms the list held, if it has not been confirmed, or not for a quarter of the time after
 * which the endpoint would be taken for silent. */
CHECKED bool fetch_confirm(struct fetch *f, struct held *h, const struct session_key *key,
                           const struct held_moment *at, struct err *e);

#endif
